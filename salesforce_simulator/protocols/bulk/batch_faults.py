"""Batches and queries that fail as a whole, on a test's command."""

from salesforce_simulator.protocols.bulk.errors import JobFailedError


class BatchFaults:
    """Lets one of those to come fail before any of its records is written or read."""

    def __init__(self) -> None:
        self.longest_result = 0
        self._left = 0
        self._message = ""

    def set(self, *, nth: int, message: str) -> None:
        """Let the ``nth`` from now on (1 is the next) fail with a message; 0 lets none."""
        self._left, self._message = nth, message

    def check(self) -> None:
        """Count a batch or a query; raises JobFailedError when it is the one to fail."""
        if not self._left:
            return
        self._left -= 1
        if not self._left:
            raise JobFailedError(self._message)

    def check_result(self, records: int) -> None:
        """Raise JobFailedError where a query finds more than `longest_result` records (0: any)."""
        if 0 < self.longest_result < records:
            raise JobFailedError("InternalServerError : Retried more than thirty times")
