"""Into the queue: what is due, or asked for, becomes a run that waits."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from acton_connector.accounts.models import User
from sync.models import (
    ACTIVE_STATES,
    JobKind,
    RunKind,
    SyncJob,
    SyncRun,
    Trigger,
)
from sync.queue.ringing import ring


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
