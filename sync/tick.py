"""The tick, every 30 seconds: start what is due, take back what a dead worker left, ring.

Its cost follows what is due: the poll query reads the partial index on `next_due_at`.
"""

import structlog
from django.db import transaction
from django.db.models.functions import Now

from acton_connector.accounts.scope import account_scope
from sync import queue
from sync.clock_jumps import repair_times_to_come
from sync.database_clock import read_database_time
from sync.due_times import allowed_at, compute_next_due
from sync.engine.options import freeze_options
from sync.models import RunKind, SyncJob, Trigger
from sync.notices.round import look_after_notices

log = structlog.get_logger(__name__)


def tick() -> int:
    """Do one round; return how many runs were queued."""
    look_after_notices()
    repair_times_to_come()
    started = start_due_jobs()
    queue.mark_interrupted()
    queue.ring_waiting()
    return started


def start_due_jobs() -> int:
    """Queue a run for every job that is due and move the job to its next slot.

    What was missed while the machines were off runs once.
    """
    due = (
        SyncJob.objects.unscoped()
        .filter(next_due_at__lte=Now())
        .select_related("account")
        .order_by("next_due_at")
    )
    return sum(_start(job) for job in due.iterator(chunk_size=500))


@transaction.atomic
def _start(job: SyncJob) -> bool:
    now = read_database_time(job.account_id)
    # Of two ticks at once the one that moves the due time starts the run.
    moved = (
        SyncJob.objects.unscoped()
        .filter(pk=job.pk, next_due_at=job.next_due_at)
        .update(next_due_at=compute_next_due(job, now))
    )
    if not moved or allowed_at(job) > now:
        # Somebody ran the list by hand a short while ago: this slot is left out.
        return False
    with account_scope(job.account_id):
        queue.enqueue_run(
            job=job,
            options=freeze_options(job),
            kind=RunKind.SYNC,
            trigger=Trigger.SCHEDULE,
        )
    return True
