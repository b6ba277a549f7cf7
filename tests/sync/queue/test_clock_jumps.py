"""The database's clock was set back by a day: nobody waits a day for a dead run or for a list."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from acton_connector.accounts.database_clock import read_database_time
from connectors.budget import LONGEST_WAIT
from lists.models import ListKind, ListRecord
from sync.engine.runner import execute_run
from sync.models import AccountLease, PullCursor, RunState, SyncJob, SyncRun
from sync.queue.clock_jumps import NOTICEABLE
from sync.queue.finish import put_off
from sync.queue.lease import claim, from_now
from sync.queue.tick import tick
from sync.services import import_list
from tests.factories import ConnectionFactory, SyncRunFactory
from tests.processes import wait_until
from tests.sync_kit import FIELDS

DAY = timedelta(days=1)


@pytest.fixture
def run(account):
    ConnectionFactory()
    return SyncRunFactory()


@pytest.fixture
def held_before_the_jump(run):
    """A lease whose holder wrote its end by a clock that was then set back by a day."""
    lease = claim(run.pk)
    AccountLease.objects.update(expires_at=from_now(DAY + timedelta(seconds=90)))
    return lease


@pytest.mark.fault("F79", "F86")
def test_a_dead_run_is_taken_over_after_one_lease_when_the_clock_was_set_back(
    held_before_the_jump, run, settings
):
    settings.SYNC_LEASE_SECONDS = 0.3
    assert claim(run.pk) is None
    looked_at = read_database_time(run.account_id)

    tick()

    # Not at once: the holder may be alive, and nothing tells how old the lease is.
    assert AccountLease.objects.get().expires_at >= looked_at + timedelta(seconds=0.3)
    taken = []
    wait_until(lambda: taken.append(claim(run.pk)) or taken[-1])
    assert taken[-1].fence == held_before_the_jump.fence + 1


@pytest.mark.fault("F86")
def test_the_holder_goes_on_when_the_clock_was_set_back(held_before_the_jump, run):
    tick()

    held_before_the_jump.hold()
    run.refresh_from_db()
    assert run.state == RunState.RUNNING


def test_a_lease_of_a_right_clock_is_left_alone(run):
    claim(run.pk)
    AccountLease.objects.update(expires_at=from_now(timedelta(seconds=85)))
    before = AccountLease.objects.get().expires_at

    tick()

    assert AccountLease.objects.get().expires_at == before


@pytest.mark.fault("F86")
@pytest.mark.requirement("S84")
def test_a_list_that_started_before_the_clock_was_set_back_waits_one_interval(run):
    SyncJob.objects.update(last_started_at=from_now(DAY))

    tick()

    started_at = SyncJob.objects.get().last_started_at
    assert timedelta(0) <= timezone.now() - started_at < timedelta(seconds=30)
    assert claim(run.pk) is None
    SyncJob.objects.update(last_started_at=started_at - timedelta(hours=4))
    assert claim(run.pk)


def test_a_start_of_this_moment_is_left_alone(run):
    SyncJob.objects.update(last_started_at=from_now(NOTICEABLE / 2))
    before = SyncJob.objects.get().last_started_at

    tick()

    assert SyncJob.objects.get().last_started_at == before


@pytest.mark.django_db(transaction=True)
def test_the_tick_looks_for_starts_to_come_in_an_index(run):
    to_come = SyncJob.objects.unscoped().filter(last_started_at__gt=from_now(NOTICEABLE))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")  # a table of one row needs no index
        try:
            assert "sync_syncjob_last_started" in to_come.explain()
        finally:
            if connection.vendor == "postgresql":
                cursor.execute("RESET enable_seqscan")


@pytest.mark.fault("F86")
@pytest.mark.parametrize(("wait", "kept"), [(timedelta(hours=24), True), (2 * DAY, False)])
def test_a_run_waits_for_calls_no_longer_than_ours_are_counted(run, wait, kept):
    lease = claim(run.pk)
    written = read_database_time(run.account_id) + wait
    put_off(run, lease, resume_at=written, message="No calls.", advice="Wait.", calls=0)

    tick()

    run.refresh_from_db()
    assert (run.resume_at == written) is kept
    assert run.resume_at <= read_database_time(run.account_id) + LONGEST_WAIT


@pytest.mark.scenario
@pytest.mark.fault("F71", "F86")
def test_a_sync_after_the_clock_was_set_back_reads_everything(sync):
    """How long ago the last one was is unknown, and so is what Salesforce has forgotten since."""
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, pull=FIELDS)
    sync.run(job)
    PullCursor.objects.update(read_at=from_now(DAY), whole_read_at=from_now(DAY))

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED, run.message
    assert run.read_since is None
    assert "clock was set back" in run.read_reason
    cursor = PullCursor.objects.get()
    assert cursor.read_at == cursor.whole_read_at == run.started_at
    assert sync.run(job).read_since is not None


@pytest.mark.scenario
@pytest.mark.fault("F86")
def test_a_run_ends_well_when_the_clock_is_set_forward_in_the_middle_of_it(sync, settings):
    """Its lease seems long over, so it is called interrupted while its worker is at it."""
    settings.SYNC_PAGE_ROWS = 40
    sync.org.fault(r"/jobs/query/[^/]+/results", every=1, delay_seconds=0.5)
    run = import_list(
        account=sync.account, kind=ListKind.LEADS, name="Leads", fields=FIELDS, actor=sync.actor
    )
    with ThreadPoolExecutor() as threads:
        working = threads.submit(execute_in_thread, run.pk)
        wait_until(lambda: SyncRun.objects.get().records_read > 0)
        # The worker's next page may prolong the lease before the tick has looked.
        wait_until(set_forward_and_tick)
        assert working.result()
    sync.org.mend()
    resumed = sync.execute(run)

    assert resumed.state == RunState.SUCCEEDED, resumed.message
    assert resumed.records_added == resumed.records_read == resumed.records_expected
    held = ListRecord.objects.filter(list=resumed.job.list).values_list("salesforce_id", flat=True)
    leads = sync.org.query("SELECT Id FROM Lead WHERE IsConverted = false")
    assert sorted(held) == sorted(lead["Id"] for lead in leads)


def set_forward_and_tick():
    AccountLease.objects.update(expires_at=from_now(-DAY))
    tick()
    return SyncRun.objects.get().state == RunState.INTERRUPTED


def execute_in_thread(run_id):
    try:
        return execute_run(run_id)
    finally:
        connection.close()
