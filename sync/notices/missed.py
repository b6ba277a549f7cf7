"""Starts of a schedule that passed without a sync.

A single one is nothing to tell: Salesforce is away for a while, or the machines were (F19).
"""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from connectors.selectors import has_usable_connection
from sync.models import IDLE_STATES, SHORTEST_INTERVAL_HOURS, RunKind, SyncJob, SyncRun
from sync.notices.asking import ask_for_review
from sync.notices.models import Notice, NoticeKind
from sync.queue.lease import from_now
from sync.schedules.schedule import iter_slots

TOLD_FROM = 2
SOONEST = timedelta(hours=TOLD_FROM * SHORTEST_INTERVAL_HOURS)


def has_missed_two_starts(job: SyncJob, due_at: datetime, now: datetime) -> bool:
    """Tell whether two more starts of the job's schedule have passed since the one at `due_at`."""
    if job.schedule is None or due_at + SOONEST > now:
        return False
    slots = islice(iter_slots(job.schedule, job.account.zone, due_at), TOLD_FROM)
    return max(slots) <= now


def ask_about_missed_starts() -> None:
    """Ask for a review of the accounts whose starts have passed twice without a sync.

    To be called before the due jobs are started: a start moves the time that tells how late it is,
    so what is late is noted with the review. The cost follows what is due and what waits: both are
    read from their partial indexes.
    """
    for account_id, late_jobs in _find_late_jobs().items():
        ask_for_review(account_id, late_jobs)
    for account_id in _find_waiting_accounts():
        ask_for_review(account_id)


def _find_late_jobs() -> dict[int, list[int]]:
    due = SyncJob.objects.unscoped().filter(next_due_at__lte=from_now(-SOONEST))
    found: dict[int, list[int]] = {}
    for job in _untold(due, "pk").select_related("account").annotate(database_now=Now()):
        if has_missed_two_starts(job, job.next_due_at, job.database_now):
            found.setdefault(job.account_id, []).append(job.pk)
    return found


def _find_waiting_accounts() -> set[int]:
    waiting = SyncRun.objects.unscoped().filter(
        ~Q(kind=RunKind.DRY_RUN),
        ~Q(job__frequency=""),
        state__in=IDLE_STATES,
        queued_at__lte=from_now(-SOONEST),
    )
    with_times = _untold(waiting, "job").select_related("job__account").annotate(database_now=Now())
    return {
        run.account_id
        for run in with_times
        if has_missed_two_starts(run.job, run.queued_at, run.database_now)
    }


def _untold(found: Any, job: str) -> Any:
    told = Notice.objects.unscoped().filter(
        job=OuterRef(job), kind=NoticeKind.STARTS_MISSED, closed_at=None
    )
    return found.filter(has_usable_connection(), ~Exists(told))
