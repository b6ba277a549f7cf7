"""Stagger: other start times for the schedules of an account, so that no sync waits for another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import takewhile

from django.db import transaction

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import Account, User
from sync.calendar.week import Schedules, read_schedules
from sync.errors import InvalidSetupError
from sync.job_models import SCHEDULE_COLUMNS
from sync.models import SyncJob
from sync.schedules.due_times import compute_next_due
from sync.schedules.schedule import EveryHours, OnDayOfMonth, OnWeekdays, Schedule, iter_slots

MINUTE = timedelta(minutes=1)
STEP = timedelta(minutes=15)
FURTHEST = timedelta(hours=23, minutes=45)
# A month holds every meeting of two schedules but the rarest; a day more for the last of them.
LOOKED_AT = timedelta(days=32)
# Between two syncs: no two runs of one take the same time.
MARGIN = timedelta(minutes=5)

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Move:
    """A schedule and the one that is proposed in its place."""

    job: SyncJob
    before: Schedule
    after: Schedule


@dataclass(frozen=True)
class Proposal:
    """What Stagger would change, and the jobs for which it found no free time."""

    moves: Sequence[Move]
    stuck: Sequence[SyncJob]

    @property
    def key(self) -> str:
        """What tells this proposal from one that was made of other schedules."""
        told = [(move.job.pk, move.before, move.after) for move in self.moves]
        return sha256(repr(told).encode()).hexdigest()


def propose(schedules: Schedules) -> Proposal:
    """Return the smallest moves that keep the scheduled syncs of an account apart.

    The one that takes longest keeps its time; the others are moved by quarters of an hour. A
    schedule of days stays on its days.
    """
    taken: list[Span] = []
    moves, stuck = [], []
    for job in sorted(schedules.jobs, key=lambda job: _longest_first(schedules, job)):
        before = job.schedule
        if before is None:
            continue
        needed = schedules.length_of(job) + MARGIN
        for schedule in _list_moved(before):
            spans = _list_spans(schedule, schedules, needed)
            if not _do_meet(taken, spans):
                break
        else:
            schedule = before
            spans = _list_spans(schedule, schedules, needed)
            stuck.append(job)
        taken = sorted([*taken, *spans])
        if schedule != before:
            moves.append(Move(job, before, schedule))
    return Proposal(moves, stuck)


@transaction.atomic
def apply_proposal(*, account: Account, key: str, actor: User | None) -> Proposal:
    """Save what was proposed; raise InvalidSetupError where the proposal is another one now."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    schedules = read_schedules(account)
    proposal = propose(schedules)
    if proposal.key != key:
        raise InvalidSetupError(
            "The schedules have changed since this was proposed. Look at the new proposal."
        )
    for move in proposal.moves:
        job = SyncJob.objects.select_for_update(no_key=True, of=("self",)).get(pk=move.job.pk)
        job.schedule = move.after
        job.next_due_at = compute_next_due(job, schedules.now)
        job.save(update_fields=["frequency", *SCHEDULE_COLUMNS, "next_due_at"])
        record_event(
            actor=actor,
            action="sync.staggered",
            subject=move.job.list,
            before={"schedule": move.before.describe()},
            after={"schedule": move.after.describe()},
        )
    return proposal


def _longest_first(schedules: Schedules, job: SyncJob) -> tuple[int, int]:
    # To the minute, so that a proposal does not turn about by what a second more or less decides.
    return -round(schedules.length_of(job) / MINUTE), job.pk


def _list_moved(schedule: Schedule) -> Iterator[Schedule]:
    """Yield the schedule, then itself moved by ever more time, later first."""
    yield schedule
    delta = STEP
    while delta <= FURTHEST:
        for moved in (_move(schedule, delta), _move(schedule, -delta)):
            if moved is not None:
                yield moved
        delta += STEP


def _move(schedule: Schedule, delta: timedelta) -> Schedule | None:
    """Return the schedule at another time; None where it would leave its days or pass itself."""
    match schedule:
        case EveryHours(hours, start_time, start_date):
            if abs(delta) >= timedelta(hours=hours):
                return None
            start = datetime.combine(start_date, start_time) + delta
            return EveryHours(hours, start.time(), start.date())
        case OnWeekdays(start_time) | OnDayOfMonth(start_time):
            day = datetime(2000, 1, 1)  # noqa: DTZ001 - any day of the wall clock
            start = datetime.combine(day, start_time) + delta
            if start.date() != day.date():
                return None
            return replace(schedule, start_time=start.time())
    return None


def _list_spans(schedule: Schedule, schedules: Schedules, needed: timedelta) -> list[Span]:
    end = schedules.now + LOOKED_AT
    slots = iter_slots(schedule, schedules.account.zone, schedules.now - needed)
    return [(slot, slot + needed) for slot in takewhile(lambda at: at < end, slots)]


def _do_meet(taken: Sequence[Span], spans: Sequence[Span]) -> bool:
    """Tell whether a span of one meets a span of the other; both are in their order."""
    place = 0
    for start, end in spans:
        while place < len(taken) and taken[place][1] <= start:
            place += 1
        if place < len(taken) and taken[place][0] < end:
            return True
    return False
