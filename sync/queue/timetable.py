"""Keeps the next starts of all jobs true: they were computed from a zone's data and from a clock.

A new edition of the zone data moves clock changes of the future, and a clock that was set back
makes starts that were an hour away a day away. Both are seen by the tick, which then computes every
start anew; otherwise that costs one row.
"""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from zoneinfo import TZPATH, available_timezones

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from sync.models import SyncJob, Timetable
from sync.queue.clock_jumps import NOTICEABLE
from sync.schedules.due_times import move_to_next_starts

log = structlog.get_logger(__name__)

JOBS_AT_ONCE = 500


def keep_timetable_true() -> None:
    """Compute every next start anew where zone data or clock are no longer what they were."""
    zone_data = read_zone_data()
    kept = Timetable.objects.annotate(database_now=Now()).first()
    if kept is not None:
        was_set_back = kept.database_now < kept.looked_at - NOTICEABLE
        if was_set_back or kept.zone_data != zone_data:
            log.warning("timetable.computed_anew", clock_was_set_back=was_set_back)
            recompute(SyncJob.objects.unscoped())
    Timetable.objects.update_or_create(pk=1, defaults={"zone_data": zone_data, "looked_at": Now()})


def recompute(jobs: QuerySet[SyncJob]) -> None:
    """Compute the next start of those of `jobs` anew whose start is still to come.

    What is due already stays due.
    """
    to_come = jobs.filter(next_due_at__gt=Now()).order_by("pk")
    last = 0
    while some := list(to_come.filter(pk__gt=last).values_list("pk", flat=True)[:JOBS_AT_ONCE]):
        last = some[-1]
        _recompute_some(jobs.filter(pk__in=some))


@transaction.atomic
def _recompute_some(jobs: QuerySet[SyncJob]) -> None:
    locked = jobs.select_for_update(of=("self",), no_key=True).select_related("account")
    move_to_next_starts((job, job.database_now) for job in locked.annotate(database_now=Now()))


@cache
def read_zone_data() -> str:
    """Return what tells this process's edition of the zone data from others."""
    digest = sha256()
    for name in sorted(available_timezones()):
        digest.update(name.encode())
        digest.update(_read_zone(name))
    return digest.hexdigest()


def _read_zone(name: str) -> bytes:
    for folder in (*map(Path, TZPATH), files("tzdata") / "zoneinfo"):
        file = folder / name
        if file.is_file():
            return file.read_bytes()
    return b""
