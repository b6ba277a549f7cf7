"""What befalls a run: its worker is killed or sleeps past its lease, answers are lost or cut."""

import signal
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from sync.models import AccountLease, SyncJob, SyncRun
from sync.queue.tick import tick
from tests.processes import wait_until
from tests.scenarios.kills.workers import LEASE_SECONDS

FAULTS = (
    {"lose_reply": True},
    {"lose_reply": True},
    {"cut_at": 60},
    {"cut_at": 0},
    {"truncate_at": 300, "identity": True},
    {"delay_seconds": 0.1},
    {"status": 503, "body": "Try later."},
)
TURNS = 12
API = "/services/"


def measure(workers, run):
    """Let a run be done undisturbed; return the seconds that it took."""
    began = time.monotonic()
    workers.wait(workers.start(run))
    return time.monotonic() - began


def disturb(workers, org, run, luck, usual_seconds):
    """Let a run be done while it is disturbed once or twice; return what was done to it."""
    told = []
    for _ in range(luck.choice([1, 1, 2])):
        if luck.random() < 0.5:
            fault = luck.choice(FAULTS)
            nth = luck.randint(1, 10)
            org.fault(API, nth=nth, **fault)
            told.append(f"call {nth}: {fault}")
        pid = workers.start(run)
        seconds = luck.uniform(0, usual_seconds)
        workers.has_ended(pid, seconds)
        if luck.random() < 0.75:
            workers.kill(pid)
            let_lease_end(run)
            told.append(f"killed after {seconds:.3f} s")
        else:
            sleep_past_the_lease(workers, run, pid)
            told.append(f"slept after {seconds:.3f} s")
        org.mend()
    return told


def spoil_call(workers, org, run, number, **fault):
    """Let a run meet a fault at its call of a number."""
    org.fault(API, nth=number, **fault)
    workers.wait(workers.start(run))
    org.mend()


def ring_twice(workers, run, seconds):
    """Start a second worker so long after the first, which goes on."""
    first = workers.start(run)
    workers.has_ended(first, seconds)
    workers.wait(workers.start(run))
    workers.wait(first)


def die_at(workers, run, kind, number, when):
    """Let a worker kill itself at a moment of its run; tell whether it came to it."""
    workers.wait(workers.start(run, ends_at=[kind, number, when, "SIGKILL"]))
    let_lease_end(run)
    return not is_done(run)


def sleep_after_call(workers, run, number):
    """Let a worker fall asleep after a call of its run and wake up when another one is at it.

    The other one has come to its third checkpoint, and does no more. Return whether the first
    came to that call.
    """
    pid = workers.start(run, ends_at=["call", number, "after", "SIGSTOP"])
    wait_until(lambda: workers.has_ended(pid) or is_stopped(pid), seconds=30)
    came_to_it = not is_done(run)
    try:
        let_lease_end(run)
        tick()
        workers.wait(workers.start(run, ends_at=["checkpoint", 3, "after", "SIGKILL"]))
    finally:
        workers.send(pid, signal.SIGCONT)
    workers.wait(pid)
    let_lease_end(run)
    return came_to_it


def sleep_past_the_lease(workers, run, pid):
    """Stop a worker until another one has taken its run, then let both go on."""
    fall_asleep(workers, run, pid)
    try:
        wait_for_the_lease(run)
        tick()
        other = workers.start(run)
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


def finish(workers, run):
    """Do what the machines do until the run has ended: the tick rings, a worker goes on."""
    for _ in range(TURNS):
        run.refresh_from_db()
        if not run.is_active:
            return
        wait_for_the_lease(run)
        tick()
        workers.wait(workers.start(run))
    raise EndlessRunError(f"The run does not end: {run.state} {run.message}")


class EndlessRunError(Exception):
    """A run did not end, whatever the machines did."""


def let_lease_end(run):
    """Take the lease of a worker that is dead for over, instead of waiting for it."""
    AccountLease.objects.filter(account_id=run.account_id, run=run).update(
        expires_at=Now() - timedelta(seconds=1)
    )


def wait_for_the_lease(run):
    """Wait until nobody holds the run's account, or the run has ended."""
    free = AccountLease.objects.filter(
        Q(run=None) | Q(expires_at__lt=Now()), account_id=run.account_id
    )
    wait_until(lambda: free.exists() or is_done(run), seconds=30)


def is_done(run):
    """Tell whether a run has come to its end."""
    return SyncRun.objects.filter(pk=run.pk, finished_at__isnull=False).exists()
