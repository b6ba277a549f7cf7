"""Makers of test records.

A record goes into the account in scope, or into `account=`, or into a new account where neither
is given. A record below another one (a column, a record, a run) follows its parent's account:
`ListColumnFactory(list=their_list)` is theirs, whatever the scope.
"""

import uuid
from datetime import timedelta
from typing import Any

import factory
from django.db import models
from django.utils import timezone

from acton_connector.accounts.models import Account, Membership, Role, User
from acton_connector.accounts.scope import (
    NoAccountInScopeError,
    account_scope,
    current_account_id,
)
from connectors.models import Connection, ConnectionState, SalesforceField
from lists.models import (
    DEFAULT_FOLDER,
    Folder,
    ListColumn,
    ListKind,
    ListRecord,
    MarketingList,
)
from sync.models import (
    FINISHED_STATES,
    FailureReason,
    RunKind,
    RunState,
    SyncJob,
    SyncRun,
    Trigger,
    Webhook,
)
from sync.options import freeze_options

PASSWORD = "correct horse battery staple"


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A person whose password is PASSWORD."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")

    @classmethod
    def _create(cls, model_class: type[User], *_args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(password=kwargs.pop("password", PASSWORD), **kwargs)


class AccountFactory(factory.django.DjangoModelFactory[Account]):
    """A customer."""

    class Meta:
        model = Account

    name = factory.Sequence(lambda n: f"Company {n}")
    slug = factory.Sequence(lambda n: f"company-{n}")


def account_in_scope_or_new() -> Account:
    """Return the account in scope, a new one outside any scope."""
    try:
        return Account.objects.get(pk=current_account_id())
    except NoAccountInScopeError:
        return AccountFactory()


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    """A person's role in an account; `role=` chooses it."""

    class Meta:
        model = Membership

    account = factory.LazyFunction(account_in_scope_or_new)
    user = factory.SubFactory(UserFactory)
    role = Role.MARKETER


class OwnedFactory(factory.django.DjangoModelFactory[Any]):
    """Makes a customer's row inside the scope of its account."""

    class Meta:
        abstract = True

    account = factory.LazyFunction(account_in_scope_or_new)

    @classmethod
    def _create(cls, model_class: type[models.Model], *args: Any, **kwargs: Any) -> Any:
        with account_scope(kwargs["account"]):
            return super()._create(model_class, *args, **kwargs)


class ConnectionFactory(OwnedFactory):
    """A connected organisation, or one that is `state=PAUSED` or `DISCONNECTED`."""

    class Meta:
        model = Connection

    login_host = "test.salesforce.com"
    username = "integration@example.com"
    password = "a Salesforce password"
    security_token = "a security token"
    instance_host = "example.my.salesforce.com"
    organization_id = "00D000000000001EAA"
    organization_name = "Example Organisation"
    edition = "Enterprise Edition"
    sf_user_id = "005000000000001AAA"
    sf_user_name = "Integration User"
    state = ConnectionState.CONNECTED
    reason = factory.LazyAttribute(
        lambda made: "Salesforce refused." if made.state == ConnectionState.PAUSED else ""
    )
    state_changed_at = factory.LazyFunction(timezone.now)
    verified_at = factory.LazyFunction(timezone.now)


class SalesforceFieldFactory(OwnedFactory):
    """A field of Lead that may be read and written, described a moment ago."""

    class Meta:
        model = SalesforceField

    sobject_type = "Lead"
    name = factory.Sequence(lambda n: f"Field_{n}__c")
    label = factory.SelfAttribute("name")
    data_type = "string"
    is_createable = True
    is_updateable = True
    is_required = False
    is_calculated = False
    is_external_id = False
    is_custom = factory.LazyAttribute(lambda made: made.name.endswith("__c"))
    is_filterable = True
    described_at = factory.LazyFunction(timezone.now)


class FolderFactory(OwnedFactory):
    """A folder that is not the account's default one."""

    class Meta:
        model = Folder

    name = factory.Sequence(lambda n: f"Folder {n}")


def default_folder(account: Account) -> Folder:
    """Return the account's default folder, making it first where it is missing."""
    with account_scope(account):
        folder, _ = Folder.objects.get_or_create(
            account=account, is_default=True, defaults={"name": DEFAULT_FOLDER}
        )
    return folder


class MarketingListFactory(OwnedFactory):
    """A list of leads in the default folder."""

    class Meta:
        model = MarketingList

    name = factory.Sequence(lambda n: f"List {n}")
    kind = ListKind.LEADS
    folder = factory.LazyAttribute(lambda made: default_folder(made.account))


class ListColumnFactory(OwnedFactory):
    """A column that mirrors a custom field of Salesforce; `salesforce_field=""` for a local one."""

    class Meta:
        model = ListColumn

    list = factory.SubFactory(MarketingListFactory)
    account = factory.SelfAttribute("list.account")
    position = factory.Sequence(lambda n: n)
    key = factory.Sequence(lambda n: f"Field_{n}__c")
    name = factory.LazyAttribute(lambda made: made.key.removesuffix("__c").replace("_", " "))
    salesforce_field = factory.SelfAttribute("key")


class ListRecordFactory(OwnedFactory):
    """A record that Salesforce knows and that has nothing to push."""

    class Meta:
        model = ListRecord

    list = factory.SubFactory(MarketingListFactory)
    account = factory.SelfAttribute("list.account")
    record_id = factory.LazyFunction(uuid.uuid4)
    salesforce_id = factory.Sequence(lambda n: f"00Q{n:012d}AAA")
    email = factory.Sequence(lambda n: f"lead{n}@example.com")
    data = factory.LazyAttribute(lambda made: {"Email": made.email})
    updated_at = factory.LazyFunction(timezone.now)


class SyncJobFactory(OwnedFactory):
    """A job with nothing selected and no schedule."""

    class Meta:
        model = SyncJob

    list = factory.SubFactory(MarketingListFactory)
    account = factory.SelfAttribute("list.account")


def options_of(job: SyncJob) -> dict[str, Any]:
    """Return the copy of the job's set-up that a run of it works on."""
    with account_scope(job.account_id):
        return freeze_options(job)


class SyncRunFactory(OwnedFactory):
    """A waiting run; with another `state=` its times and reason follow."""

    class Meta:
        model = SyncRun

    job = factory.SubFactory(SyncJobFactory)
    account = factory.SelfAttribute("job.account")
    kind = RunKind.SYNC
    trigger = Trigger.MANUAL
    options = factory.LazyAttribute(lambda made: options_of(made.job))
    state = RunState.QUEUED
    priority = 10
    queued_at = factory.LazyFunction(timezone.now)
    due_at = factory.SelfAttribute("queued_at")
    resume_at = factory.LazyAttribute(
        lambda made: made.queued_at if made.state == RunState.WAITING_FOR_ALLOWANCE else None
    )
    started_at = factory.LazyAttribute(
        lambda made: None if made.state == RunState.QUEUED else made.queued_at
    )
    finished_at = factory.LazyAttribute(
        lambda made: (
            made.queued_at + timedelta(minutes=1) if made.state in FINISHED_STATES else None
        )
    )
    failure_reason = factory.LazyAttribute(
        lambda made: FailureReason.PERMANENT if made.state == RunState.FAILED else ""
    )


class WebhookFactory(OwnedFactory):
    """A webhook at a host inside this machine, which nothing may be posted to."""

    class Meta:
        model = Webhook

    url = "https://localhost/hook"
    host = "localhost"
    secret = "a secret of signatures"
