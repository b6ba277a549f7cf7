"""A list of leads and one of contacts, in which the same people stand."""

import pytest

from lists.models import ListKind, SystemUsage
from tests.factories import ListColumnFactory, ListRecordFactory, MarketingListFactory

COLUMNS = [
    ("Email", "Email", SystemUsage.EMAIL),
    ("FirstName", "First Name", SystemUsage.FIRST_NAME),
    ("LastName", "Last Name", SystemUsage.LAST_NAME),
    ("Title", "Title", ""),
]


def make_list(kind, name, *more):
    made = MarketingListFactory(kind=kind, name=name)
    for position, (key, label, usage) in enumerate([*COLUMNS, *more]):
        ListColumnFactory(list=made, position=position, key=key, name=label, system_usage=usage)
    return made


@pytest.fixture
def leads(account):
    return make_list(ListKind.LEADS, "All Leads", ("Company", "Company", SystemUsage.COMPANY))


@pytest.fixture
def contacts(account):
    made = make_list(ListKind.CONTACTS, "All Contacts")
    ListColumnFactory(list=made, position=9, key="shoes", name="Shoe size", salesforce_field="")
    return made


@pytest.fixture
def ada(leads, contacts):
    """Ada's lead and her contact; the title was changed here in the lead."""
    lead = ListRecordFactory(
        list=leads,
        salesforce_id="00Q000000000001AAA",
        owner_id="005000000000001AAA",
        email="ada@example.com",
        data={
            "Email": "Ada@Example.com",
            "FirstName": "Ada",
            "LastName": "Lovelace",
            "Title": "Countess",
            "Company": "Engines Ltd",
        },
        dirty={"Title": "Analyst"},
    )
    contact = ListRecordFactory(
        list=contacts,
        salesforce_id="003000000000001AAA",
        owner_id="005000000000002AAA",
        email="ada@example.com",
        data={
            "Email": "ada@example.com",
            "FirstName": "Ada",
            "LastName": "Lovelace",
            "Title": None,
            "shoes": "39",
        },
    )
    return lead, contact
