"""Next starts that were computed from a zone's data or a clock that are no longer the same."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from sync.models import SyncJob, Timetable
from sync.queue.tick import tick
from sync.queue.timetable import recompute
from sync.schedules.schedule import OnWeekdays, iter_slots
from tests.factories import SyncJobFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(account):
    return SyncJobFactory(schedule=OnWeekdays(time(2, 30)), next_due_at=FAR)


FAR = timezone.now() + timedelta(days=40)


def next_start(job):
    return SyncJob.objects.get(pk=job.pk).next_due_at


def true_start(job, account):
    return next(iter_slots(job.schedule, account.zone, timezone.now()))


@pytest.mark.fault("F86")
def test_every_start_is_computed_anew_when_the_zone_data_is_another_edition(job, account):
    tick()
    SyncJob.objects.update(next_due_at=FAR)  # as an older edition would have had it
    tick()
    assert next_start(job) == FAR  # the edition is the same: nobody looks
    Timetable.objects.update(zone_data="an older edition")

    tick()

    assert next_start(job) == true_start(job, account)


@pytest.mark.fault("F86")
def test_every_start_is_computed_anew_when_the_clock_was_set_back(job, account):
    tick()
    SyncJob.objects.update(next_due_at=FAR)
    Timetable.objects.update(looked_at=timezone.now() + timedelta(days=1))

    tick()

    assert next_start(job) == true_start(job, account)
    assert Timetable.objects.get().looked_at <= timezone.now() + timedelta(seconds=5)


@pytest.mark.requirement("S80")
def test_the_next_start_moves_with_the_time_zone_of_the_account(
    job, account, administrator, client_of
):
    before = true_start(job, account)
    url = reverse("account_settings", args=[account.slug])

    client_of(administrator).post(url, {"time_zone": "Asia/Tokyo"})

    account.refresh_from_db()
    assert account.time_zone == "Asia/Tokyo"
    assert next_start(job) == true_start(job, account) != before


def test_what_is_due_stays_due_and_what_is_paused_stays_paused(account):
    now = timezone.now()
    late = SyncJobFactory(schedule=OnWeekdays(time(2)), next_due_at=now - timedelta(minutes=1))
    paused = SyncJobFactory(schedule=OnWeekdays(time(2)), pause_reason="A field is missing.")

    recompute(SyncJob.objects.all())

    assert next_start(late) == late.next_due_at
    assert next_start(paused) is None


def test_more_jobs_than_one_statement_takes_are_all_computed_anew(account, monkeypatch):
    monkeypatch.setattr("sync.queue.timetable.JOBS_AT_ONCE", 2)
    jobs = [SyncJobFactory(schedule=OnWeekdays(time(2)), next_due_at=FAR) for _ in range(5)]

    recompute(SyncJob.objects.all())

    assert {next_start(job) for job in jobs} == {true_start(jobs[0], account)}
