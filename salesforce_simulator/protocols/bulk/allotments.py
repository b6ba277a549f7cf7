"""What an organisation may do with the Bulk APIs in 24 hours."""

from collections.abc import Callable
from datetime import datetime

from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.usage import ApiUsage

_BATCHES = 15_000
_QUERY_JOBS = 10_000


class Allotments:
    """Batches, which both Bulk APIs share, and query jobs of Bulk API 2.0."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.batches = ApiUsage(_BATCHES, now)
        self.query_jobs = ApiUsage(_QUERY_JOBS, now)

    def meters(self) -> dict[str, ApiUsage]:
        """Return what is counted by the names that /limits has for it."""
        return {"DailyBulkApiBatches": self.batches, "DailyBulkV2QueryJobs": self.query_jobs}

    def check_batches(self) -> None:
        """Raise EXCEEDEDQUOTA when no batch is left; batches are counted as they are processed."""
        if not self.batches.remaining:
            raise _exceeded("ApiBatchItems")

    def take_query_job(self) -> None:
        """Count a query job; raises EXCEEDEDQUOTA when none is left."""
        if not self.query_jobs.remaining:
            raise _exceeded("DailyBulkV2QueryJobs")
        self.query_jobs.add()


def _exceeded(name: str) -> HttpError:
    return HttpError(400, "EXCEEDEDQUOTA", f"{name} Limit exceeded.")
