"""When the runs of a queue are expected to start: by how long the last syncs of each list took."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from acton_connector.accounts.database_clock import read_database_time
from connectors.selectors import find_connection, is_usable
from sync.models import ACTIVE_STATES, RunKind, RunState, SyncRun
from sync.queue.waiting import ORDER, starts_interval
from sync.schedules.due_times import allowed_at

RUNS_LOOKED_AT = 5


class WaitsFor(StrEnum):
    """What has to be before a run of the queue begins or goes on."""

    ALLOWANCE = "allowance"
    CONNECTION = "connection"
    INTERVAL = "interval"
    RUNS = "runs"
    WORKER = "worker"


@dataclass(frozen=True)
class QueuedRun:
    """A run, its place, and its expected start, None where nobody can tell.

    The place is 0 while it runs, and None while it lets the others pass.
    """

    run: SyncRun
    position: int | None
    expected_at: datetime | None
    waits_for: WaitsFor | None = None


def list_queue(account_id: int) -> list[QueuedRun]:
    """Return the run that runs and those that wait, in their order, with their expected starts.

    A run that waits for calls to Salesforce has no place: it lets the others pass, and comes last.
    """
    runs = list(
        SyncRun.objects.filter(state__in=ACTIVE_STATES)
        .select_related("job__list", "job__account", "requested_by")
        .order_by(*ORDER)
    )
    if not runs:
        return []
    now = read_database_time(account_id)
    kept_back = [run for run in runs if run.resume_at is not None and run.resume_at > now]
    running = [run for run in runs if run.state == RunState.RUNNING]
    waiting = [run for run in runs if run not in kept_back and run not in running]
    return [
        *(QueuedRun(run, 0, run.started_at) for run in running),
        *_expect_in_turn(running, waiting, now),
        *(QueuedRun(run, None, run.resume_at, WaitsFor.ALLOWANCE) for run in kept_back),
    ]


def _expect_in_turn(
    running: list[SyncRun], waiting: list[SyncRun], now: datetime
) -> Iterator[QueuedRun]:
    """Yield the runs that wait for their turn, each with its place and its expected start."""
    if not is_usable(find_connection()):
        for position, run in enumerate(waiting, 1):
            yield QueuedRun(run, position, None, WaitsFor.CONNECTION)
        return
    lengths = usual_lengths({run.job_id for run in (*running, *waiting)})
    free_at = _when_free(running, lengths, now)
    is_first = not running
    for position, run in enumerate(waiting, 1):
        start, waits_for = _expect(run, free_at, is_first=is_first)
        yield QueuedRun(run, position, start, waits_for)
        if waits_for == WaitsFor.INTERVAL:
            continue  # it keeps nobody behind it waiting
        is_first = False
        length = lengths.get(run.job_id)
        free_at = start + length if start is not None and length is not None else None


def _expect(
    run: SyncRun, free_at: datetime | None, *, is_first: bool
) -> tuple[datetime | None, WaitsFor]:
    """Return when a run starts whose turn is at `free_at`, and what it waits for until then."""
    if free_at is not None and starts_interval(run) and (allowed := allowed_at(run.job)) > free_at:
        return allowed, WaitsFor.INTERVAL
    return free_at, WaitsFor.WORKER if is_first else WaitsFor.RUNS


def _when_free(
    running: list[SyncRun], lengths: Mapping[int, timedelta], now: datetime
) -> datetime | None:
    """Return when what runs now is expected to be done; None where nobody can tell."""
    ends = [now]
    for run in running:
        length = lengths.get(run.job_id)
        if length is None or run.started_at is None:
            return None
        ends.append(run.started_at + length)
    return max(ends)


def usual_lengths(job_ids: Iterable[int]) -> dict[int, timedelta]:
    """Return how long the last good syncs of each job took on average; no entry without one."""
    number = Window(RowNumber(), partition_by="job_id", order_by=F("pk").desc())
    last = (
        SyncRun.objects.filter(
            job_id__in=list(job_ids),
            kind=RunKind.SYNC,
            state__in=[RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_ERRORS],
        )
        .annotate(number=number)
        .filter(number__lte=RUNS_LOOKED_AT)
    )
    taken: dict[int, list[timedelta]] = {}
    for run in last.only("job_id", "started_at", "finished_at").order_by():
        if run.started_at and run.finished_at:
            taken.setdefault(run.job_id, []).append(run.finished_at - run.started_at)
    return {job_id: sum(each, timedelta()) / len(each) for job_id, each in taken.items()}


def find_queued(run: SyncRun) -> QueuedRun | None:
    """Return a run's place in its account's queue, None for one that is done."""
    queue = list_queue(run.account_id)
    return next((queued for queued in queue if queued.run.pk == run.pk), None)
