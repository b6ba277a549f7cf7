"""The lease of an account: one run at a time, however many workers race for it.

A claim is one conditional UPDATE, and the database's clock alone says what time it is. A holder
proves itself by its fence: a number that every claim raises. `Lease.hold()` inside a transaction
ties everything else in that transaction to the claim; a worker that was declared dead and woke
up again changes nothing.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from acton_connector.accounts.scope import account_scope
from sync.models import AccountLease, RunKind, RunState, SyncJob, SyncRun
from sync.options import freeze_options
from sync.queue.waiting import ORDER, list_startable

log = structlog.get_logger(__name__)


class LeaseLostError(Exception):
    """Another worker has taken over: stop at once and touch nothing."""


class RunStoppedError(Exception):
    """The run was cancelled, or its connection is no longer usable."""


def lease_seconds() -> timedelta:
    """Return how long a silent worker keeps its claim."""
    return timedelta(seconds=settings.SYNC_LEASE_SECONDS)


def from_now(delta: timedelta) -> models.Expression:
    """Return the database's time, moved by `delta`."""
    return models.ExpressionWrapper(Now() + delta, output_field=models.DateTimeField())


@dataclass(frozen=True)
class Lease:
    """A claim that was won: which run, and with which fence."""

    account_id: int
    run_id: int
    fence: int

    def hold(self) -> None:
        """Prolong the lease; raise LeaseLostError when it is no longer ours.

        Inside a transaction the updated row stays locked until the commit, so that nobody can
        claim the account between this check and what is written with it.
        """
        held = AccountLease.objects.filter(
            account_id=self.account_id, run_id=self.run_id, fence=self.fence
        ).update(expires_at=from_now(lease_seconds()))
        if not held:
            raise LeaseLostError(f"Run {self.run_id} lost fence {self.fence}.")

    def release(self) -> None:
        """Give the account free for its next run."""
        AccountLease.objects.filter(account_id=self.account_id, fence=self.fence).update(
            run=None, expires_at=None
        )


@transaction.atomic
def claim(run_id: int) -> Lease | None:
    """Claim the run's account for the run; return None when it may not start now.

    It may not when another run holds the account or comes before it in the queue, the run is
    finished, the connection is not usable, or the list's last sync started less than the account's
    interval ago.
    """
    run = SyncRun.objects.unscoped().select_related("job__list").filter(pk=run_id).first()
    if run is None:
        return None
    AccountLease.objects.get_or_create(account_id=run.account_id)
    startable = list_startable()
    first = startable.filter(account_id=run.account_id).order_by(*ORDER).values("pk")[:1]
    won = AccountLease.objects.filter(
        Q(run=None) | Q(expires_at__lt=Now()),
        Exists(SyncRun.objects.unscoped().filter(pk=run_id, pk__in=first)),
        account_id=run.account_id,
    ).update(run_id=run_id, fence=F("fence") + 1, expires_at=from_now(lease_seconds()))
    if not won:
        return None
    # PostgreSQL lets an UPDATE wait for a locked row and then asks that row alone anew: the other
    # tables are seen as they were before. Now that the row is ours, the run is asked once more.
    if not _mark_started(run, startable.filter(pk=run_id)):
        transaction.set_rollback(True)
        return None
    fence = AccountLease.objects.values_list("fence", flat=True).get(account_id=run.account_id)
    return Lease(account_id=run.account_id, run_id=run_id, fence=fence)


def _mark_started(run: SyncRun, startable: QuerySet[SyncRun]) -> bool:
    options = {} if run.options else {"options": _freeze(run)}
    # Why it waited for calls is over, and would be told of an end for another reason.
    waited = {"resume_at": None, "message": "", "advice": ""} if run.resume_at else {}
    started = startable.update(
        state=RunState.RUNNING,
        started_at=Coalesce("started_at", Now()),
        attempts=F("attempts") + 1,
        **options,
        **waited,
    )
    if started and run.kind == RunKind.SYNC and run.started_at is None:
        this_run = SyncRun.objects.unscoped().filter(pk=run.pk)
        SyncJob.objects.unscoped().filter(pk=run.job_id).update(
            last_started_at=Subquery(this_run.values("started_at"))
        )
    return bool(started)


def _freeze(run: SyncRun) -> dict[str, Any]:
    """Return the set-up that a run works on whom the schedule started: as it is at its start."""
    with account_scope(run.account_id):
        return freeze_options(run.job)


@contextmanager
def heartbeat(lease: Lease) -> Iterator[None]:
    """Prolong the lease from a thread of its own while the block runs.

    The thread only keeps the claim alive; whether it still is ours is checked by `hold`.
    """
    done = threading.Event()
    thread = threading.Thread(target=_beat, args=(lease, done), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(lease: Lease, done: threading.Event) -> None:
    interval = settings.SYNC_LEASE_SECONDS / 4.5  # 20 s of 90 s: four chances before it ends
    try:
        while not done.wait(interval):
            try:
                lease.hold()
            except LeaseLostError:
                return
            except DatabaseError:
                # The next beat tries again; a database away for longer than the lease ends it.
                log.warning("lease.heartbeat_failed", run_id=lease.run_id, exc_info=True)
                connection.close()
    finally:
        connection.close()


def mark_interrupted() -> int:
    """Mark the runs whose worker fell silent; they wait again and resume at their checkpoint."""
    held = AccountLease.objects.filter(run_id=OuterRef("pk"), expires_at__gte=Now())
    return (
        SyncRun.objects.unscoped()
        .filter(~Exists(held), state=RunState.RUNNING)
        .update(state=RunState.INTERRUPTED)
    )
