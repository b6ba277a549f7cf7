"""What a program asked of the organisation, read from the organisation's own log of requests.

The log has a line for each request that was answered: the moment its answer was complete,
method, path, status, seconds.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

_LINE = re.compile(
    r"(?P<ended>\S+ \S+) INFO (?P<method>[A-Z]+) (?P<path>/services/(?:data|async)/\S+) \d+ [\d.]+s"
)
# Bulk API 2.0, and behind the last bar Bulk API 1, which is below /services/async/.
_JOB_BEGINS = re.compile(
    r"POST \S+/jobs/query|PATCH \S+/jobs/ingest/\w+|POST \S+/async/\S+/job/\w+/batch"
)
_POLL = re.compile(r"GET \S+/jobs/(query|ingest)/\w+|GET \S+/async/[\d.]+/job/\w+(/batch(/\w+)?)?")


@dataclass(frozen=True)
class Calls:
    """The API calls of a program, and how long it waited for Bulk jobs.

    A wait lasts from the call that hands a job over, or from the first look at its state where
    other work was done in between, to the last look.
    """

    count: int
    waiting_seconds: float


class RequestLog:
    """Reads what was added to the log since the last look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = path.stat().st_size if path.exists() else 0

    def read_new(self) -> Calls:
        """Return the calls since the last look; raise OSError when the log was begun anew."""
        size = self._path.stat().st_size
        if size < self._position:
            raise OSError(f"{self._path} was rotated in the middle of a measurement.")
        with self._path.open() as log:
            log.seek(self._position)
            lines = log.readlines()
            self._position = log.tell()
        return summarise(lines)


def summarise(lines: Iterable[str]) -> Calls:
    """Count the calls of the API among the log's lines, and add the waits for jobs up."""
    count = 0
    waited = timedelta()
    handed_over = looked_at = None
    for line in lines:
        found = _LINE.fullmatch(line.rstrip("\n"))
        if found is None:
            continue
        count += 1
        ended = datetime.strptime(found["ended"], "%Y-%m-%d %H:%M:%S,%f")  # noqa: DTZ007 - only differences count
        call = f"{found['method']} {found['path']}"
        if _POLL.fullmatch(call):
            handed_over, looked_at = handed_over or ended, ended
            continue
        if handed_over is not None and looked_at is not None:
            waited += looked_at - handed_over
        handed_over, looked_at = (ended if _JOB_BEGINS.fullmatch(call) else None), None
    if handed_over is not None and looked_at is not None:
        waited += looked_at - handed_over
    return Calls(count, waited.total_seconds())
