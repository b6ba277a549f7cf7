"""What befalls a run: its worker is killed or sleeps past its lease, answers are lost."""

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from sync.models import AccountLease, SyncJob, SyncRun
from sync.tick import tick
from tests.processes import wait_until
from tests.scenarios.kills.workers import LEASE_SECONDS

FAULTS = (
    {"lose_reply": True},
    {"lose_reply": True},
    {"cut_at": 60},
    {"cut_at": 0},
    {"delay_seconds": 0.1},
    {"status": 503, "body": "Try later."},
)
TURNS = 12
API = "/services/"


def measure(workers, run, plant=None):
    """Let a run be done undisturbed; return the seconds that it took."""
    began = time.monotonic()
    workers.wait(workers.start(run.pk, plant))
    return time.monotonic() - began


def disturb(workers, org, run, luck, usual_seconds, plant=None):
    """Let a run be done while it is disturbed once or twice; return what was done to it."""
    told = []
    for _ in range(luck.choice([1, 1, 2])):
        if luck.random() < 0.5:
            fault = luck.choice(FAULTS)
            nth = luck.randint(1, 10)
            org.fault(API, nth=nth, **fault)
            told.append(f"call {nth}: {fault}")
        pid = workers.start(run.pk, plant)
        seconds = luck.uniform(0, usual_seconds)
        workers.has_ended(pid, seconds)
        if luck.random() < 0.75:
            workers.send(pid, signal.SIGKILL)
            workers.wait(pid)
            told.append(f"killed after {seconds:.3f} s")
        else:
            sleep_past_the_lease(workers, run, pid, plant)
            told.append(f"slept after {seconds:.3f} s")
        org.mend()
    return told


def kill_at_call(workers, org, run, number, plant=None):
    """Kill a worker when Salesforce has done what its call of this number asks, unanswered."""
    org.forget_calls()
    org.fault(API, nth=number, lose_reply=True)
    pid = workers.start(run.pk, plant)
    wait_until(lambda: workers.has_ended(pid) or count_calls(org) >= number, seconds=30)
    workers.send(pid, signal.SIGKILL)
    workers.wait(pid)
    org.mend()
    return f"killed at call {number}"


def count_calls(org):
    """Return how many calls of the API the organisation has answered, or done without an answer."""
    return sum(call["path"].startswith(API) for call in org.calls())


def sleep_past_the_lease(workers, run, pid, plant):
    """Stop a worker until another one has taken its run, then let both go on."""
    fall_asleep(workers, run, pid)
    try:
        wait_for_the_lease(run)
        tick()
        other = workers.start(run.pk, plant)
        workers.has_ended(other, LEASE_SECONDS / 4)
    finally:
        workers.send(pid, signal.SIGCONT)
    workers.wait(pid)
    workers.wait(other)


def fall_asleep(workers, run, pid):
    """Stop a worker while it holds no lock, else nobody could write until it wakes up."""
    while not workers.has_ended(pid):
        workers.send(pid, signal.SIGSTOP)
        # The signal is on its way for a while, in which the worker may take a lock.
        wait_until(lambda: workers.has_ended(pid) or is_stopped(pid), seconds=10)
        if can_write(run):
            return
        workers.send(pid, signal.SIGCONT)
        workers.has_ended(pid, 0.005)


def is_stopped(pid):
    """Tell whether the kernel has stopped a process."""
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] in "TZ"


def can_write(run):
    """Tell whether nobody else has a lock on what a tick writes."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0)) as own:
            try:
                own.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            own.rollback()
        return True
    try:
        with transaction.atomic():
            AccountLease.objects.select_for_update(nowait=True).get(account_id=run.account_id)
            SyncRun.objects.select_for_update(nowait=True).get(pk=run.pk)
            SyncJob.objects.select_for_update(nowait=True).get(pk=run.job_id)
    except OperationalError:
        return False
    return True


def finish(workers, run, plant=None):
    """Do what the machines do until the run has ended: the tick rings, a worker goes on."""
    for _ in range(TURNS):
        run.refresh_from_db()
        if not run.is_active:
            return
        wait_for_the_lease(run)
        tick()
        workers.wait(workers.start(run.pk, plant))
    raise AssertionError(f"The run does not end: {run.state} {run.message}")


def wait_for_the_lease(run):
    """Wait until nobody holds the run's account, or the run has ended."""
    free = AccountLease.objects.filter(
        Q(run=None) | Q(expires_at__lt=Now()), account_id=run.account_id
    )
    done = SyncRun.objects.filter(pk=run.pk, finished_at__isnull=False)
    wait_until(lambda: free.exists() or done.exists(), seconds=30)
