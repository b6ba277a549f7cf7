"""One run at a time in an account, however many workers race for it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from acton_connector.accounts.scope import account_scope
from connectors.models import Connection, ConnectionState
from sync.models import AccountLease, RunKind, RunState, SyncJob, SyncRun, Trigger
from sync.queue.lease import Lease, LeaseLostError, claim
from sync.queue.waiting import find_first, list_first_of_free_accounts
from tests.factories import ConnectionFactory, SyncJobFactory, SyncRunFactory
from tests.locks import is_anybody_waiting
from tests.processes import wait_until


@pytest.fixture
def run(account):
    ConnectionFactory()
    return SyncRunFactory()


def end_lease(lease):
    AccountLease.objects.filter(account_id=lease.account_id).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )


def finish(run, lease):
    SyncRun.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED, finished_at=timezone.now())
    lease.release()


def test_a_claim_starts_the_run(run):
    lease = claim(run.pk)

    run.refresh_from_db()
    assert lease == Lease(account_id=run.account_id, run_id=run.pk, fence=1)
    assert run.state == RunState.RUNNING
    assert run.attempts == 1
    assert run.started_at is not None
    assert SyncJob.objects.get().last_started_at == run.started_at


@pytest.mark.requirement("S85")
def test_a_second_run_of_the_account_waits_while_the_first_runs(run):
    other = SyncRunFactory()
    claim(run.pk)

    assert claim(other.pk) is None
    other.refresh_from_db()
    assert other.state == RunState.QUEUED


def test_runs_of_two_accounts_run_side_by_side(run, other_account):
    with account_scope(other_account):
        ConnectionFactory(account=other_account)
        other = SyncRunFactory(account=other_account)

    assert claim(run.pk)
    assert claim(other.pk)


@pytest.mark.requirement("S85")
@pytest.mark.fault("F84")
@pytest.mark.threat("T3")
@pytest.mark.django_db(transaction=True)
def test_of_many_claims_at_once_one_wins(account):
    ConnectionFactory()
    runs = [SyncRunFactory().pk for _ in range(4)]
    AccountLease.objects.create(account=account)
    start = threading.Barrier(16)
    won = []

    def race(run_id):
        try:
            start.wait()
            won.extend([lease] if (lease := claim(run_id)) else [])
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=(runs[n % 4],)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
    assert SyncRun.objects.filter(state=RunState.RUNNING).count() == 1
    assert AccountLease.objects.get().fence == 1


@pytest.mark.fault("F84")
@pytest.mark.threat("T3")
@pytest.mark.django_db(transaction=True)
def test_a_claim_that_waited_for_the_holder_does_not_start_a_run_that_ended_meanwhile(run):
    """PostgreSQL shows to an UPDATE that waited its own row as it is now, and others as before."""
    holder = claim(run.pk)
    end_lease(holder)
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            holder.hold()
            waiting = threads.submit(claim_in_thread, run.pk)
            wait_until(is_anybody_waiting)
            SyncRun.objects.update(state=RunState.SUCCEEDED, finished_at=timezone.now())
            holder.release()

        assert waiting.result() is None
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.SUCCEEDED, 1)
    assert AccountLease.objects.get().fence == 1


def claim_in_thread(run_id):
    try:
        return claim(run_id)
    finally:
        connection.close()


@pytest.mark.fault("F79")
def test_a_run_whose_worker_fell_silent_is_claimed_again_with_a_higher_fence(run):
    dead = claim(run.pk)
    end_lease(dead)

    assert claim(run.pk).fence == dead.fence + 1
    run.refresh_from_db()
    assert run.attempts == 2


@pytest.mark.fault("F79")
def test_a_worker_that_wakes_up_again_writes_nothing(run):
    dead = claim(run.pk)
    end_lease(dead)
    claim(run.pk)

    def write_late():
        with transaction.atomic():
            run.records_read = 99
            run.save()
            dead.hold()

    with pytest.raises(LeaseLostError):
        write_late()

    run.refresh_from_db()
    assert run.records_read == 0


def test_a_released_lease_lets_the_next_run_start(run):
    other = SyncRunFactory()
    finish(run, claim(run.pk))

    assert claim(other.pk)


def test_an_old_holder_does_not_release_the_new_one(run):
    dead = claim(run.pk)
    end_lease(dead)
    alive = claim(run.pk)

    dead.release()

    alive.hold()


@pytest.mark.requirement("S84")
def test_a_sync_does_not_start_within_the_interval(run):
    SyncJob.objects.update(last_started_at=timezone.now() - timedelta(hours=3, minutes=59))

    assert claim(run.pk) is None


@pytest.mark.requirement("S84")
def test_a_sync_starts_when_the_interval_has_passed(run):
    SyncJob.objects.update(last_started_at=timezone.now() - timedelta(hours=4, seconds=1))

    assert claim(run.pk)


@pytest.mark.requirement("S84")
def test_a_resumed_run_keeps_its_own_start(run):
    first = claim(run.pk)
    run.refresh_from_db()
    started_at = run.started_at
    end_lease(first)

    assert claim(run.pk)
    run.refresh_from_db()
    assert run.started_at == started_at


@pytest.mark.requirement("S84")
def test_an_override_starts_within_the_interval_but_not_beside_another_run(account):
    ConnectionFactory()
    job = SyncJobFactory(last_started_at=timezone.now())
    other = SyncRunFactory()
    override = SyncRunFactory(job=job, trigger=Trigger.OVERRIDE, override_reason="A new price list")

    lease = claim(other.pk)
    assert claim(override.pk) is None
    finish(other, lease)
    assert claim(override.pk)


@pytest.mark.requirement("S85")
def test_the_run_that_was_due_first_starts_first_whoever_rings(run):
    due_before = SyncRunFactory(due_at=run.due_at - timedelta(minutes=1))

    assert claim(run.pk) is None
    assert claim(due_before.pk)


@pytest.mark.requirement("S85")
def test_a_run_of_a_kind_that_comes_first_passes_those_that_were_due_before(run):
    urgent = SyncRunFactory(due_at=run.due_at + timedelta(minutes=1), priority=run.priority - 1)

    assert claim(run.pk) is None
    assert claim(urgent.pk)


@pytest.mark.requirement("S84", "S85")
def test_a_run_within_its_interval_keeps_nobody_behind_it_waiting(run):
    SyncJob.objects.update(last_started_at=timezone.now() - timedelta(hours=3))
    behind = SyncRunFactory(due_at=run.due_at + timedelta(minutes=1))

    assert find_first(run.account_id) == behind.pk
    assert claim(run.pk) is None
    assert claim(behind.pk)


@pytest.mark.requirement("S84")
def test_each_account_has_its_own_interval(run, account, other_account):
    other_account.min_sync_interval_hours = 2
    other_account.save()
    with account_scope(other_account):
        ConnectionFactory(account=other_account)
        other = SyncRunFactory(account=other_account)
    SyncJob.objects.unscoped().update(last_started_at=timezone.now() - timedelta(hours=3))

    assert list_first_of_free_accounts() == [other.pk]


@pytest.mark.fault("F85")
def test_a_scheduled_run_works_on_the_set_up_as_it_is_when_it_begins(account):
    ConnectionFactory()
    run = SyncRunFactory(options=None)
    SyncJob.objects.update(pull_add=True)

    assert claim(run.pk)
    SyncJob.objects.update(pull_add=False, push_add=True)

    run.refresh_from_db()
    assert (run.options["pull_add"], run.options["push_add"]) == (True, False)


def test_an_import_starts_no_interval(account):
    ConnectionFactory()
    run = SyncRunFactory(kind=RunKind.IMPORT, trigger=Trigger.IMPORT)

    assert claim(run.pk)
    assert SyncJob.objects.get().last_started_at is None


@pytest.mark.parametrize("state", [ConnectionState.PAUSED, ConnectionState.DISCONNECTED])
def test_nothing_starts_while_the_connection_is_not_usable(run, state):
    Connection.objects.update(state=state, reason="Salesforce refused.")

    assert claim(run.pk) is None


def test_a_finished_run_is_not_claimed_again(run):
    SyncRun.objects.filter(pk=run.pk).update(
        state=RunState.SUCCEEDED, started_at=timezone.now(), finished_at=timezone.now()
    )

    assert claim(run.pk) is None


@pytest.mark.fault("F79")
def test_a_dead_workers_run_goes_on_within_two_minutes(settings):
    """The claim ends with the lease, and the tick behind it rings; both as in production."""
    assert settings.SYNC_LEASE_SECONDS + settings.SYNC_TICK_SECONDS <= 120
