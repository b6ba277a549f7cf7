"""Every address, method, role and account, generated from the URL configuration."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from acton_connector.accounts.models import Account, Role, User
from tests.factories import (
    AccountFactory,
    ConnectionFactory,
    FolderFactory,
    ListColumnFactory,
    ListRecordFactory,
    MarketingListFactory,
    MembershipFactory,
    SyncJobFactory,
    SyncRunFactory,
    WebhookFactory,
)
from tests.url_matrix import ACCOUNT_PAGES, METHODS, OTHER_PAGES, Address, Page, list_addresses

# Nothing listens there: a page that asks Salesforce is refused at once, on this machine.
NOWHERE = "localhost:1"
ADDRESSES = list_addresses()
IN_ACCOUNT = [address for address in ADDRESSES if address.is_in_account]
OUTSIDE = [address for address in ADDRESSES if not address.is_in_account]
# What an account has none of: words, and ids of Salesforce's.
NO_OBJECTS = {"kind", "key", "chosen_kind", "source_id"}
WITH_OBJECTS = [address for address in IN_ACCOUNT if address.parameters - NO_OBJECTS]
POSTABLE = [
    address
    for address in IN_ACCOUNT
    if address.name in ACCOUNT_PAGES and "POST" in ACCOUNT_PAGES[address.name].methods
]

pytestmark = [pytest.mark.one_engine, pytest.mark.django_db]
in_account = pytest.mark.parametrize("address", IN_ACCOUNT, ids=lambda address: address.name)


@dataclass(frozen=True)
class Customer:
    """An account with one of everything, and what its objects are called in addresses."""

    account: Account
    people: Mapping[str, User]
    arguments: Mapping[str, Any]


def make_customer(slug: str) -> Customer:
    account = AccountFactory(slug=slug)
    ConnectionFactory(account=account, login_host=NOWHERE, instance_host=NOWHERE, session_id="x")
    made = MarketingListFactory(account=account)
    WebhookFactory(account=account)
    column = ListColumnFactory(list=made)
    run = SyncRunFactory(job=SyncJobFactory(list=made))
    file_list = MarketingListFactory(account=account, kind="file")
    SyncJobFactory(list=file_list)
    arguments = {
        "list_id": made.pk,
        "file_list_id": file_list.pk,
        "record_id": ListRecordFactory(list=made).record_id,
        "folder_id": FolderFactory(account=account).pk,
        "run_id": run.pk,
        "member_id": MembershipFactory(account=account).pk,
        "kind": "leads",
        "chosen_kind": "campaign",
        "source_id": "701000000000001AAA",
        "column_id": column.pk,
        "key": column.key,
    }
    people = {role.value: MembershipFactory(account=account, role=role).user for role in Role}
    return Customer(account, people, arguments)


@pytest.fixture
def customer(db: None, settings: Any) -> Customer:
    settings.SALESFORCE_EXTRA_LOGIN_HOSTS = [NOWHERE]
    return make_customer("example")


@pytest.fixture
def other(db: None) -> Customer:
    return make_customer("other")


def url_of(address: Address, account: Account, arguments: Mapping[str, Any]) -> str:
    unknown = address.parameters - arguments.keys()
    assert not unknown, f"make_customer names no object for {sorted(unknown)} of {address.name}"
    chosen = {name: arguments[name] for name in address.parameters}
    return reverse(address.name, kwargs={"account_slug": account.slug, **chosen})


def client_for(user: User | None, *, csrf: bool = False) -> Client:
    client = Client(enforce_csrf_checks=csrf)
    if user is not None:
        client.force_login(user)
    return client


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """Take back what the block did, so that every request of a test meets the same rows."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client: Client, method: str, url: str, data: Any = None) -> HttpResponseBase:
    with undone():
        return client.generic(method, url) if data is None else client.post(url, data)


def read_all_rows() -> dict[str, list[str]]:
    """Return every row of every table but the sessions', which carry messages between pages."""
    return {
        model._meta.label: sorted(map(repr, model._base_manager.values_list()))
        for model in apps.get_models()
        if model is not Session
    }


def is_as_expected(answer: HttpResponseBase, page: Page, method: str, person: str) -> bool:
    status = answer.status_code
    if method not in page.methods:
        return status == 405
    if person == "anonymous":
        return status == 302 and answer["Location"].startswith(reverse("account_login"))
    if person == "outsider":
        return status == 404
    if person not in page.roles:
        return status == 403
    if method == "POST":
        # An empty form is told what is missing (200, 400, 422), an action is done (302, 204).
        return status in {200, 204, 302, 400, 409, 422}
    return status in {200, 302}


def test_table_and_url_configuration_name_the_same_addresses() -> None:
    assert {address.name for address in IN_ACCOUNT} == ACCOUNT_PAGES.keys()
    assert {address.name for address in OUTSIDE} == OTHER_PAGES.keys()


@pytest.mark.threat("T1", "T2")
@in_account
def test_view_below_an_account_names_its_roles(address: Address) -> None:
    roles = getattr(address.pattern.callback, "allowed_roles", None)
    assert roles is not None, f"{address.name} is not behind @account_view"
    assert roles == frozenset(ACCOUNT_PAGES[address.name].roles)


@pytest.mark.threat("T1", "T2")
@in_account
def test_address_opens_for_its_roles_and_methods_alone(
    address: Address, customer: Customer, other: Customer
) -> None:
    page = ACCOUNT_PAGES[address.name]
    url = url_of(address, customer.account, customer.arguments)
    people = {**customer.people, "outsider": other.people["administrator"], "anonymous": None}
    wrong = []
    for person, user in people.items():
        client = client_for(user)
        for method in METHODS:
            answer = ask(client, method, url)
            if not is_as_expected(answer, page, method, person):
                wrong.append(f"{method} as {person}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.threat("T1", "T2")
@pytest.mark.parametrize("address", WITH_OBJECTS, ids=lambda address: address.name)
def test_object_of_another_account_is_not_found_whatever_the_role(
    address: Address, customer: Customer, other: Customer
) -> None:
    page = ACCOUNT_PAGES[address.name]
    swappable = address.parameters - {"kind", "key"}
    swaps = [swappable, *({name} for name in swappable)]
    wrong = []
    clients = {role: client_for(customer.people[role]) for role in page.roles}
    before = read_all_rows()
    for swapped in swaps:
        theirs = {name: other.arguments[name] for name in swapped}
        url = url_of(address, customer.account, {**customer.arguments, **theirs})
        for role, client in clients.items():
            for method in page.methods:
                status = client.generic(method, url).status_code
                if status != 404:
                    wrong.append(f"{method} as {role} with their {sorted(swapped)}: {status}")
    assert not wrong, "\n".join(wrong)
    assert read_all_rows() == before


@pytest.mark.threat("T1")
@in_account
def test_own_object_below_another_account_is_not_found(
    address: Address, customer: Customer, other: Customer
) -> None:
    url = url_of(address, other.account, customer.arguments)
    client = client_for(customer.people["administrator"])
    for method in ACCOUNT_PAGES[address.name].methods:
        assert ask(client, method, url).status_code == 404


@pytest.mark.threat("T9")
@in_account
def test_reading_a_page_changes_no_row(address: Address, customer: Customer) -> None:
    url = url_of(address, customer.account, customer.arguments)
    client = client_for(customer.people["administrator"])
    before = read_all_rows()
    for method in ("GET", "HEAD", "OPTIONS"):
        client.generic(method, url)
    assert read_all_rows() == before


@pytest.mark.threat("T9")
@in_account
def test_post_is_refused_when_it_carries_no_csrf_token(
    address: Address, customer: Customer
) -> None:
    url = url_of(address, customer.account, customer.arguments)
    for user in (*customer.people.values(), None):
        assert ask(client_for(user, csrf=True), "POST", url).status_code == 403


@pytest.mark.threat("T2")
@pytest.mark.parametrize("address", POSTABLE, ids=lambda address: address.name)
def test_fields_that_a_form_does_not_have_touch_no_other_account(
    address: Address, customer: Customer, other: Customer
) -> None:
    url = url_of(address, customer.account, customer.arguments)
    ids = other.arguments
    smuggled = {
        "id": ids["list_id"],
        "pk": ids["list_id"],
        "list": ids["list_id"],
        "account": other.account.pk,
        "account_id": other.account.pk,
        "run": ids["run_id"],
        "user": other.people["marketer"].pk,
        "is_active": "",
        "folder": ids["folder_id"],
        **ids,
    }
    before = rows_of(other.account)
    client_for(customer.people["administrator"]).post(url, smuggled)
    assert rows_of(other.account) == before


def rows_of(account: Account) -> dict[str, list[str]]:
    return {
        model._meta.label: sorted(
            map(repr, model._base_manager.filter(account_id=account.pk).values_list())
        )
        for model in apps.get_models()
        if any(field.attname == "account_id" for field in model._meta.concrete_fields)
    }


@pytest.mark.parametrize("address", OUTSIDE, ids=lambda address: address.name)
def test_address_outside_accounts_asks_for_a_log_in_where_it_must(
    address: Address, customer: Customer
) -> None:
    url = outside_url(address)
    must_log_in = OTHER_PAGES[address.name]
    for method in METHODS:
        answer = ask(client_for(None), method, url)
        assert answer.status_code < 500
        if must_log_in and method in {"GET", "POST"} and answer.status_code != 405:
            assert answer.status_code == 302
            assert answer["Location"].startswith(reverse("account_login"))
        assert ask(client_for(customer.people["sales"]), method, url).status_code < 500


@pytest.mark.threat("T9")
@pytest.mark.parametrize("address", OUTSIDE, ids=lambda address: address.name)
def test_reading_outside_accounts_changes_no_row(address: Address, customer: Customer) -> None:
    url = outside_url(address)
    for client in (client_for(None), client_for(customer.people["administrator"])):
        before = read_all_rows()
        client.get(url)
        assert read_all_rows() == before


@pytest.mark.threat("T9")
@pytest.mark.parametrize("address", OUTSIDE, ids=lambda address: address.name)
def test_post_outside_accounts_is_refused_when_it_carries_no_csrf_token(
    address: Address, customer: Customer
) -> None:
    for user in (customer.people["administrator"], None):
        answer = ask(client_for(user, csrf=True), "POST", outside_url(address))
        assert answer.status_code in {403, 405}


def outside_url(address: Address) -> str:
    unknown_keys = {"token": "none", "key": "none", "uidb36": "1"}
    if address.pattern.name is None:
        return f"/{address.route}"
    return reverse(address.name, kwargs={name: unknown_keys[name] for name in address.parameters})
