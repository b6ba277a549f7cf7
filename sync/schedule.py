"""When a job runs next: a rule in the account's time zone, answered in UTC. Pure.

Slots are counted on the wall clock from the first start: "every 24 hours from 02:00" stays at
02:00 when the clocks change. A slot at a time that the clocks skip moves to the next minute that
exists; one that happens twice is met once, the first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

# No change of a zone's clocks moves a slot further than this.
LARGEST_CLOCK_CHANGE = timedelta(hours=26)


@dataclass(frozen=True)
class Schedule:
    """Every `every_hours` hours from `start_time` on `start_date`, wall-clock time."""

    every_hours: int
    start_time: time
    start_date: date


def next_due(schedule: Schedule, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first slot after `after`, which is aware; the answer is in UTC."""
    return next(_slots(schedule, zone, after))


def upcoming(schedule: Schedule, zone: ZoneInfo, after: datetime, count: int = 5) -> list[datetime]:
    """Return the next `count` slots after `after`, in UTC."""
    return list(islice(_slots(schedule, zone, after), count))


def _slots(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    first = datetime.combine(schedule.start_date, schedule.start_time)
    step = timedelta(hours=schedule.every_hours)
    local_after = after.astimezone(zone).replace(tzinfo=None)
    passed = (local_after - LARGEST_CLOCK_CHANGE - first) // step
    slot = first + max(passed, 0) * step
    while True:
        moment = _to_utc(slot, zone)
        if moment > after:
            yield moment
            after = moment
        slot += step


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
