"""The queue: what is due becomes a run, and a run that may start is rung for.

The database is the truth and the broker a doorbell. A lost message is rung again by the next
tick; a doubled one meets a claim that changes no row.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from acton_connector.accounts.models import User
from sync.models import (
    ACTIVE_STATES,
    AccountLease,
    RunKind,
    RunState,
    SyncJob,
    SyncRun,
    Trigger,
)
from sync.schedule import Schedule, next_due

log = structlog.get_logger(__name__)

# A doorbell that nobody heard within this time is rung anew by a tick, not heard twice.
DOORBELL_LIFETIME_SECONDS = 60

# How far behind its slot a scheduled run may start.
LATEST_START = timedelta(minutes=10)

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def enqueue_run(
    *,
    job: SyncJob,
    options: dict[str, Any],
    kind: RunKind,
    trigger: Trigger,
    requested_by: User | None = None,
    override_reason: str = "",
) -> SyncRun:
    """Queue a run of `job` on a frozen copy of its options, and ring once it is committed.

    A job has one active run, and one dry run beside it: where there is one of the sort already, it
    is returned. So a second click, a second tick or a second tab starts nothing.
    """
    try:
        with transaction.atomic():
            run = SyncRun.objects.create(
                account_id=job.account_id,
                job=job,
                kind=kind,
                trigger=trigger,
                requested_by=requested_by,
                override_reason=override_reason,
                options=options,
                queued_at=Now(),
            )
    except IntegrityError:
        active = find_active_run(job, is_dry_run=kind == RunKind.DRY_RUN)
        if active is None:  # another constraint than "one active run per job"
            raise
        return active
    run.refresh_from_db(fields=["queued_at"])
    transaction.on_commit(lambda: ring(run.pk))
    return run


def find_active_run(job: SyncJob, *, is_dry_run: bool = False) -> SyncRun | None:
    """Return the run, or the dry run, of `job` that is waiting or running."""
    active = SyncRun.objects.filter(job=job, state__in=ACTIVE_STATES)
    dry = Q(kind=RunKind.DRY_RUN)
    return active.filter(dry if is_dry_run else ~dry).first()


def ring(run_id: int) -> None:
    """Tell a worker that a run may start. Without a broker the next tick rings again."""
    try:
        current_app.send_task("sync.execute_run", args=[run_id], expires=DOORBELL_LIFETIME_SECONDS)
    except (OperationalError, OSError):
        log.warning("queue.broker_away", run_id=run_id, exc_info=True)


def waiting_runs() -> QuerySet[SyncRun]:
    """Return every account's runs that wait while nobody holds their account, oldest first."""
    held = AccountLease.objects.filter(
        account_id=OuterRef("account_id"), run__isnull=False, expires_at__gte=Now()
    )
    return (
        SyncRun.objects.unscoped()
        .filter(~Exists(held), state__in=ACTIVE_STATES)
        .order_by("queued_at", "pk")
    )


def ring_waiting(account_id: int | None = None) -> None:
    """Ring for the first waiting run of each account, or of one account."""
    runs = waiting_runs()
    if account_id is not None:
        runs = runs.filter(account_id=account_id)
    rung: set[int] = set()
    for run_id, owner in runs.values_list("pk", "account_id"):
        if owner not in rung:
            rung.add(owner)
            ring(run_id)


def mark_interrupted() -> int:
    """Mark the runs whose worker fell silent; they wait again and resume at their checkpoint."""
    held = AccountLease.objects.filter(run_id=OuterRef("pk"), expires_at__gte=Now())
    return (
        SyncRun.objects.unscoped()
        .filter(~Exists(held), state=RunState.RUNNING)
        .update(state=RunState.INTERRUPTED)
    )


def schedule_of(job: SyncJob) -> Schedule | None:
    """Return the job's schedule, or None when it has none."""
    if job.every_hours is None or job.start_time is None or job.start_date is None:
        return None
    return Schedule(job.every_hours, job.start_time, job.start_date)


def allowed_at(job: SyncJob) -> datetime:
    """Return from when on the next sync of the list may start (UTC; long ago when it never ran)."""
    if job.last_started_at is None:
        return LONG_AGO
    return job.last_started_at + timedelta(hours=job.account.min_sync_interval_hours)


def compute_next_due(job: SyncJob, now: datetime) -> datetime | None:
    """Return when the job is due next (UTC): after `now`, and never within the interval.

    A run starts some seconds or minutes behind its slot, so with the shortest interval the next
    slot lies within it: the run is due as soon as the interval is over. What lies further within
    it, after a sync by hand, is left out.
    """
    schedule = schedule_of(job)
    if schedule is None or job.pause_reason:
        return None
    slot = next_due(schedule, job.account.zone, now)
    earliest = allowed_at(job)
    if earliest <= slot:
        return slot
    if earliest - slot <= LATEST_START:
        return earliest
    # A slot exactly at the end of the interval is allowed.
    return next_due(schedule, job.account.zone, earliest - timedelta(microseconds=1))
