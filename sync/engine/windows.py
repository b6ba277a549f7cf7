"""Windows of time, narrowed by halves where Salesforce does not get through a query (F21).

What changed is asked for by the time of the change; everything, by the time at which a record was
made, which never changes: so each record is in one window, whatever happens to it meanwhile.

SOQL's times are whole seconds, and so are the ends of a window: `begin` is in it, `until` is not.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar

from acton_connector.accounts.database_clock import read_database_time
from connectors.salesforce import (
    Condition,
    RecordPage,
    TooLargeError,
    count_records,
    iterate_pages,
)
from sync.engine.context import RunContext

T = TypeVar("T")

SMALLEST = timedelta(seconds=10)
# Before Salesforce there was no record of it. What an import dated back stands in the first window.
EARLIEST = datetime(1999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """A time from `begin` on, until another one or without an end."""

    begin: datetime = EARLIEST
    until: datetime | None = None

    @classmethod
    def load(cls, ends: Sequence[str | None]) -> Self:
        """Return the window that a checkpoint holds as `dump` made it."""
        begin, until = (datetime.fromisoformat(end) if end else None for end in ends)
        return cls(begin or EARLIEST, until)

    def dump(self) -> list[str | None]:
        """Return both ends for a checkpoint."""
        return [self.begin.isoformat(), self.until.isoformat() if self.until else None]

    def conditions(self, field: str) -> list[Condition]:
        """Return what a query asks of a field of times: nothing where the window is all of time."""
        ends = [] if self.begin == EARLIEST else [Condition(field, ">=", self.begin)]
        return ends if self.until is None else [*ends, Condition(field, "<", self.until)]

    def halve(self, now: datetime) -> tuple["Window", "Window"] | None:
        """Return the earlier and the later half, or None where the window is small enough."""
        length = (self.until or now) - self.begin
        if length < 2 * SMALLEST:
            return None
        middle = (self.begin + length / 2).replace(microsecond=0)
        return Window(self.begin, middle), Window(middle, self.until)

    def find_next(self, now: datetime) -> "Window | None":
        """Return the window behind this one, None behind the last one.

        It is twice as long: where many records are of one hour, years may follow that hold few.
        """
        if self.until is None:
            return None
        until = self.until + 2 * (self.until - self.begin)
        return Window(self.until, until if until < now else None)


def read_now(context: RunContext) -> datetime:
    """Return Salesforce's time, as its last answer told it."""
    return context.meter.answered_at or read_database_time(context.run.account_id)


def in_windows(
    context: RunContext, ask: Callable[[Window], Iterable[T]], since: datetime = EARLIEST
) -> Iterator[T]:
    """Yield what is asked of Salesforce about one window, or about as many as it takes.

    Where it gives up behind some of a window, that comes again. Raises TooLargeError when it does
    not get through a few seconds.
    """
    waiting = [Window(since)]
    while waiting:
        window = waiting.pop()
        try:
            yield from ask(window)
        except TooLargeError:
            halves = window.halve(read_now(context))
            if halves is None:
                raise
            waiting += reversed(halves)


def iterate_in_windows(
    context: RunContext, build: Callable[[Window], str], since: datetime | None
) -> Iterator[RecordPage]:
    """Yield the pages of a query, recycle bin included, by `in_windows`."""
    return in_windows(
        context,
        lambda window: iterate_pages(context.client, build(window), include_deleted=True),
        since or EARLIEST,
    )


def count_in_windows(context: RunContext, build: Callable[[Window], str]) -> int:
    """Return the sum of a COUNT() query's answers, by `in_windows`."""
    return sum(in_windows(context, lambda window: [count_records(context.client, build(window))]))
