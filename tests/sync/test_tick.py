"""The tick: what is due starts once, at its slot or as soon as the interval allows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sync.due_times import compute_next_due
from sync.lease import claim
from sync.models import RunState, SyncJob, SyncRun, Trigger
from sync.schedule import EveryHours
from sync.setup import SyncSetup, save_setup
from sync.tick import tick
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
