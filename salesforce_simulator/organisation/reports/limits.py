"""How often reports may be run: per hour, and at the same time."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

from salesforce_simulator.organisation.reports.errors import forbidden

_HOUR = timedelta(hours=1)


class RunLimits:
    """Counts runs of the last hour and those under way, for the whole organisation."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.sync = _Hourly(
            now, 500, "You've exceeded the limit of 500 synchronous report runs per hour."
        )
        self.asynchronous = _Hourly(
            now, 1200, "You've exceeded the limit of 1200 asynchronous report runs per hour."
        )
        self.running = _AtOnce(20, "You can't run more than 20 synchronous reports at a time.")
        self.reading = _AtOnce(200, "You can't get more than 200 report instances at a time.")

    def usage(self) -> dict[str, tuple[int, int]]:
        """Return (maximum, remaining) under the names that /limits has for them."""
        counters: dict[str, _Hourly | _AtOnce] = {
            "ConcurrentAsyncGetReportInstances": self.reading,
            "ConcurrentSyncReportRuns": self.running,
            "HourlyAsyncReportRuns": self.asynchronous,
            "HourlySyncReportRuns": self.sync,
        }
        return {name: (item.most, item.most - item.used) for name, item in counters.items()}


class _Hourly:
    def __init__(self, now: Callable[[], datetime], most: int, refusal: str) -> None:
        self.most = most
        self._now = now
        self._refusal = refusal
        self._moments: deque[datetime] = deque()
        self._lock = Lock()

    @property
    def used(self) -> int:
        """Return how many runs began within the last hour."""
        with self._lock:
            self._drop_old()
            return len(self._moments)

    def take(self) -> None:
        """Count one run; 403 FORBIDDEN when the hour's are used up."""
        with self._lock:
            self._drop_old()
            if len(self._moments) >= self.most:
                raise forbidden(self._refusal)
            self._moments.append(self._now())

    def _drop_old(self) -> None:
        since = self._now() - _HOUR
        while self._moments and self._moments[0] <= since:
            self._moments.popleft()


class _AtOnce:
    def __init__(self, most: int, refusal: str) -> None:
        self.most = most
        self.used = 0
        self._refusal = refusal
        self._lock = Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one while the block runs; 403 FORBIDDEN when too many run already."""
        with self._lock:
            if self.used >= self.most:
                raise forbidden(self._refusal)
            self.used += 1
        try:
            yield
        finally:
            with self._lock:
                self.used -= 1
