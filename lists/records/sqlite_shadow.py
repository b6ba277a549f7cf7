"""The shadow on SQLite: temporary tables, which live in a file of their own and hold no lock.

A transaction around all of it would keep every other writer waiting, so each page is one of its
own, as ever. That none of them writes to a real table is what SQLite itself is told to see to.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import connection

from lists.records.shadow import RECORDS, Copied, Shadow, require_no_transaction

FIND_TABLE = "SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = %s"
FILL = """
    INSERT INTO temp."{table}" SELECT * FROM main."{table}"
    WHERE "{column}" IN (SELECT value FROM json_each(%s))
"""
FIND_INDEXES = """
    SELECT sql FROM main.sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL
"""
TABLE_START = re.compile(r"^CREATE TABLE ", re.IGNORECASE)
INDEX_START = re.compile(r"^CREATE (UNIQUE )?INDEX ", re.IGNORECASE)
IS_TEMPORARY = "SELECT 1 FROM sqlite_temp_master WHERE type = 'table' AND name = %s"

NOTE_NEW = f"""
    CREATE TEMPORARY TRIGGER shadow_new AFTER INSERT ON {RECORDS} BEGIN
        INSERT INTO shadow_before (list_id, record_id, was_there)
        SELECT new.list_id, new.record_id, false WHERE NOT EXISTS (
            SELECT 1 FROM shadow_before WHERE list_id = new.list_id AND record_id = new.record_id);
    END
"""  # noqa: S608 - made of constants
NOTE_BEFORE = f"""
    CREATE TEMPORARY TRIGGER shadow_{{event}} AFTER {{event}} ON {RECORDS} BEGIN
        INSERT INTO shadow_before
        SELECT old.list_id, old.record_id, true, old.salesforce_id, old.email, old.owner_id,
               old.data
        WHERE NOT EXISTS (
            SELECT 1 FROM shadow_before WHERE list_id = old.list_id AND record_id = old.record_id);
    END
"""  # noqa: S608 - made of constants
NOTE_WRITES = [
    """
    CREATE TEMPORARY TABLE shadow_before (
        list_id integer, record_id text, was_there boolean NOT NULL, salesforce_id text,
        email text, owner_id text, data text, PRIMARY KEY (list_id, record_id)
    ) WITHOUT ROWID
    """,
    NOTE_NEW,
    NOTE_BEFORE.format(event="UPDATE"),
    NOTE_BEFORE.format(event="DELETE"),
]
WRITES = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})


class SqliteShadow(Shadow):
    """Keeps the real tables safe by SQLite's authorizer, which sees every statement."""

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Raise the shadow; see Shadow."""
        require_no_transaction()
        try:
            # The tables that the copied rows point to are in the other file.
            connection.disable_constraint_checking()
            with connection.cursor() as cursor:
                for copied in self._copies:
                    _copy(cursor, copied)
                for statement in NOTE_WRITES:
                    cursor.execute(statement)
            connection.connection.set_authorizer(_authorize)
            yield
        finally:
            connection.close()  # temporary tables, authorizer and pragma go with it

    def is_standing(self) -> bool:
        """Whether the records' name means the temporary table; see Shadow."""
        with connection.cursor() as cursor:
            cursor.execute(IS_TEMPORARY, [RECORDS])
            return cursor.fetchone() is not None


def _copy(cursor: Any, copied: Copied) -> None:
    name = copied.model._meta.db_table
    cursor.execute(FIND_TABLE, [name])
    cursor.execute(TABLE_START.sub("CREATE TEMPORARY TABLE ", cursor.fetchone()[0]))
    cursor.execute(
        FILL.format(table=name, column=copied.column), [orjson.dumps(list(copied.values)).decode()]
    )
    cursor.execute(FIND_INDEXES, [name])
    for (definition,) in cursor.fetchall():
        cursor.execute(INDEX_START.sub(r"CREATE \1INDEX temp.", definition))


def _authorize(
    action: int, table: str | None, _column: str | None, database: str | None, _by: str | None
) -> int:
    # The schema's own table is named when `json_each` is set up, which writes nothing.
    if action in WRITES and database == "main" and table != "sqlite_master":
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK
