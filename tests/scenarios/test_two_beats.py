"""Two beats and two workers by mistake: a due sync runs once."""

import subprocess
import sys
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from sync.models import AccountLease, RunKind, RunState, SyncJob, SyncRun
from sync.schedules.schedule import EveryHours
from tests.processes import wait_until
from tests.scenarios.worker import ROOT, running_worker, worker_environment
from tests.sync_kit import FIELDS

pytestmark = [pytest.mark.scenario, pytest.mark.requirement("S80")]

TICK_SECONDS = 0.3
# As `celery beat` does it, with the lines that our settings leave out: one for each tick.
BEAT = """
import logging, sys
from acton_connector.celery import app
app.loader.import_default_modules()
logging.getLogger("celery.beat").setLevel("INFO")
app.Beat(schedule=sys.argv[1], loglevel="INFO").run()
"""


@contextmanager
def running_beat(environment, folder):
    """Run a beat of its own while the block lasts; give the file that it writes to."""
    folder.mkdir()
    log = folder / "beat.log"
    command = [sys.executable, "-c", BEAT, str(folder / "schedule")]
    with log.open("w") as output:
        beat = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        yield log
    finally:
        beat.terminate()
        beat.wait()


def count_ticks(log):
    return log.read_text().count("Sending due task tick")


@pytest.mark.fault("F84")
def test_two_beats_start_a_due_sync_once(sync, tmp_path):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, pull=FIELDS)
    slot = timezone.now()
    job.refresh_from_db()
    job.schedule = EveryHours(4, slot.time(), slot.date())
    job.next_due_at = slot + timedelta(seconds=1)
    job.save()
    environment = worker_environment(sync.org, SYNC_TICK_SECONDS=str(TICK_SECONDS))
    syncs = SyncRun.objects.filter(kind=RunKind.SYNC)

    with ExitStack() as stack:
        for number in range(2):
            folder = tmp_path / f"worker{number}"
            folder.mkdir()
            stack.enter_context(running_worker(environment, folder))
        beats = [
            stack.enter_context(running_beat(environment, tmp_path / f"beat{number}"))
            for number in range(2)
        ]
        wait_until(lambda: syncs.filter(finished_at__isnull=False).exists(), seconds=60)
        # Both go on for a while: the slot must not start again.
        before = [count_ticks(log) for log in beats]
        wait_until(
            lambda: all(count_ticks(log) >= n + 5 for log, n in zip(beats, before, strict=True)),
            seconds=30,
        )

    run = syncs.get()
    assert run.state == RunState.SUCCEEDED, run.message
    assert AccountLease.objects.get().fence == 2  # claimed for the import, and once more
    assert SyncJob.objects.get().next_due_at > timezone.now() + timedelta(hours=3)
