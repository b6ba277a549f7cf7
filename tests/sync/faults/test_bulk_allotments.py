"""The organisation's daily allotment of Bulk jobs is used up: the run waits for more (F17)."""

import pytest

from acton_connector.accounts.database_clock import read_database_time
from connectors.models import Connection, ConnectionState
from lists.models import ListRecord
from sync.engine import push as push_module
from sync.engine.runner import execute_run
from sync.models import AccountLease, RecordIssue, RunState, SyncRun
from sync.queue.tick import tick
from tests.local_org import start_local_org
from tests.sync_kit import FIELDS

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine, pytest.mark.fault("F17")]

DAY = 24 * 3600 + 60


@pytest.fixture(scope="module")
def running_org(tmp_path_factory):
    """An organisation whose clock these tests may move."""
    with start_local_org(tmp_path_factory.mktemp("allotments"), "leads:60,contacts:5") as org:
        yield org


@pytest.fixture
def job(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, pull=FIELDS, remove_missing=True, push=["Title"])
    return job


@pytest.fixture
def use_up(sync):
    """Let an allotment be used up; the organisation gives it back when 24 hours are over."""
    most = {"batches": 15_000, "query_jobs": 10_000}

    def use(name):
        value = {"used": most[name], "maximum": most[name]}
        sync.org.control("POST", "bulk/allotments", {name: value})

    yield use
    values = {name: {"used": 0, "maximum": maximum} for name, maximum in most.items()}
    sync.org.control("POST", "bulk/allotments", values)


def assert_waits(run, text):
    """The run waits for an hour, keeps nobody from the account, and is not rung for."""
    run.refresh_from_db()
    assert run.state == RunState.WAITING_FOR_ALLOWANCE, run.message
    assert text in run.message
    assert "goes on by itself" in run.advice
    assert AccountLease.objects.get().run_id is None
    assert Connection.objects.get().state == ConnectionState.CONNECTED
    assert not RecordIssue.objects.exists()
    tick()
    assert not execute_run(run.pk)


def an_hour_later(run):
    """Let the time come at which the run tries again, and let it."""
    now = read_database_time(run.account_id)
    assert SyncRun.objects.filter(pk=run.pk, resume_at__gt=now).update(resume_at=now) == 1
    tick()
    assert execute_run(run.pk)


def titles(sync, title):
    return {lead["Id"] for lead in sync.org.query(f"SELECT Id FROM Lead WHERE Title = '{title}'")}


def test_a_pull_without_a_query_job_left_waits_until_the_organisation_has_some(sync, use_up):
    use_up("query_jobs")
    job = sync.import_leads()
    run = job.runs.get()
    assert_waits(run, "DailyBulkV2QueryJobs")

    sync.org.forget_calls()
    an_hour_later(run)  # nothing has come back yet
    assert_waits(run, "DailyBulkV2QueryJobs")
    assert [call["status"] for call in sync.org.calls() if "/jobs/query" in call["path"]] == [400]
    assert not ListRecord.objects.exists()

    sync.org.shift_clock(DAY)
    an_hour_later(run)

    run.refresh_from_db()
    assert (run.state, run.message, run.advice) == (RunState.SUCCEEDED, "", "")
    leads = {lead["Id"] for lead in sync.org.query("SELECT Id FROM Lead WHERE IsConverted = false")}
    held = list(ListRecord.objects.values_list("salesforce_id", flat=True))
    assert run.records_added == len(held) == len(leads)
    assert set(held) == leads


def test_a_push_without_a_batch_left_waits_and_then_sends_each_change_once(
    sync, job, use_up, monkeypatch
):
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    title = sync.unique("title")
    changed = sorted(ListRecord.objects.values_list("salesforce_id", flat=True))[:12]
    for salesforce_id in changed:
        sync.edit(job, salesforce_id, Title=title)
    use_up("batches")

    run = sync.run(job)

    assert_waits(run, "ApiBatchItems")
    an_hour_later(run)
    assert_waits(run, "ApiBatchItems")
    assert titles(sync, title) == set()
    assert ListRecord.objects.filter(dirty__isnull=False).count() == len(changed)

    sync.org.shift_clock(DAY)
    an_hour_later(run)

    run.refresh_from_db()
    assert (run.state, run.records_pushed_changed) == (RunState.SUCCEEDED, len(changed))
    assert titles(sync, title) == set(changed)
    assert not ListRecord.objects.filter(dirty__isnull=False).exists()
