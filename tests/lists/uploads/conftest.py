"""A list that files are uploaded into, and a short way to do it."""

import io

import pytest

from lists.models import SystemUsage
from lists.uploads import upload_csv
from tests.factories import ListColumnFactory, MarketingListFactory, SalesforceFieldFactory

READ_ONLY = {"is_createable": False, "is_updateable": False}
# key, name, type, what the column means, and what is special about its field
COLUMNS = [
    ("Email", "E-mail", "email", SystemUsage.EMAIL, {}),
    ("FirstName", "First Name", "string", SystemUsage.FIRST_NAME, {}),
    ("City", "City", "string", "", {"length": 20}),
    ("Phone", "Phone", "phone", "", {}),
    ("NumberOfEmployees", "Employees", "int", "", {}),
    ("DoNotCall", "Do Not Call", "boolean", "", {}),
    ("Score__c", "Score", "double", "", {"is_calculated": True, **READ_ONLY}),
]


@pytest.fixture
def people(account):
    """A list of leads with an e-mail column, a calculated one, and one that is only here."""
    made = MarketingListFactory(name="People")
    for position, (key, name, data_type, usage, special) in enumerate(COLUMNS):
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
    ListColumnFactory(list=made, position=9, key="note", name="Note", salesforce_field="")
    return made


@pytest.fixture
def upload(people, marketer):
    """Return `upload(content)`, which takes text (as UTF-8) or bytes."""

    def run(content):
        file = io.BytesIO(content.encode() if isinstance(content, str) else content)
        return upload_csv(marketing_list=people, file=file, size=None, actor=marketer)

    return run
