"""The tables and indexes of the organisation's database, made from its catalogue.

Each object's table has `number`, the counter in its records' ids, as its key.
Texts are compared without regard to case in queries, so the indexes on them are
NOCASE; datetimes are texts that sort.
"""

import sqlite3
from functools import cache

from salesforce_simulator.organisation.access_tables import ACCESS_TABLES
from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.catalogue.model import NUMBERS
from salesforce_simulator.organisation.report_tables import REPORT_TABLES

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
CREATE TABLE IF NOT EXISTS org_erased (sobject TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS org_batch (key TEXT PRIMARY KEY, outcomes TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS org_object (name TEXT PRIMARY KEY, definition TEXT NOT NULL);
"""


@cache
def quoted(name: str) -> str:
    """Return a name from the catalogue as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def create_housekeeping(connection: sqlite3.Connection) -> None:
    """Create the tables that hold no records."""
    connection.executescript(_HOUSEKEEPING + ACCESS_TABLES + REPORT_TABLES)


def create_tables(connection: sqlite3.Connection, catalogue: Catalogue) -> None:
    """Create every table and column that is not there yet.

    An organisation made by an older version of this program gets what is new.
    """
    for sobject in catalogue:
        create_table(connection, sobject)


def create_table(connection: sqlite3.Connection, sobject: SObject) -> None:
    """Create an object's table, or add the columns that it lacks."""
    table = quoted(sobject.name)
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (number INTEGER PRIMARY KEY)")
    there = columns(connection, sobject.name)
    for field in sobject.stored_fields:
        if field.name not in there:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {_column(field)}")


def columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return the names of a table's columns, with the kind of value that each holds."""
    rows = connection.execute(f"PRAGMA table_info({quoted(table)})")
    return {row[1]: row[2] for row in rows}


def change_column(connection: sqlite3.Connection, sobject: SObject, field: Field) -> None:
    """Make a column fit its field, which is new, or has become of another kind.

    Values are kept as far as the new kind can hold them.
    """
    table, name = quoted(sobject.name), quoted(field.name)
    kind = columns(connection, sobject.name).get(field.name)
    if kind is None:
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {_column(field)}")
    elif kind != column_kind(field):
        old = quoted(f"{field.name} before")
        connection.execute(f"ALTER TABLE {table} RENAME COLUMN {name} TO {old}")
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {_column(field)}")
        cast = f"CAST({old} AS {column_kind(field)})"
        rest = f" WHERE {old} IS NOT NULL"
        connection.execute(" ".join(("UPDATE", table, f"SET {name} = {cast}", rest)))
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {old}")


def drop_column(connection: sqlite3.Connection, sobject: SObject, name: str) -> None:
    """Remove a field's column, if it has one, with its values."""
    if name in columns(connection, sobject.name):
        connection.execute(f"ALTER TABLE {quoted(sobject.name)} DROP COLUMN {quoted(name)}")


def column_kind(field: Field) -> str:
    """Return the SQL type of the column that keeps the field's values."""
    if field.type in {"boolean", "int"}:
        return "INTEGER"
    return "REAL" if field.type in NUMBERS else "TEXT"


def _column(field: Field) -> str:
    rule = " NOT NULL DEFAULT 0" if field.type == "boolean" else ""
    return f"{quoted(field.name)} {column_kind(field)}{rule}"


def create_indexes(connection: sqlite3.Connection, catalogue: Catalogue) -> None:
    """Create every index that is not there yet, and let SQLite learn about the data."""
    for sobject in catalogue:
        index_object(connection, sobject)
    connection.execute("PRAGMA analysis_limit = 1000")
    connection.execute("ANALYZE")


def index_object(connection: sqlite3.Connection, sobject: SObject) -> None:
    """Create the indexes of an object that are not there yet."""
    for name, definition in _indexes(sobject).items():
        unique = "UNIQUE " if name.endswith("_unique") else ""
        connection.execute(
            f"CREATE {unique}INDEX IF NOT EXISTS {quoted(f'{sobject.name}_{name}')}"
            f" ON {quoted(sobject.name)} {definition}"
        )


def unindex_object(connection: sqlite3.Connection, sobject: SObject) -> None:
    """Drop the indexes of an object."""
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
        (sobject.name,),
    ).fetchall()
    for (name,) in rows:
        connection.execute(f"DROP INDEX {quoted(name)}")


def unindex_field(connection: sqlite3.Connection, sobject: SObject, name: str) -> None:
    """Drop the indexes on a field, so that its column can change."""
    for index in (f"{sobject.name}_{name}", f"{sobject.name}_{name}_unique"):
        connection.execute(f"DROP INDEX IF EXISTS {quoted(index)}")


def _indexes(sobject: SObject) -> dict[str, str]:
    """Return index names and definitions.

    The index on SystemModstamp holds all that a count or an incremental query
    asks for, so neither has to read the records themselves.
    """
    live = " AND IsDeleted = 0" if sobject.recyclable else ""
    result = {"id_unique": "(Id)"}
    if sobject.has("SystemModstamp"):
        deleted = ", IsDeleted" if sobject.recyclable else ""
        result["stamp"] = f"(SystemModstamp, Id{deleted})"
    for field in sobject.stored_fields:
        collation = "" if field.case_sensitive else " COLLATE NOCASE"
        if field.unique:
            name = quoted(field.name)
            condition = f"WHERE {name} IS NOT NULL{live}"
            result[f"{field.name}_unique"] = f"({name}{collation}) {condition}"
        elif field.external_id or (field.type == "email" and field.id_lookup):
            result[field.name] = f"({quoted(field.name)}{collation})"
        elif _leads_to_parent(field):
            result[field.name] = f"({quoted(field.name)})"
    return result


def _leads_to_parent(field: Field) -> bool:
    """Tell whether children are looked up by this field: in sub-queries and by deletes."""
    if field.child_names:
        return True
    return field.updateable and bool(field.reference_to) and "User" not in field.reference_to
