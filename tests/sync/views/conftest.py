"""Lists that came from Salesforce, and the field catalogue that their pages offer."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from lists.models import SystemUsage
from sync.models import Step
from sync.options import RunOptions
from sync.schedules.schedule import OnWeekdays
from tests.factories import (
    ConnectionFactory,
    ListColumnFactory,
    MarketingListFactory,
    SalesforceFieldFactory,
    SyncJobFactory,
    SyncRunFactory,
)

# name, label, type, and what is special about it
FIELDS = [
    ("Email", "Email", "email", {}),
    ("FirstName", "First Name", "string", {}),
    ("LastName", "Last Name", "string", {"is_required": True}),
    ("Company", "Company", "string", {}),
    ("Title", "Title", "string", {}),
    ("Phone", "Phone", "phone", {}),
    ("OwnerId", "Owner ID", "reference", {"reference_to": ["User"]}),
    ("CreatedDate", "Created Date", "datetime", {"is_updateable": False, "is_createable": False}),
    (
        "Owner_ID__c",
        "Owner ID (18)",
        "string",
        {"is_custom": True, "is_calculated": True, "is_updateable": False, "is_createable": False},
    ),
    ("Region__c", "Region", "picklist", {"is_custom": True}),
]


@pytest.fixture
def connection(account):
    """A connection whose fields were described a moment ago, so that no page asks Salesforce."""
    connection = ConnectionFactory(account=account)
    for sobject_type in ("Lead", "Contact"):
        for name, label, data_type, special in FIELDS:
            if (sobject_type, name) != ("Contact", "Company"):
                SalesforceFieldFactory(
                    account=account,
                    sobject_type=sobject_type,
                    name=name,
                    label=label,
                    data_type=data_type,
                    **special,
                )
    return connection


@pytest.fixture
def job(connection):
    """The job of a list of leads with a few columns and nothing selected."""
    made = MarketingListFactory(account=connection.account, name="All Salesforce Leads")
    columns = [
        ("Email", "Email", SystemUsage.EMAIL),
        ("FirstName", "First Name", SystemUsage.FIRST_NAME),
        ("CreatedDate", "Created Date", ""),
        ("Owner_ID__c", "Owner ID (18)", ""),
        ("Region__c", "Region", ""),
        ("Gone__c", "Gone", ""),
    ]
    for position, (key, name, usage) in enumerate(columns):
        ListColumnFactory(list=made, position=position, key=key, name=name, system_usage=usage)
    ListColumnFactory(list=made, position=6, key="shoe_size", name="Shoe size", salesforce_field="")
    return SyncJobFactory(list=made)


@pytest.fixture
def make_run(job):
    """Return a maker of runs of the list, all three steps long."""
    options = RunOptions(
        steps=(Step.PULL, Step.REMOVAL, Step.PUSH), sobject_type="Lead", columns=(), email_key=None
    ).to_json()

    def make(**values):
        return SyncRunFactory(**{"job": job, "options": options, **values})

    return make


@pytest.fixture
def scheduled_jobs(connection):
    """The jobs of two lists that are synced at the same time of each day."""
    return [
        SyncJobFactory(
            list=MarketingListFactory(name=name),
            schedule=OnWeekdays(time(2)),
            next_due_at=timezone.now() + timedelta(hours=5),
        )
        for name in ("All Leads", "All Contacts")
    ]
