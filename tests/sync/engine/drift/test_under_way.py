"""A field changes while a run is under way, and while its Bulk jobs are."""

import pytest

from connectors.salesforce import TransientError
from lists.models import ListRecord
from sync.engine import push as push_module
from sync.engine import push_bulk
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import (
    RecordIssue,
    RunState,
)
from tests.processes import wait_until
from tests.sync.engine.drift.kit import (
    column_of,
    put,
    salesforce_value,
    sentences,
    settled,
    stale_describe,
    value_of,
)

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]


@pytest.mark.fault("F33")
@pytest.mark.parametrize("reads_changes", [True, False])
def test_a_pull_goes_on_without_a_field_that_goes_in_its_middle(
    sync, fields, region, reads_changes
):
    job, lead = settled(sync, region)
    if not reads_changes:
        job.cursor.delete()
    before = ListRecord.objects.filter(list=job.list).count()
    put(sync, lead, Title="New")
    stale_describe(sync)
    fields.remove(f"Lead.{region}")

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert value_of(sync, job, lead, "Title") == "New"
    assert value_of(sync, job, lead, region) == "North"
    assert ListRecord.objects.filter(list=job.list).count() == before


@pytest.mark.fault("F33")
@pytest.mark.parametrize("in_bulk", [False, True])
def test_a_push_goes_on_without_a_field_that_goes_in_its_middle(
    sync, fields, region, in_bulk, monkeypatch
):
    if in_bulk:
        monkeypatch.setattr(push_module, "BULK_FROM", 1)
    job, lead = settled(sync, region)
    sync.set_up(job, push=["Title", region])
    sync.edit(job, lead, Title="Ours", **{region: "Entered here"})
    stale_describe(sync)
    fields.remove(f"Lead.{region}")

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert (run.records_pushed_changed, run.records_failed) == (1, 0)
    assert salesforce_value(sync, lead, "Title") == "Ours"
    assert sync.record(job, lead).dirty == {region: "North"}
    fields.add(f"Lead.{region}")
    assert sync.run(job).state == RunState.SUCCEEDED
    assert column_of(job, region).filled_at is None  # the next pull reads what was missed


@pytest.fixture
def in_pairs(monkeypatch):
    """Each two records go by a Bulk job of their own."""
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    monkeypatch.setattr(push_bulk, "ROWS_PER_BULK_JOB", 2)


def run_until_jobs_are_sent(sync, job, monkeypatch):
    """Let the worker end when it has sent what it could, before it has read any outcome."""

    def end(*_):
        raise TransientError("GONE", "Salesforce does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(push_bulk.send_bulk, "wait", end)
        run = sync.run(job)
    assert run.state == RunState.INTERRUPTED
    for job_id, *_ in run.checkpoint["jobs"]:
        wait_until_complete(sync, job_id)
    return run


def wait_until_complete(sync, job_id):
    client = sync.org.client()
    wait_until(lambda: client.restful(f"jobs/ingest/{job_id}")["state"] == "JobComplete")


def add_people(sync, job, count):
    for number in range(count):
        email = sync.unique(f"pair{number}")
        sync.add_local(job, Email=email, LastName=f"No {number}", Company="Company")


def unlinked(job):
    return ListRecord.objects.filter(list=job.list, salesforce_id=None)


def uploads(sync):
    return [call for call in sync.org.calls() if call["method"] == "PUT"]


@pytest.mark.fault("F35")
@pytest.mark.parametrize(
    ("hidden", "state"),
    [
        ("Contact.Email", RunState.SUCCEEDED_WITH_ERRORS),
        (f"Lead.{EXTERNAL_ID_FIELD}", RunState.FAILED),
    ],
)
def test_new_records_on_their_way_are_linked_though_no_more_may_be_added(
    sync, fields, region, in_pairs, monkeypatch, hidden, state
):
    job, _ = settled(sync, region)
    sync.set_up(job, push_add=True)
    add_people(sync, job, 5)
    run = run_until_jobs_are_sent(sync, job, monkeypatch)
    fields.hide(hidden)

    run = sync.execute(run)

    assert (run.state, run.records_pushed_new) == (state, 4)
    assert unlinked(job).count() == 1


@pytest.mark.fault("F35")
def test_changes_on_their_way_are_settled_though_their_field_may_only_be_read_now(
    sync, fields, region, in_pairs, monkeypatch
):
    job, lead = settled(sync, region)
    sync.set_up(job, push=[region])
    sync.edit(job, lead, **{region: "Entered here"})
    run = run_until_jobs_are_sent(sync, job, monkeypatch)
    fields.lock(f"Lead.{region}")

    run = sync.execute(run)

    assert (run.state, run.records_pushed_changed) == (RunState.SUCCEEDED_WITH_ERRORS, 1)
    assert f"may no longer change Lead.{region}" in sentences(run)
    assert sync.record(job, lead).dirty is None


def refuse_from(sync, monkeypatch, module, name, call, *, nth, lose):
    """Lose a field at the nth call of a function: Salesforce refuses what that asks for first."""
    original, calls = getattr(module, name), []

    def do(*args, **options):
        calls.append(args)
        if len(calls) == nth:
            for sent in sync.org.client().restful("jobs/ingest")["records"]:
                if sent["state"] in ("UploadComplete", "InProgress"):
                    wait_until_complete(sync, sent["id"])
            lose()
            body = [{"errorCode": "INVALID_FIELD", "message": "No such column"}]
            sync.org.fault(call, nth=1, status=400, body=body)
        return original(*args, **options)

    monkeypatch.setattr(module, name, do)


@pytest.mark.fault("F33")
def test_a_job_on_its_way_is_read_when_the_next_one_is_refused_for_a_field(
    sync, fields, region, in_pairs, monkeypatch
):
    job, _ = settled(sync, region)
    sync.set_up(job, push_add=True)
    add_people(sync, job, 4)
    sync.org.forget_calls()
    lose = lambda: fields.hide(f"Lead.{region}")  # noqa: E731
    refuse_from(sync, monkeypatch, push_bulk.send_bulk, "start", "/jobs/ingest$", nth=2, lose=lose)

    run = sync.run(job)

    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED_WITH_ERRORS, 4)
    assert f"no longer has Lead.{region}" in sentences(run)
    assert not unlinked(job).exists()
    assert len(uploads(sync)) == 2  # nothing was sent twice


@pytest.mark.fault("F33")
def test_a_job_on_its_way_is_read_when_the_second_look_at_the_one_before_is_refused(
    sync, fields, region, in_pairs, monkeypatch
):
    job, _ = settled(sync, region)
    leads = [sync.create_lead(Email=sync.unique(), Title="Old") for _ in range(4)]
    assert sync.run(job).state == RunState.SUCCEEDED
    sync.set_up(job, push=["Title", region])
    for lead in leads:
        sync.edit(job, lead, Title="Ours")
    deleted = min(leads, key=lambda lead: sync.record(job, lead).record_id)
    sync.org.client().Lead.delete(deleted)
    sync.org.forget_calls()
    lose = lambda: fields.hide(f"Lead.{region}")  # noqa: E731
    refuse_from(sync, monkeypatch, push_bulk, "look_again", "/queryAll", nth=1, lose=lose)

    run = sync.run(job)

    assert (run.state, run.records_pushed_changed) == (RunState.SUCCEEDED_WITH_ERRORS, 3)
    assert {salesforce_value(sync, lead, "Title") for lead in leads if lead != deleted} == {"Ours"}
    assert RecordIssue.objects.get(run=run).salesforce_id == sync.record(job, deleted).salesforce_id
    assert len(uploads(sync)) == 3  # the deleted one alone was sent again
