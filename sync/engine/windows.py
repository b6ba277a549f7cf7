"""Windows of time, narrowed by halves where Salesforce does not get through a query (F21).

SOQL's times are whole seconds, and so are the ends of a window: `begin` is in it, `until` is not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from acton_connector.accounts.database_clock import read_database_time
from connectors.salesforce import RecordPage, TooLargeError, iterate_pages
from sync.engine.context import RunContext

SMALLEST = timedelta(seconds=10)
# Before Salesforce there was no record of it.
EARLIEST = datetime(1999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """What changed from `begin` on, until a time or without an end."""

    begin: datetime
    until: datetime | None = None

    def halve(self, now: datetime) -> tuple["Window", "Window"] | None:
        """Return the earlier and the later half, or None where the window is small enough."""
        length = (self.until or now) - self.begin
        if length < 2 * SMALLEST:
            return None
        middle = (self.begin + length / 2).replace(microsecond=0)
        return Window(self.begin, middle), Window(middle, self.until)

    def find_next(self, now: datetime) -> "Window | None":
        """Return the window behind this one, as long as it is; None behind the last one."""
        if self.until is None:
            return None
        until = self.until + (self.until - self.begin)
        return Window(self.until, until if until < now else None)


def read_now(context: RunContext) -> datetime:
    """Return Salesforce's time, as its last answer told it."""
    return context.meter.answered_at or read_database_time(context.run.account_id)


def iterate_in_windows(
    context: RunContext, build: Callable[[Window], str], since: datetime | None
) -> Iterator[RecordPage]:
    """Yield the pages of a query, recycle bin included, in one window or as many as it takes.

    Where Salesforce gives up behind some pages, these come again. Raises TooLargeError when it
    does not get through a few seconds.
    """
    waiting = [Window(since or EARLIEST)]
    while waiting:
        window = waiting.pop()
        try:
            yield from iterate_pages(context.client, build(window), include_deleted=True)
        except TooLargeError:
            halves = window.halve(read_now(context))
            if halves is None:
                raise
            waiting += reversed(halves)
