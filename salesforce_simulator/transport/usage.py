"""API calls of the rolling 24 hours, as the header Sforce-Limit-Info and /limits report them."""

from collections import deque
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

# Set on a request that counts against the limit.
COUNTED = web.RequestKey("counted", bool)
_WINDOW_SECONDS = 24 * 3600
_BUCKET_SECONDS = 60

# Salesforce adds 1,000 calls for each licence; the base of an edition is what matters here.
_DAILY_CALLS = {
    "Developer Edition": 15_000,
    "Professional Edition": 100_000,
    "Enterprise Edition": 100_000,
    "Unlimited Edition": 500_000,
}
_OTHER_EDITIONS = 100_000


def daily_calls(edition: str) -> int:
    """Return how many API calls an organisation of this edition may make in 24 hours."""
    return _DAILY_CALLS.get(edition, _OTHER_EDITIONS)


class ApiUsage:
    """Counts calls in buckets of one minute; capacity comes back gradually, as in Salesforce.

    `now` is the organisation's clock.
    """

    def __init__(self, maximum: int, now: Callable[[], datetime]) -> None:
        self.maximum = maximum
        self._now = now
        self._buckets: deque[tuple[int, int]] = deque()
        self._used = 0

    @property
    def used(self) -> int:
        """Calls of the last 24 hours."""
        self._forget_old()
        return self._used

    @property
    def remaining(self) -> int:
        """Calls left; never below 0."""
        return max(0, self.maximum - self.used)

    def add(self, calls: int = 1) -> None:
        """Count calls made now."""
        minute = self._bucket_before(0)
        if self._buckets and self._buckets[-1][0] == minute:
            calls_before = self._buckets.pop()[1]
            self._buckets.append((minute, calls_before + calls))
        else:
            self._buckets.append((minute, calls))
        self._used += calls

    def set(self, *, used: int, maximum: int) -> None:
        """Replace the count and the ceiling (control endpoint)."""
        self.maximum = maximum
        self._buckets.clear()
        self._used = 0
        self.add(used)

    def header(self) -> str:
        """Return the value of Sforce-Limit-Info, such as ``api-usage=18/15000``."""
        return f"api-usage={self.used}/{self.maximum}"

    def _forget_old(self) -> None:
        oldest = self._bucket_before(_WINDOW_SECONDS)
        while self._buckets and self._buckets[0][0] <= oldest:
            self._used -= self._buckets.popleft()[1]

    def _bucket_before(self, seconds: int) -> int:
        return int((self._now().timestamp() - seconds) // _BUCKET_SECONDS)
