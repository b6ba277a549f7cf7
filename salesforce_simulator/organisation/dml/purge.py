"""Records leave the recycle bin for good: by hand, or after 15 days."""

import sqlite3
from collections.abc import Iterable
from datetime import timedelta

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.clock import Clock, to_stamp
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.dml.recycle import erase
from salesforce_simulator.organisation.dml.references import find_state
from salesforce_simulator.organisation.dml.transaction import (
    Transaction,
    WriteOutcome,
    remember_erased,
)
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.schema import quoted

DAYS_IN_BIN = timedelta(days=15)
_BETWEEN_PURGES = timedelta(hours=1)


def purge(tx: Transaction, sobject: SObject, record_id: str) -> None:
    """Remove a record from the recycle bin, with what was deleted along with it.

    Raises INVALID_CROSS_REFERENCE_KEY for one that is not in the bin.
    """
    if find_state(tx.connection, sobject, record_id) != "deleted":
        raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
    erase(tx, tx.catalogue.get(sobject.name), record_id)


def purge_one(tx: Transaction, record_id: str) -> WriteOutcome:
    """Remove the record with this id, in either length, and tell how that went."""
    full_id = normalise_id(record_id)
    sobject = tx.visible.of_id(full_id) if full_id else None
    try:
        if full_id is None or sobject is None:
            raise SalesforceError("MALFORMED_ID", f"malformed id {record_id}", [])  # noqa: TRY301 - an outcome like the others
        purge(tx, sobject, full_id)
    except SalesforceError as error:
        return WriteOutcome(None, created=False, error=error)
    return WriteOutcome(full_id, created=False, error=None)


class RecycleBin:
    """Empties itself of what lies in it for 15 days, by the organisation's clock."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._purged_at = clock.now() - _BETWEEN_PURGES

    def expire(self, sobjects: Iterable[SObject]) -> None:
        """Remove what is too old; looked after at most once an hour of the organisation."""
        now = self._clock.now()
        if abs(now - self._purged_at) < _BETWEEN_PURGES:
            return
        self._purged_at = now
        with self._database.writer() as connection:
            for sobject in sobjects:
                if sobject.recyclable and sobject.has("SystemModstamp"):
                    _expire(connection, sobject, to_stamp(now - DAYS_IN_BIN))


def _expire(connection: sqlite3.Connection, sobject: SObject, before: str) -> None:
    """Remove what was deleted before a moment; the highest number is never given again."""
    old = f"FROM {quoted(sobject.name)} WHERE IsDeleted = 1 AND SystemModstamp < ?"
    (highest,) = connection.execute(f"SELECT max(number) {old}", (before,)).fetchone()
    if highest is not None:
        remember_erased(connection, sobject, highest)
        connection.execute(f"DELETE {old}", (before,))
