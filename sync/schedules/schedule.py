"""When a job runs next: a rule in the account's time zone, answered in UTC. Pure.

A rule names times of the wall clock: "every 24 hours from 02:00" and "daily at 02:00" stay at
02:00 when the clocks change. A slot at a time that the clocks skip moves to the next minute that
exists; one that happens twice is met once, the first time.
"""

from calendar import day_name, monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

# No change of a zone's clocks moves a slot further than this.
LARGEST_CLOCK_CHANGE = timedelta(hours=26)
EVERY_DAY = frozenset(range(7))
LAST_DAY = 31


class Schedule(Protocol):
    """A rule: which times of the wall clock are its slots."""

    def wall_times(self, since: datetime) -> Iterator[datetime]:
        """Yield the slots in their order, without an end, from some slot before `since` on."""

    @property
    def shortest_hours(self) -> int:
        """How many hours of the wall clock lie between two slots at least."""

    def describe(self) -> str:
        """Return the rule in words, as in "Daily at 02:00"."""


@dataclass(frozen=True)
class EveryHours:
    """Every `hours` hours from `start_time` on `start_date`, counted on the wall clock."""

    hours: int
    start_time: time
    start_date: date

    def wall_times(self, since: datetime) -> Iterator[datetime]:
        """Yield the slots from the last one before `since` on, or from the first."""
        slot = datetime.combine(self.start_date, self.start_time)
        step = timedelta(hours=self.hours)
        slot += max((since - slot) // step, 0) * step
        while True:
            yield slot
            slot += step

    @property
    def shortest_hours(self) -> int:
        """How many hours of the wall clock lie between two slots at least."""
        return self.hours

    def describe(self) -> str:
        """Return the rule in words."""
        return f"Every {self.hours} hours from {self.start_time:%H:%M}"


@dataclass(frozen=True)
class OnWeekdays:
    """At `start_time` on the `weekdays`, of which Monday is 0."""

    start_time: time
    weekdays: frozenset[int] = EVERY_DAY

    def wall_times(self, since: datetime) -> Iterator[datetime]:
        """Yield the slots from the day of `since` on."""
        day = since.date()
        while True:
            if day.weekday() in self.weekdays:
                yield datetime.combine(day, self.start_time)
            day += timedelta(days=1)

    @property
    def shortest_hours(self) -> int:
        """How many hours of the wall clock lie between two slots at least."""
        days = sorted(self.weekdays)
        gaps = (later - day for day, later in pairwise([*days, days[0] + 7]))
        return 24 * min(gaps)

    def describe(self) -> str:
        """Return the rule in words."""
        if self.weekdays == EVERY_DAY:
            return f"Daily at {self.start_time:%H:%M}"
        days = ", ".join(day_name[day] for day in sorted(self.weekdays))
        return f"Weekly on {days} at {self.start_time:%H:%M}"


@dataclass(frozen=True)
class OnDayOfMonth:
    """At `start_time` on the `day` of each month, on the last one of a month without that day."""

    start_time: time
    day: int

    def wall_times(self, since: datetime) -> Iterator[datetime]:
        """Yield the slots from the month of `since` on."""
        year, month = since.year, since.month
        while True:
            day = min(self.day, monthrange(year, month)[1])
            yield datetime.combine(date(year, month, day), self.start_time)
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004 - December

    @property
    def shortest_hours(self) -> int:
        """How many hours of the wall clock lie between two slots at least: February is short."""
        return 24 * 28

    def describe(self) -> str:
        """Return the rule in words."""
        day = "the last day" if self.day == LAST_DAY else f"day {self.day}"
        return f"Monthly on {day} at {self.start_time:%H:%M}"


def iter_slots(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Yield every slot after `after`, in UTC, without an end; each later than the one before."""
    local_after = after.astimezone(zone).replace(tzinfo=None)
    for wall in schedule.wall_times(local_after - LARGEST_CLOCK_CHANGE):
        moment = _to_utc(wall, zone)
        if moment > after:
            yield moment
            after = moment


def _to_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # The clocks skip this time, so `moment` lies behind the change: search the change itself.
    return _first_minute_after_change(moment - LARGEST_CLOCK_CHANGE, moment, zone)


def _first_minute_after_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    new_offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == new_offset:
            after = middle
        else:
            before = middle
    return after.replace(second=0, microsecond=0)
