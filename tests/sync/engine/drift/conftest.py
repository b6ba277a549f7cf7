"""An organisation whose fields are taken away, and the hand that does it."""

import uuid

import pytest

from sync.engine.push_rows import EXTERNAL_ID_FIELD
from tests.local_org import start_local_org
from tests.org_fields import OrgFields


@pytest.fixture(scope="module")
def running_org(tmp_path_factory):
    """An organisation whose fields these tests may take away."""
    with start_local_org(tmp_path_factory.mktemp("drift"), "leads:20,contacts:5") as org:
        yield org


@pytest.fixture
def fields(sync):
    """The administrator's hand; standard fields are back after the test."""
    hand = OrgFields(sync.org)
    yield hand
    hand.hide_object("Lead", hidden=False)
    standard = ("Lead.Email", "Contact.Email", "Lead.Title", "Lead.Phone")
    for field in (*standard, f"Lead.{EXTERNAL_ID_FIELD}"):
        hand.show(field)


@pytest.fixture
def region(fields):
    """A custom field of its own: `Region_...__c`, with the label `Sales region`."""
    name = f"Region_{uuid.uuid4().hex[:8]}__c"
    fields.add(f"Lead.{name}", label="Sales region")
    return name
