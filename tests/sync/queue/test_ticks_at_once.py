"""Two ticks at the same instant, from two beats or two workers: what is due starts once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from sync.models import SyncJob, SyncRun
from sync.queue.tick import tick
from sync.schedules.schedule import EveryHours
from tests.factories import ConnectionFactory, SyncJobFactory

TICKS = 6
JOBS = 5
LIMIT_SECONDS = 30


@pytest.mark.requirement("S80")
@pytest.mark.fault("F84")
@pytest.mark.threat("T3")
@pytest.mark.django_db(transaction=True)
def test_of_many_ticks_at_once_one_starts_each_job(account):
    ConnectionFactory()
    slot = timezone.now() - timedelta(seconds=20)
    for _ in range(JOBS):
        SyncJobFactory(
            pull_add=True,
            schedule=EveryHours(4, slot.time(), slot.date()),
            next_due_at=slot,
        )
    start = threading.Barrier(TICKS)

    def tick_at_once():
        try:
            start.wait(LIMIT_SECONDS)
            return tick()
        finally:
            connection.close()

    with ThreadPoolExecutor(TICKS) as threads:
        ticks = [threads.submit(tick_at_once) for _ in range(TICKS)]
        started = sum(made.result() for made in ticks)

    assert started == JOBS
    assert sorted(SyncRun.objects.values_list("job", flat=True)) == sorted(
        SyncJob.objects.values_list("pk", flat=True)
    )
    assert all(job.next_due_at > timezone.now() for job in SyncJob.objects.all())
