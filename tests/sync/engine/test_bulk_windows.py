"""Salesforce does not get through a Bulk query: it is asked for less at a time (F21)."""

from datetime import UTC, datetime

import pytest

from connectors.salesforce import TooLargeError, bulk_jobs
from lists.models import ListKind
from sync.engine import matching
from sync.engine.runner import execute_run
from sync.engine.windows import EARLIEST, Window
from sync.models import FailureReason, PullCursor, RunState, SyncRun
from sync.services import import_list
from tests.local_org import start_local_org
from tests.sync.engine.deaths import DiedError, resume
from tests.sync.engine.test_changes import ALL, held, held_ids, open_leads
from tests.sync_kit import FIELDS

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine, pytest.mark.fault("F21")]

HOURS, EACH_HOUR = 5, 3
TIMED_OUT = (
    "InvalidBatch : Failed to process query: QUERY_TIMEOUT: Your query request was running for too "
    "long."
)
COUNTS = r"/query.*COUNT"


@pytest.fixture(scope="module")
def running_org(tmp_path_factory):
    """An organisation whose leads were made over some hours, and years before."""
    with start_local_org(tmp_path_factory.mktemp("windows"), "leads:3,contacts:3") as org:
        for _ in range(HOURS):
            org.shift_clock(3600)
            for number in range(EACH_HOUR):
                org.client().Lead.create(
                    {"LastName": f"Lead {number}", "Company": "C", "AnnualRevenue": number + 0.5}
                )
        org.shift_clock(3600)
        yield org


@pytest.fixture(autouse=True)
def _look_often(monkeypatch):
    """Ask for the state of the many small jobs more often than of a large one."""
    monkeypatch.setattr(bulk_jobs, "_FIRST_POLL_SECONDS", 0.02)


@pytest.fixture
def org(sync):
    """The organisation, whose queries get through again after the test."""
    yield sync.org
    get_through(sync.org)
    sync.org.mend()


def get_through(org, *, at_most=0):
    """Let queries get through that find so many records, 0: all."""
    org.control("POST", "bulk/longest-result", {"records": at_most})


def queries(org):
    calls = org.calls()
    return [call for call in calls if (call["method"], call["status"]) == ("POST", 200)
            and call["path"].endswith("/jobs/query")]  # fmt: skip


def import_leads(sync, **options):
    return import_list(
        account=sync.account, actor=sync.actor, **{"name": "Leads", "fields": FIELDS, **options}
    )


@pytest.mark.parametrize("halvings", range(26))
def test_windows_follow_each_other_without_a_gap_to_the_end(halvings):
    now, window = datetime(2026, 11, 27, 12, tzinfo=UTC), Window()
    for _ in range(halvings):
        window, later = window.halve(now)
        assert window.until == later.begin
    passed = [window]
    while (window := window.find_next(now)) is not None:
        assert window.begin == passed[-1].until
        assert Window.load(window.dump()) == window
        passed.append(window)

    assert passed[0].begin == EARLIEST
    assert passed[-1].until is None
    assert len(passed) <= 26


def test_everything_is_read_in_windows_when_it_is_too_much_at_once(sync, org):
    get_through(org, at_most=4)
    org.forget_calls()

    run = sync.execute(import_leads(sync, kind=ListKind.LEADS))

    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    assert run.records_read == run.records_expected == run.records_added == len(open_leads(sync))
    assert held(run.job) == open_leads(sync)
    assert len(queries(org)) > HOURS


def test_everything_is_read_in_two_halves_when_one_query_runs_out_of_time(sync, org):
    org.control("POST", "bulk/failing-batch", {"nth": 1, "message": TIMED_OUT})
    org.forget_calls()

    run = sync.execute(import_leads(sync, kind=ListKind.LEADS))

    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    assert held(run.job) == open_leads(sync)
    assert len(queries(org)) == 3


def test_what_left_salesforce_is_removed_behind_a_read_in_windows(sync, org):
    job = sync.import_leads()
    lost = [sync.create_lead() for _ in range(2)]
    sync.set_up(job, **ALL)
    sync.run(job)
    assert set(lost) <= held_ids(job)
    for lead in lost:
        org.client().Lead.delete(lead)
    PullCursor.objects.all().delete()
    sync.account.removal_limit_percent = 90
    sync.account.save()
    get_through(org, at_most=4)
    org.faults([
        {"match": {"path": COUNTS}, "nth": number,
         "action": {"code": "QUERY_TIMEOUT", "message": "Your query was running for too long."}}
        for number in (1, 2)
    ])  # fmt: skip

    run = sync.run(job)

    assert (run.state, run.removals_held, run.records_removed) == (RunState.SUCCEEDED, 0, 2)
    assert held(job) == open_leads(sync)


def test_changes_are_read_in_windows_by_a_bulk_job(sync, org):
    fields = [*FIELDS, "AnnualRevenue"]
    job = sync.import_leads(fields)
    sync.set_up(job, pull=["Title"], pull_add=True, remove_missing=True)
    sync.run(job)
    changed = sorted(held_ids(job))[-2 * EACH_HOUR :]
    org.shift_clock(3600)
    for lead in changed:
        org.client().Lead.update(lead, {"Title": sync.unique("title")})
    get_through(org, at_most=EACH_HOUR)
    org.forget_calls()

    run = sync.run(job)

    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    assert run.read_since is not None
    assert run.records_read == run.records_updated == len(changed)
    assert held(job) == open_leads(sync)
    assert len(queries(org)) > 3


@pytest.mark.parametrize("behind", [False, True])
def test_a_read_in_windows_goes_on_wherever_its_worker_died(sync, org, die_at, behind):
    leads, number, has_died = open_leads(sync), 0, True
    get_through(org, at_most=len(leads) - 3)
    while has_died:
        number += 1
        run = import_leads(sync, kind=ListKind.LEADS, name=f"Leads {number}")
        die_at(number, behind=behind)
        try:
            execute_run(run.pk)
            has_died = False
        except DiedError:
            die_at(0)
        ended = resume(run) if has_died else SyncRun.objects.get(pk=run.pk)

        assert ended.state == RunState.SUCCEEDED, number
        assert ended.records_read == ended.records_added == len(leads), number
        assert held(run.job) == leads, number
    assert number > 20


def test_what_changes_between_two_windows_is_neither_lost_nor_removed(sync, org, die_at):
    job = sync.import_leads()
    sync.set_up(job, **ALL)
    get_through(org, at_most=4)
    ids = sorted(held_ids(job))
    first, last = ids[0], ids[-1]
    die_at(1, pages_only=True)
    with pytest.raises(DiedError):
        sync.run(job)
    run = SyncRun.objects.latest("pk")
    assert 0 < run.checkpoint["read"] < len(ids)
    org.client().Lead.update(first, {"Title": "Changed behind the reader"})
    org.client().Lead.update(last, {"Title": "Changed in front of the reader"})
    added = sync.create_lead(Email=sync.unique())
    org.shift_clock(3600)  # the changes are further back than a later job's overlap
    die_at(0)

    run = resume(run)

    assert (run.state, run.records_removed, run.removals_held) == (RunState.SUCCEEDED, 0, 0)
    assert run.records_read == len(ids) + 1
    assert sync.record(job, last).data["Title"] == "Changed in front of the reader"
    assert added in held_ids(job)
    get_through(org)
    assert sync.run(job).read_since is not None
    assert held(job) == open_leads(sync)


def test_a_few_seconds_that_are_too_much_fail_the_run_and_lose_nothing(sync, org):
    job = sync.import_leads()
    sync.set_up(job, **ALL)
    before = held(job)
    get_through(org, at_most=1)

    run = sync.run(job)

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.PERMANENT)
    assert run.message.endswith("Retried more than thirty times")
    assert run.advice == TooLargeError.default_advice
    assert held(job) == before
    get_through(org)
    run = sync.run(job)
    assert (run.state, run.records_removed) == (RunState.SUCCEEDED, 0)
    assert held(job) == open_leads(sync)


def test_people_whom_salesforce_knows_are_found_in_windows(sync, org, monkeypatch):
    monkeypatch.setattr(matching, "BULK_FROM", 1)
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    known = []
    for _ in range(3):
        org.shift_clock(3600)
        address = sync.unique()
        known.append((address, sync.create_lead(Email=address)))
        sync.create_lead(Email=sync.unique())
        sync.add_local(job, Email=address, LastName="Known", Company="C")
    count = len(open_leads(sync))
    get_through(org, at_most=3)

    run = sync.run(job)

    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    assert len(open_leads(sync)) == count
    assert all(sync.record(job, lead).email == address for address, lead in known)
