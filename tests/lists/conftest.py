"""A list of leads with a few columns, and the catalogue of its fields."""

import pytest

from lists.models import SystemUsage
from tests.factories import (
    ListColumnFactory,
    ListRecordFactory,
    MarketingListFactory,
    SalesforceFieldFactory,
)

# name, label, type, what the column means, and what is special about the field
FIELDS = [
    ("Email", "Email", "email", SystemUsage.EMAIL, {}),
    ("LastName", "Last Name", "string", SystemUsage.LAST_NAME, {"length": 20}),
    ("Title", "Title", "string", "", {"is_createable": False}),
    ("HasOptedOutOfEmail", "Email Opt Out", "boolean", "", {}),
    ("Rating", "Rating", "picklist", "", {"picklist_values": ["Hot", "Warm", "Cold"]}),
    ("Age__c", "Age in days", "double", "", {"is_calculated": True}),
    ("CreatedDate", "Created Date", "datetime", "", {"is_updateable": False}),
]


@pytest.fixture
def leads(account):
    """An imported list of leads, with a column of its own that Salesforce does not have."""
    made = MarketingListFactory(name="All Salesforce Leads")
    for position, (key, name, data_type, usage, special) in enumerate(FIELDS):
        ListColumnFactory(
            list=made,
            position=position,
            key=key,
            name=name,
            data_type=data_type,
            system_usage=usage,
        )
        SalesforceFieldFactory(
            account=account, name=key, label=name, data_type=data_type, **special
        )
    ListColumnFactory(list=made, position=9, key="shoe_size", name="Shoe size", salesforce_field="")
    return made


@pytest.fixture
def ada(leads):
    """A record that Salesforce knows."""
    return ListRecordFactory(
        list=leads,
        salesforce_id="00Q000000000001AAA",
        email="ada@example.com",
        data={"Email": "ada@example.com", "LastName": "Lovelace", "Title": "Analyst"},
    )


@pytest.fixture
def column_of(leads):
    return lambda key: leads.columns.get(key=key)
