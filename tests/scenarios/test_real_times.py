"""Beat, tick and lease at the times of production: what a fault leaves goes on in two minutes."""

import time

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from sync.models import RunKind, RunState, SyncJob, SyncRun
from sync.schedules.schedule import EveryHours
from sync.services import run_now
from tests.conftest import PROFILE
from tests.processes import wait_until
from tests.scenarios.test_killed_worker import RESULT_PAGES, counters, expected_leads, held_leads
from tests.scenarios.test_stopped_worker import start_import
from tests.scenarios.test_two_beats import count_ticks, running_beat
from tests.scenarios.worker import running_worker, worker_environment

LEASE_SECONDS = "90"

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(PROFILE != "deep", reason="takes two minutes: make test-deep"),
]


@pytest.fixture
def environment(sync):
    return worker_environment(sync.org, SYNC_LEASE_SECONDS=LEASE_SECONDS, SYNC_PAGE_ROWS="40")


@pytest.mark.fault("F82")
@pytest.mark.skipif(not settings.REDIS_URL, reason="needs Redis")
def test_what_is_due_and_what_waits_is_done_within_a_minute_of_an_emptied_redis(
    sync, environment, tmp_path
):
    waiting, due = sync.import_leads(), sync.import_leads(name="Due")
    for job in (waiting, due):
        sync.set_up(job, pull_add=True, remove_missing=True)
    SyncJob.objects.update(last_started_at=None)
    broker = redis.Redis.from_url(settings.REDIS_URL)

    with running_beat(environment, tmp_path / "beat") as log:
        wait_until(lambda: count_ticks(log) >= 1, seconds=60)
        waiting.refresh_from_db()
        run_now(job=waiting, actor=sync.actor)
        due.refresh_from_db()
        due.next_due_at = timezone.now()
        due.schedule = EveryHours(4, due.next_due_at.time(), due.next_due_at.date())
        due.save()
        assert broker.llen("celery") >= 1
        broker.flushdb()
        began = time.monotonic()
        with running_worker(environment, tmp_path):
            runs = SyncRun.objects.filter(job__in=[waiting, due], kind=RunKind.SYNC)
            wait_until(lambda: runs.filter(finished_at__isnull=False).count() == 2, seconds=60)
        assert time.monotonic() - began < 60

    assert set(runs.values_list("state", flat=True)) == {RunState.SUCCEEDED}
    assert set(runs.values_list("job", flat=True)) == {waiting.pk, due.pk}


@pytest.mark.fault("F79")
def test_a_run_whose_worker_was_killed_goes_on_within_120_seconds(sync, environment, tmp_path):
    sync.org.fault(RESULT_PAGES, every=1, delay_seconds=0.3)
    with running_beat(environment, tmp_path / "beat"):
        run = start_import(sync)
        with running_worker(environment, tmp_path) as worker:
            wait_until(lambda: counters(run).records_read >= 80, seconds=60)
            worker.kill()
        killed_at, read = time.monotonic(), counters(run).records_read
        assert read < run.records_expected
        sync.org.mend()
        with running_worker(environment, tmp_path):
            wait_until(lambda: counters(run).records_read > read, seconds=120)
            assert time.monotonic() - killed_at < 120
            wait_until(lambda: counters(run).finished_at, seconds=60)

    assert (run.state, run.records_read) == (RunState.SUCCEEDED, run.records_expected)
    assert held_leads(run.job) == expected_leads(sync.org)
