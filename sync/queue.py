"""The queue: what is due becomes a run, and a run that may start is rung for.

The database is the truth and the broker a doorbell. A lost message is rung again by the next
tick; a doubled one meets a claim that changes no row.
"""

from random import SystemRandom
from typing import Any

from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from acton_connector.accounts.models import User
from sync import doorbell
from sync.models import (
    ACTIVE_STATES,
    AccountLease,
    JobKind,
    RunKind,
    RunState,
    SyncJob,
    SyncRun,
    Trigger,
)
from sync.waiting import find_first, list_first_of_free_accounts

_random = SystemRandom()

# A doorbell that nobody heard within this time is rung anew by a tick, not heard twice.
DOORBELL_LIFETIME_SECONDS = 60
# More runs than workers begin at once need no bell: each run that ends rings for another one.
RINGS_PER_ROUND = 200


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
                priority=JobKind(job.kind).priority,
                due_at=Now(),
                queued_at=Now(),
            )
    except IntegrityError:
        active = find_active_run(job, is_dry_run=kind == RunKind.DRY_RUN)
        if active is None:  # another constraint than "one active run per job"
            raise
        return active
    run.refresh_from_db(fields=["due_at", "queued_at"])
    transaction.on_commit(lambda: ring(run.pk))
    return run


def wait_for_turn(job: SyncJob) -> None:
    """Wait until nobody else asks for a run of `job`, and hold them up until the commit.

    So of two clicks at once the second finds the run of the first. Whoever only refers to the
    job, as every new run does, need not wait (no_key).
    """
    SyncJob.objects.select_for_update(no_key=True).get(pk=job.pk)


def find_active_run(job: SyncJob, *, is_dry_run: bool = False) -> SyncRun | None:
    """Return the run, or the dry run, of `job` that is waiting or running."""
    active = SyncRun.objects.filter(job=job, state__in=ACTIVE_STATES)
    dry = Q(kind=RunKind.DRY_RUN)
    return active.filter(dry if is_dry_run else ~dry).first()


def ring(run_id: int, *, producer: Any = None) -> bool:
    """Tell a worker that a run may start; return whether the broker took it.

    Without a broker the next tick rings again.
    """
    return doorbell.ring(
        "sync.execute_run", run_id, lifetime=DOORBELL_LIFETIME_SECONDS, producer=producer
    )


def ring_waiting() -> None:
    """Ring for the runs that start next in accounts in which none runs, the longest due first.

    A broker that did not take one is not tried for the others: each try may take seconds.
    """
    with current_app.producer_or_acquire() as producer:
        for run_id in list_first_of_free_accounts()[:RINGS_PER_ROUND]:
            if not ring(run_id, producer=producer):
                return


def ring_next(account_id: int) -> None:
    """Ring for the run that starts next in an account that has come free, else in another one."""
    run_id = find_first(account_id)
    if run_id is None:
        # Two workers that end at one time should not ring for the same run.
        others = list_first_of_free_accounts()[:RINGS_PER_ROUND]
        run_id = _random.choice(others) if others else None
    if run_id is not None:
        ring(run_id)


def mark_interrupted() -> int:
    """Mark the runs whose worker fell silent; they wait again and resume at their checkpoint."""
    held = AccountLease.objects.filter(run_id=OuterRef("pk"), expires_at__gte=Now())
    return (
        SyncRun.objects.unscoped()
        .filter(~Exists(held), state=RunState.RUNNING)
        .update(state=RunState.INTERRUPTED)
    )
