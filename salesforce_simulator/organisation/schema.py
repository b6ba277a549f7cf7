"""The tables and indexes of the organisation's database, made from the catalogue.

Each object's table has `number`, the counter in its records' ids, as its key.
Texts are compared without regard to case in queries, so the indexes on them are
NOCASE; datetimes are texts that sort.
"""

import sqlite3
from functools import cache

from salesforce_simulator.organisation.access_tables import ACCESS_TABLES
from salesforce_simulator.organisation.catalogue import Field, SObject, load_catalogue
from salesforce_simulator.organisation.catalogue.model import NUMBERS
from salesforce_simulator.organisation.catalogue.relationships import CHILD_NAMES

_HOUSEKEEPING = """
CREATE TABLE IF NOT EXISTS org_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS org_password (
    user_id TEXT PRIMARY KEY,
    password TEXT NOT NULL,
    security_token TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    locked_until TEXT,
    expired INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS org_batch (key TEXT PRIMARY KEY, outcomes TEXT NOT NULL);
"""


@cache
def quoted(name: str) -> str:
    """Return a name from the catalogue as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def create_tables(connection: sqlite3.Connection) -> None:
    """Create every table that is not there yet."""
    connection.executescript(_HOUSEKEEPING + ACCESS_TABLES)
    for sobject in load_catalogue():
        columns = ["number INTEGER PRIMARY KEY"]
        columns += [_column(field) for field in sobject.stored_fields]
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {quoted(sobject.name)} ({', '.join(columns)})"
        )


def _column(field: Field) -> str:
    kind = "TEXT"
    if field.type in {"boolean", "int"}:
        kind = "INTEGER"
    elif field.type in NUMBERS:
        kind = "REAL"
    rule = " NOT NULL DEFAULT 0" if field.type == "boolean" else ""
    return f"{quoted(field.name)} {kind}{rule}"


def create_indexes(connection: sqlite3.Connection) -> None:
    """Create every index that is not there yet, and let SQLite learn about the data."""
    for sobject in load_catalogue():
        for name, definition in _indexes(sobject).items():
            unique = "UNIQUE " if name.endswith("_unique") else ""
            connection.execute(
                f"CREATE {unique}INDEX IF NOT EXISTS {quoted(f'{sobject.name}_{name}')}"
                f" ON {quoted(sobject.name)} {definition}"
            )
    connection.execute("PRAGMA analysis_limit = 1000")
    connection.execute("ANALYZE")


def _indexes(sobject: SObject) -> dict[str, str]:
    """Return index names and definitions.

    The index on SystemModstamp holds all that a count or an incremental query
    asks for, so neither has to read the records themselves.
    """
    live = " WHERE IsDeleted = 0" if sobject.recyclable else ""
    result = {"id_unique": "(Id)"}
    if sobject.has("SystemModstamp"):
        deleted = ", IsDeleted" if sobject.recyclable else ""
        result["stamp"] = f"(SystemModstamp, Id{deleted})"
    for field in sobject.stored_fields:
        if field.unique:
            result[f"{field.name}_unique"] = f"({quoted(field.name)} COLLATE NOCASE){live}"
        elif field.type == "email" and field.id_lookup:
            result[field.name] = f"({quoted(field.name)} COLLATE NOCASE)"
        elif _leads_to_parent(sobject, field):
            result[field.name] = f"({quoted(field.name)})"
    return result


def _leads_to_parent(sobject: SObject, field: Field) -> bool:
    """Tell whether children are looked up by this field: in sub-queries and by deletes."""
    if any((parent, sobject.name, field.name) in CHILD_NAMES for parent in field.reference_to):
        return True
    return field.updateable and bool(field.reference_to) and "User" not in field.reference_to
