"""The tick, every 30 seconds: start what is due, take back what a dead worker left, ring.

Its cost follows what is due: the poll query reads the partial index on `next_due_at`, and what it
finds is queued by a few statements for hundreds of jobs.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from sync.job_models import SCHEDULE_COLUMNS
from sync.models import ACTIVE_STATES, JobKind, RunKind, SyncJob, SyncRun, Trigger
from sync.notices.round import look_for_news
from sync.queue.clock_jumps import repair_times_to_come
from sync.queue.lease import mark_interrupted
from sync.queue.ringing import ring_waiting
from sync.queue.timetable import keep_timetable_true
from sync.schedules.due_times import allowed_at, move_to_next_starts

JOBS_AT_ONCE = 500
# To make objects of whole rows would cost more than the poll query.
NEEDED = (
    "kind",
    "frequency",
    *SCHEDULE_COLUMNS,
    "next_due_at",
    "pause_reason",
    "last_started_at",
    "account__time_zone",
    "account__min_sync_interval_hours",
)


def tick() -> int:
    """Do one round; return how many runs were queued."""
    look_for_news()
    repair_times_to_come()
    keep_timetable_true()
    started = start_due_jobs()
    mark_interrupted()
    ring_waiting()
    return started


def start_due_jobs() -> int:
    """Queue a run for every job that is due and move the job to its next start.

    What was missed while the machines were off runs once. Returns how many runs were queued.
    """
    started = 0
    while True:
        jobs, queued = _start_some()
        started += queued
        if jobs < JOBS_AT_ONCE:
            return started


@transaction.atomic
def _start_some() -> tuple[int, int]:
    """Start the jobs that are due longest; return how many there were, and the runs queued."""
    # Of two ticks at once each job is one's: what the other has locked is in its hands.
    due = (
        SyncJob.objects.unscoped()
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("account")
        .only(*NEEDED)
        .annotate(database_now=Now())
        .filter(next_due_at__lte=Now())
        .order_by("next_due_at")
    )
    jobs = list(due[:JOBS_AT_ONCE])
    # Who ran a list by hand a short while ago has it left out at this slot.
    allowed = [job for job in jobs if allowed_at(job) <= job.database_now]
    busy = _merge_into_active_runs(allowed)
    runs = [_make_run(job, job.database_now) for job in allowed if job.pk not in busy]
    # A run by hand that was queued in between stands in this one's place.
    SyncRun.objects.unscoped().bulk_create(runs, ignore_conflicts=True)
    move_to_next_starts((job, job.database_now) for job in jobs)
    return len(jobs), len(runs)


def _merge_into_active_runs(jobs: Sequence[SyncJob]) -> set[int]:
    """Count the start of each job whose run is not done yet as that run's; return those jobs."""
    active = SyncRun.objects.unscoped().filter(job__in=jobs, state__in=ACTIVE_STATES)
    active = active.exclude(kind=RunKind.DRY_RUN)
    busy = set(active.values_list("job_id", flat=True))
    if busy:
        active.update(merged_starts=F("merged_starts") + 1)
    return busy


def _make_run(job: SyncJob, now: datetime) -> SyncRun:
    """Return a run of a due job; what it does is read from the job's set-up when it begins."""
    return SyncRun(
        account_id=job.account_id,
        job=job,
        kind=RunKind.SYNC,
        trigger=Trigger.SCHEDULE,
        priority=JobKind(job.kind).priority,
        due_at=job.next_due_at or now,
        queued_at=now,
    )
