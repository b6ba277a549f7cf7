"""How many of Salesforce's calls may be ours: arithmetic alone.

Salesforce's limit counts the last 24 hours of the whole organisation. Our share is a percentage of
what its other programs leave of that, so it does not shrink while we alone call. Our own calls are
counted by the hour; an hour leaves the window when all of it is 24 hours ago.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
HOUR = timedelta(hours=1)
# Until then every call of ours, also one of this moment, has left the window.
LONGEST_WAIT = WINDOW + HOUR


def start_of_hour(moment: datetime) -> datetime:
    """Return the beginning of the hour that `moment` lies in."""
    return moment.replace(minute=0, second=0, microsecond=0)


def oldest_hour(now: datetime) -> datetime:
    """Return the start of an hour whose last call has just left the window: later ones count."""
    return now - LONGEST_WAIT


@dataclass(frozen=True)
class Reading:
    """What Salesforce told last: calls `used` of its `limit`, and how many of them were `ours`."""

    used: int
    limit: int
    ours: int

    @property
    def left_by_others(self) -> int:
        """How many calls the organisation's other programs leave."""
        return max(0, self.limit - max(0, self.used - self.ours))


@dataclass(frozen=True)
class ApiBudget:
    """Our calls of the last 24 hours and our share of Salesforce's limit.

    `reading` is None where Salesforce has told nothing for 24 hours: the share is unknown then, and
    the next call tells it.
    """

    our_calls: int
    percent: int
    reading: Reading | None = None

    @property
    def our_share(self) -> int | None:
        """How many calls may be ours, None where that is unknown."""
        if self.reading is None:
            return None
        return self.reading.left_by_others * self.percent // 100

    @property
    def remaining(self) -> int | None:
        """How many calls of our share are left."""
        return None if self.our_share is None else max(0, self.our_share - self.our_calls)

    @property
    def is_exhausted(self) -> bool:
        """Whether our share is used up."""
        return self.remaining == 0

    def after_call(self, used: int | None, limit: int | None) -> "ApiBudget":
        """Return how it stands after one more call of ours, whose answer may tell usage."""
        ours = self.our_calls + 1
        told = used is not None and limit is not None
        reading = Reading(used or 0, limit or 0, ours) if told else self.reading
        return replace(self, our_calls=ours, reading=reading)


def find_room_at(
    budget: ApiBudget,
    hours: Iterable[tuple[datetime, int]],
    *,
    told_at: datetime | None,
    now: datetime,
    needed: int = 1,
) -> datetime:
    """Return from when on `needed` calls of ours fit into the share, `now` where they do already.

    `hours` are starts of hours and our calls in each. They leave the window one after the other; at
    the latest, what Salesforce told at `told_at` is forgotten.
    """
    share, calls = budget.our_share, budget.our_calls
    if share is None or told_at is None or calls + needed <= share:
        return now
    forgotten_at = told_at + WINDOW
    for hour, of_the_hour in sorted(hours):
        calls -= of_the_hour
        if calls + needed <= share:
            return max(now, min(hour + LONGEST_WAIT, forgotten_at))
    return max(now, forgotten_at)
