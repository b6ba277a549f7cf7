"""A run ends while somebody changes when its job starts next."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time

import pytest
from django.db import connections, transaction

from acton_connector.accounts.scope import account_scope
from sync.models import SyncJob
from sync.queue.finish import succeed
from sync.queue.lease import claim
from sync.schedules.schedule import EveryHours, OnWeekdays
from tests.factories import ConnectionFactory, SyncJobFactory, SyncRunFactory
from tests.locks import is_anybody_waiting
from tests.processes import wait_until


@pytest.mark.fault("F84")
@pytest.mark.requirement("S80")
@pytest.mark.django_db(transaction=True)
def test_a_run_that_ends_computes_the_start_from_the_schedule_that_is_being_changed(account):
    ConnectionFactory()
    job = SyncJobFactory(schedule=EveryHours(4, time(0, 30), date(2026, 1, 1)))
    run = SyncRunFactory(job=job)
    lease = claim(run.pk)

    def end():
        try:
            with account_scope(account):
                succeed(run, lease)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            changed = SyncJob.objects.select_for_update(no_key=True).get(pk=job.pk)
            changed.schedule = OnWeekdays(time(13, 45))
            changed.save()
            ended = thread.submit(end)
            wait_until(is_anybody_waiting)
        ended.result()

    start = SyncJob.objects.get(pk=job.pk).next_due_at.astimezone(account.zone)
    assert start.time() == time(13, 45)
