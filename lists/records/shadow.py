"""A shadow: temporary tables that stand in front of the real ones, on one connection.

PostgreSQL and SQLite both take a name without a schema for a temporary table's first. So whatever
works on records (the record store, the ORM, statements of its own) works on the shadow unchanged,
and what it did is read from there: a dry run is the real thing on a shadow of the list.

The shadow holds on the connection of the thread that raised it. Whoever writes makes sure that it
`is_standing` in the same transaction: should it be gone, nothing of that transaction may stay.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Model

from lists.models import ListRecord
from lists.records.merge import Data

RECORDS = ListRecord._meta.db_table
# Few: a single value may have more than 100,000 characters.
READ_AT_ONCE = 100

# `shadow_before` holds each record that was written, as it was before its first change.
_NOW_AND_BEFORE = f"""
    SELECT r.record_id, r.salesforce_id, r.email, r.owner_id, r.data, b.owner_id, b.data
    FROM shadow_before AS b
        JOIN {RECORDS} AS r ON r.list_id = b.list_id AND r.record_id = b.record_id
"""  # noqa: S608 - made of constants
_IN_ORDER = f"AND b.record_id > %s ORDER BY b.record_id LIMIT {READ_AT_ONCE}"
_IS_GONE = f"""
    b.list_id = %s AND b.was_there AND NOT EXISTS (
        SELECT 1 FROM {RECORDS} AS r WHERE r.list_id = b.list_id AND r.record_id = b.record_id)
"""  # noqa: S608 - made of constants
_DIFFERS = "b.salesforce_id IS NOT NULL AND (r.data <> b.data OR r.owner_id <> b.owner_id)"
ADDED = f"{_NOW_AND_BEFORE} WHERE b.list_id = %s AND NOT b.was_there {_IN_ORDER}"
UPDATED = f"{_NOW_AND_BEFORE} WHERE b.list_id = %s AND {_DIFFERS} {_IN_ORDER}"
UPDATED_ELSEWHERE = f"{_NOW_AND_BEFORE} WHERE b.list_id <> %s AND {_DIFFERS} {_IN_ORDER}"
LINKED = f"""
    {_NOW_AND_BEFORE}
    WHERE b.list_id = %s AND b.was_there AND b.salesforce_id IS NULL
        AND r.salesforce_id IS NOT NULL {_IN_ORDER}
"""
REMOVED = f"""
    SELECT b.record_id, b.salesforce_id, b.email, b.owner_id, b.data, b.owner_id, b.data
    FROM shadow_before AS b WHERE {_IS_GONE} {_IN_ORDER}
"""  # noqa: S608 - made of constants
COUNT_REMOVED = f"SELECT count(*) FROM shadow_before AS b WHERE {_IS_GONE}"  # noqa: S608 - made of constants


class ShadowLostError(RuntimeError):
    """The shadow does not stand on this connection: what was just written must not stay."""


class Copied(NamedTuple):
    """The rows of a table that the shadow begins with: those whose `column` has one of `values`."""

    model: type[Model]
    column: str
    values: Sequence[int]


class TouchedRecord(NamedTuple):
    """A record that was written, as it is now, and what it held before (nothing when it is new).

    One that is gone is told as it was.
    """

    record_id: UUID
    salesforce_id: str | None
    email: str
    owner_id: str
    data: Data
    owner_id_before: str | None
    data_before: Data | None


class Shadow(ABC):
    """Stands in front of the tables of `copies` and notes which records are written."""

    def __init__(self, copies: Sequence[Copied]) -> None:
        """Take what to stand in for; the records of a list are among it."""
        self._copies = copies

    @abstractmethod
    def standing(self) -> AbstractContextManager[None]:
        """Raise the shadow for the block; afterwards nothing is left of it.

        Outside of any transaction. On PostgreSQL the block is one transaction that is rolled
        back, so that nothing at all can be written for good on this connection; on SQLite any
        write to a real table is refused.
        """

    @abstractmethod
    def is_standing(self) -> bool:
        """Whether the shadow stands on the connection of this thread."""

    def hold(self) -> None:
        """Raise ShadowLostError when the shadow does not stand on this thread's connection."""
        if not self.is_standing():
            raise ShadowLostError("The dry run has lost its copy of the list.")

    def iterate_added(self, list_id: int) -> Iterator[TouchedRecord]:
        """Yield the records of a list that are new, in the order of their ids."""
        return _iterate(ADDED, list_id)

    def iterate_updated(self, list_id: int) -> Iterator[TouchedRecord]:
        """Yield those that Salesforce knew and that may hold another value or owner now."""
        return _iterate(UPDATED, list_id)

    def iterate_updated_elsewhere(self, list_id: int) -> Iterator[TouchedRecord]:
        """Yield the same of all other lists."""
        return _iterate(UPDATED_ELSEWHERE, list_id)

    def iterate_linked(self, list_id: int) -> Iterator[TouchedRecord]:
        """Yield those that were unknown to Salesforce and have got an id there."""
        return _iterate(LINKED, list_id)

    def iterate_removed(self, list_id: int) -> Iterator[TouchedRecord]:
        """Yield those that are gone, removed or taken in by another."""
        return _iterate(REMOVED, list_id)

    def count_removed(self, list_id: int) -> int:
        """Return how many records are gone, removed or taken in by another."""
        with connection.cursor() as cursor:
            cursor.execute(COUNT_REMOVED, [list_id])
            return int(cursor.fetchone()[0])


def require_no_transaction() -> None:
    """Raise RuntimeError inside a transaction: its rows would be locked for all that follows."""
    if connection.in_atomic_block:
        raise RuntimeError("A shadow is raised outside of any transaction.")


def _iterate(statement: str, list_id: int) -> Iterator[TouchedRecord]:
    after = UUID(int=0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list_id, _key(after)])
            rows = cursor.fetchall()
        for record_id, salesforce_id, email, owner_id, data, owner_before, before in rows:
            after = UUID(str(record_id))
            yield TouchedRecord(
                after,
                salesforce_id,
                email,
                owner_id,
                orjson.loads(data),
                owner_before,
                orjson.loads(before) if before else None,
            )
        if len(rows) < READ_AT_ONCE:
            return


def _key(record_id: UUID) -> Any:
    return record_id if connection.features.has_native_uuid_field else record_id.hex
