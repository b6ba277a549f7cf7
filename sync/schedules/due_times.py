"""When a job starts next: the slots of its schedule, kept apart by the account's interval."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from sync.models import SyncJob
from sync.schedules.schedule import Schedule, iter_slots

# How far behind its slot a scheduled run may start.
LATEST_START = timedelta(minutes=10)

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def allowed_at(job: SyncJob) -> datetime:
    """Return from when on the next sync of the list may start (UTC; long ago when it never ran)."""
    if job.last_started_at is None:
        return LONG_AGO
    return job.last_started_at + timedelta(hours=job.account.min_sync_interval_hours)


def compute_next_due(job: SyncJob, now: datetime) -> datetime | None:
    """Return when the job is due next (UTC), None for one that is not scheduled or is paused."""
    schedule = job.schedule
    if schedule is None or job.pause_reason:
        return None
    return next(iter_starts(job, schedule, now))


def move_to_next_starts(jobs: Iterable[tuple[SyncJob, datetime]]) -> None:
    """Write when each of the jobs is due next, by the time that it is given with.

    Jobs of one time share a statement: what is due in one minute is mostly due in one again.
    """
    together: dict[datetime | None, list[int]] = {}
    for job, now in jobs:
        together.setdefault(compute_next_due(job, now), []).append(job.pk)
    for start, job_ids in together.items():
        SyncJob.objects.unscoped().filter(pk__in=job_ids).update(next_due_at=start)


def iter_starts(job: SyncJob, schedule: Schedule, now: datetime) -> Iterator[datetime]:
    """Yield when the job starts after `now` by a schedule, in UTC, never within the interval.

    A run starts some seconds or minutes behind its slot, so with the shortest interval the next
    slot lies within it: the run is due as soon as the interval is over. What lies further within
    it, after a sync by hand or where the clocks go forward, is left out.
    """
    interval = timedelta(hours=job.account.min_sync_interval_hours)
    earliest = allowed_at(job)
    for slot in iter_slots(schedule, job.account.zone, now):
        if earliest - slot <= LATEST_START:
            start = max(slot, earliest)
            yield start
            earliest = start + interval
