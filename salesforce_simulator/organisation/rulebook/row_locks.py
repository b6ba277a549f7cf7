"""Records that another transaction is said to hold, so that changes to them are refused.

The locks of a real organisation last as long as the transactions that hold them, and
so do these no longer than the process.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from salesforce_simulator.organisation.clock import Clock
from salesforce_simulator.organisation.errors import SalesforceError


@dataclass
class _Lock:
    """How long a lock lasts: until a moment, or for as many refusals."""

    until: datetime | None
    refusals: int | None


class RowLocks:
    """Locks by record id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._locks: dict[str, _Lock] = {}

    def lock(
        self, ids: Iterable[str], *, seconds: float | None = None, refusals: int | None = None
    ) -> None:
        """Lock records for a time, or until changes were refused so many times."""
        until = None if seconds is None else self._clock.now() + timedelta(seconds=seconds)
        with self._guard:
            self._locks |= {record_id: _Lock(until, refusals) for record_id in ids}

    def unlock(self) -> None:
        """Give every lock up."""
        with self._guard:
            self._locks.clear()

    def __bool__(self) -> bool:
        """Tell whether anything may be locked."""
        return bool(self._locks)

    def check(self, ids: Iterable[str]) -> None:
        """Refuse a change that needs one of these records; each refusal counts."""
        with self._guard:
            held = next((record_id for record_id in ids if self._holds(record_id)), None)
        if held is not None:
            raise SalesforceError(
                "UNABLE_TO_LOCK_ROW",
                f"unable to obtain exclusive access to this record or 1 records: {held}",
                [],
            )

    def _holds(self, record_id: str) -> bool:
        lock = self._locks.get(record_id)
        if lock is None:
            return False
        over = lock.until is not None and self._clock.now() >= lock.until
        if over or lock.refusals == 0:
            del self._locks[record_id]
            return False
        if lock.refusals is not None:
            lock.refusals -= 1
        return True
