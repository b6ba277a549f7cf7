"""Outcomes of written batches, kept in the transaction that wrote them.

Whoever lost the answer to a batch, because a process was killed, asks again
with the same key and gets the outcomes instead of a second set of records.
"""

import json
import sqlite3
from collections.abc import Sequence

from salesforce_simulator.organisation.dml.transaction import WriteOutcome
from salesforce_simulator.organisation.errors import SalesforceError


def read_batch(connection: sqlite3.Connection, key: str | None) -> list[WriteOutcome] | None:
    """Return the kept outcomes, or None when there is no such batch."""
    if key is None:
        return None
    row = connection.execute("SELECT outcomes FROM org_batch WHERE key = ?", (key,)).fetchone()
    return [_unpack(item) for item in json.loads(row[0])] if row else None


def store_batch(
    connection: sqlite3.Connection, key: str | None, outcomes: Sequence[WriteOutcome]
) -> None:
    """Keep outcomes under the key; without a key nothing is kept."""
    if key is not None:
        packed = json.dumps([_pack(outcome) for outcome in outcomes])
        connection.execute("INSERT INTO org_batch VALUES (?, ?)", (key, packed))


def forget_batches(connection: sqlite3.Connection, prefix: str) -> None:
    """Drop the batches whose keys begin with `prefix`."""
    connection.execute("DELETE FROM org_batch WHERE substr(key, 1, ?) = ?", (len(prefix), prefix))


def _pack(outcome: WriteOutcome) -> list[object]:
    error = outcome.error
    return [
        outcome.id,
        outcome.created,
        [error.code, error.message, error.fields, error.has_fields] if error else None,
    ]


def _unpack(item: list[object]) -> WriteOutcome:
    record_id, created, error = item
    problem = None
    if isinstance(error, list):
        code, message, fields, has_fields = error
        problem = SalesforceError(code, message, fields if has_fields else None)
    return WriteOutcome(str(record_id) if record_id else None, bool(created), problem)
