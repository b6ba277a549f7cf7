"""What every step of a change needs to know."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue, SObject
from salesforce_simulator.organisation.clock import Clock
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import make_id
from salesforce_simulator.organisation.rulebook.book import Rulebook
from salesforce_simulator.organisation.rulebook.row_locks import RowLocks
from salesforce_simulator.organisation.schema import quoted

NO_RULES = Rulebook()
NO_LOCKS = RowLocks(Clock())


@dataclass(frozen=True)
class WriteOptions:
    """How a change is to be made.

    `allow_duplicates` saves in spite of a duplicate rule, `update_only` keeps an
    upsert from creating, `from_csv` says that the values are all texts,
    so that a text may stand for a checkbox. `assign` lets the assignment rule
    name the owner of a new record, `truncate` cuts texts that are too long.
    """

    allow_duplicates: bool = False
    update_only: bool = False
    from_csv: bool = False
    assign: bool = False
    truncate: bool = False


@dataclass(frozen=True)
class WriteRow:
    """One record of a load.

    `operation` is insert, update, upsert, delete or hardDelete. The record's id is in
    `values["Id"]`, the key of an upsert in `values[key_field]`. A delete without
    `sobject_type` finds the object by the id.
    """

    operation: str
    sobject_type: str | None
    key_field: str | None
    values: Mapping[str, object]


@dataclass(frozen=True)
class WriteOutcome:
    """What became of a row: its id, or the error."""

    id: str | None
    created: bool
    error: SalesforceError | None


@dataclass(frozen=True)
class Transaction:
    """An open transaction: who changes what, when, and under which rules.

    `visible` are the objects and fields that the user may name; what follows
    from a change is done to those of the whole `catalogue`.
    """

    connection: sqlite3.Connection
    catalogue: Catalogue
    visible: Catalogue
    user_id: str
    stamp: str
    options: WriteOptions = field(default_factory=WriteOptions)
    rulebook: Rulebook = NO_RULES
    locks: RowLocks = NO_LOCKS
    _last_numbers: dict[str, int] = field(default_factory=dict)

    def values(self, record_id: str, *names: str) -> tuple[Any, ...]:
        """Return stored columns of the record with this id, which must exist."""
        sobject = self.catalogue.of_id(record_id)
        if sobject is None:
            raise LookupError(f"no object has the ids of {record_id}")
        columns = ", ".join(map(quoted, names))
        found: tuple[Any, ...] = self.connection.execute(
            " ".join(("SELECT", columns, "FROM", quoted(sobject.name), "WHERE Id = ?")),
            (record_id,),
        ).fetchone()
        return found

    def row(self, sobject: SObject, record_id: str) -> dict[str, Any]:
        """Return everything that is stored of a record, which must exist."""
        cursor = self.connection.execute(
            " ".join(("SELECT * FROM", quoted(sobject.name), "WHERE Id = ?")), (record_id,)
        )
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))

    def add(self, sobject: SObject, record: dict[str, Any]) -> str:
        """Insert checked values, fill in id and audit fields, and return the id."""
        number = self._next_number(sobject)
        record["Id"] = make_id(sobject.prefix, number)
        for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
            if sobject.has(name):
                record[name] = self.stamp
        for name in ("CreatedById", "LastModifiedById"):
            if sobject.has(name):
                record[name] = self.user_id
        self.connection.execute(_insertion(sobject.name, tuple(record)), (number, *record.values()))
        return str(record["Id"])

    def _next_number(self, sobject: SObject) -> int:
        """Return one more than any number that a record of the object has or ever had."""
        if sobject.name not in self._last_numbers:
            # An index may hold the numbers too, but the end of the table is nearer.
            last = f"SELECT max(number) FROM {quoted(sobject.name)} NOT INDEXED"  # noqa: S608 - from the catalogue
            erased = "SELECT number FROM org_erased WHERE sobject = ?"
            self._last_numbers[sobject.name] = self.connection.execute(
                f"SELECT max(ifnull(({last}), 0), ifnull(({erased}), 0))",
                (sobject.name,),
            ).fetchone()[0]
        self._last_numbers[sobject.name] += 1
        return self._last_numbers[sobject.name]

    def erase(self, sobject: SObject, record_id: str) -> None:
        """Remove a record for good; its number is never given again."""
        table = quoted(sobject.name)
        (number,) = self.connection.execute(
            f"DELETE FROM {table} WHERE Id = ? RETURNING number",  # noqa: S608 - names from the catalogue
            (record_id,),
        ).fetchone()
        remember_erased(self.connection, sobject, number)

    def change(self, sobject: SObject, record_id: str, changes: dict[str, Any]) -> None:
        """Update checked values of a record and its modification stamps."""
        stamped = dict(changes)
        for name in ("LastModifiedDate", "SystemModstamp"):
            if sobject.has(name):
                stamped[name] = self.stamp
        if sobject.has("LastModifiedById"):
            stamped["LastModifiedById"] = self.user_id
        self._write(sobject, record_id, stamped)

    def touch(self, sobject: SObject, record_id: str, changes: dict[str, Any]) -> None:
        """Update values as the system does: SystemModstamp moves, LastModifiedDate does not."""
        stamp = {"SystemModstamp": self.stamp} if sobject.has("SystemModstamp") else {}
        self._write(sobject, record_id, {**changes, **stamp})

    def _write(self, sobject: SObject, record_id: str, values: dict[str, Any]) -> None:
        assignments = ", ".join(f"{quoted(name)} = ?" for name in values)
        self.connection.execute(
            " ".join(("UPDATE", quoted(sobject.name), "SET", assignments, "WHERE Id = ?")),
            (*values.values(), record_id),
        )


def remember_erased(connection: sqlite3.Connection, sobject: SObject, number: int) -> None:
    """Remember the number of a record that was removed, so that it is not given again."""
    connection.execute(
        "INSERT INTO org_erased VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET number = max(number, excluded.number)",
        (sobject.name, number),
    )


@lru_cache(maxsize=256)
def _insertion(table: str, names: tuple[str, ...]) -> str:
    """Return the statement that adds a record with these columns; its number comes first."""
    marks = ", ".join("?" * (len(names) + 1))
    columns = ", ".join(map(quoted, names))
    return " ".join(("INSERT INTO", quoted(table), f"(number, {columns}) VALUES ({marks})"))
