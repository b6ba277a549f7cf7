"""The tick: what is due starts once, at its slot or as soon as the interval allows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sync.models import RunState, SyncJob, SyncRun, Trigger
from sync.queue.lease import claim
from sync.queue.tick import tick
from sync.schedules.due_times import compute_next_due
from sync.schedules.schedule import EveryHours
from sync.setup.saving import SyncSetup, save_setup
from tests.factories import ConnectionFactory, SyncJobFactory


@pytest.fixture
def job(account):
    """A job that reads every four hours; its last slot was a moment ago."""
    ConnectionFactory()
    slot = timezone.now() - timedelta(seconds=20)
    return SyncJobFactory(
        pull_add=True,
        schedule=EveryHours(4, slot.time(), slot.date()),
        next_due_at=slot,
    )


@pytest.mark.requirement("S80", "S84")
def test_a_due_job_is_queued_once(job):
    assert [tick(), tick()] == [1, 0]

    run = SyncRun.objects.get()
    assert (run.trigger, run.state) == (Trigger.SCHEDULE, RunState.QUEUED)
    job.refresh_from_db()
    assert job.next_due_at > timezone.now() + timedelta(hours=3, minutes=59)


@pytest.mark.requirement("S85")
def test_a_start_that_comes_due_while_the_last_run_waits_is_merged_into_it(job):
    tick()
    SyncJob.objects.update(next_due_at=timezone.now())

    assert tick() == 0

    assert SyncRun.objects.get().merged_starts == 1
    job.refresh_from_db()
    assert job.next_due_at > timezone.now() + timedelta(hours=3)


def test_what_was_missed_while_the_machines_were_off_runs_once(job):
    slot = timezone.now() - timedelta(days=3, minutes=5)
    SyncJob.objects.update(
        next_due_at=slot, start_date=slot.date(), start_time=slot.time().replace(microsecond=0)
    )

    assert [tick(), tick()] == [1, 0]

    assert SyncRun.objects.get().due_at == slot
    job.refresh_from_db()
    assert timedelta(0) < job.next_due_at - timezone.now() <= timedelta(hours=4)


def test_more_jobs_than_one_statement_takes_are_all_started(job, monkeypatch):
    monkeypatch.setattr("sync.queue.tick.JOBS_AT_ONCE", 2)
    for _ in range(4):
        SyncJobFactory(schedule=job.schedule, next_due_at=job.next_due_at)

    assert tick() == 5

    assert SyncRun.objects.count() == 5
    assert not SyncJob.objects.filter(next_due_at__lte=timezone.now()).exists()


@pytest.mark.requirement("S84")
def test_a_sync_every_four_hours_runs_at_the_next_slot_although_it_started_late(job):
    slot = job.next_due_at
    tick()
    claim(SyncRun.objects.get().pk)
    job.refresh_from_db()

    due = compute_next_due(job, timezone.now())

    assert due == job.last_started_at + timedelta(hours=4)
    assert timedelta(0) < due - slot - timedelta(hours=4) < timedelta(minutes=1)


@pytest.mark.requirement("S84")
def test_a_slot_is_left_out_when_somebody_ran_the_list_by_hand_before(job):
    job.last_started_at = timezone.now() - timedelta(hours=1)

    due = compute_next_due(job, timezone.now())

    assert due > job.last_started_at + timedelta(hours=4)
    assert (due - job.next_due_at) % timedelta(hours=4) == timedelta(0)


@pytest.mark.fault("F85")
def test_saving_the_setup_does_not_undo_a_start_that_happened_meanwhile(job, administrator):
    opened = SyncJob.objects.get(pk=job.pk)
    tick()
    claim(SyncRun.objects.get().pk)
    started_at = SyncJob.objects.get(pk=job.pk).last_started_at

    save_setup(job=opened, setup=SyncSetup(pull_add=True), actor=administrator)

    assert SyncJob.objects.get(pk=job.pk).last_started_at == started_at
