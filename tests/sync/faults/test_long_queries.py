"""A list with so many long fields that no query of it fits into an address (F22)."""

import pytest

from connectors.clients import open_client
from connectors.models import Connection
from connectors.services import refresh_fields
from lists.models import ListRecord
from sync.models import RunState
from tests.local_org import start_local_org
from tests.org_fields import OrgFields
from tests.sync_kit import FIELDS

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine, pytest.mark.fault("F22")]

LONGEST_URI = 16_384
LONG = [f"A_question_asked_at_the_trade_fair_n{number:03}__c" for number in range(390)]


@pytest.fixture(scope="module")
def running_org(tmp_path_factory):
    """An organisation of which the fields are too many for others."""
    with start_local_org(tmp_path_factory.mktemp("long"), "leads:30,contacts:5") as org:
        OrgFields(org).add_texts("Lead", LONG)
        yield org


@pytest.fixture
def job(sync):
    with open_client(Connection.objects.get()) as client:
        refresh_fields(client=client, sobject_type="Lead")
    job = sync.import_leads([*FIELDS, *LONG])
    sync.set_up(
        job, pull=[*FIELDS, *LONG], pull_add=True, remove_missing=True, push=LONG, push_add=True
    )
    return job


def statuses(org):
    return {call["status"] for call in org.calls()}


def test_many_long_fields_are_read_and_written_in_every_kind_of_run(sync, job):
    assert len(", ".join(LONG)) > LONGEST_URI
    run = job.runs.get()
    assert (run.state, run.records_added) == (RunState.SUCCEEDED, ListRecord.objects.count())
    first, other = sorted(ListRecord.objects.values_list("salesforce_id", flat=True))[:2]
    assert sync.run(job).state == RunState.SUCCEEDED  # the next one reads what changed
    sync.org.client().Lead.update(first, {LONG[0]: "There", LONG[-1]: "Last there"})
    sync.edit(job, other, **{name: f"Here {name}" for name in LONG})
    sync.add_local(job, LastName="New", Company="C", Email=sync.unique(), **{LONG[7]: "New"})
    sync.org.forget_calls()

    run = sync.run(job)

    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    assert run.read_since is not None
    assert (run.records_pushed_changed, run.records_pushed_new) == (1, 1)
    assert not statuses(sync.org) & {414, 431}
    assert sync.record(job, first).data[LONG[0]] == "There"
    assert sync.record(job, first).data[LONG[-1]] == "Last there"
    lead = sync.org.client().Lead.get(other)
    assert [lead[name] for name in LONG] == [f"Here {name}" for name in LONG]
    (made,) = sync.org.query(f"SELECT Id FROM Lead WHERE {LONG[7]} = 'New'")
    assert sync.record(job, made["Id"]).dirty is None
