"""The shadow on PostgreSQL: one transaction, rolled back at its end.

All of it has to be one transaction. Behind a pool that hands each transaction another server
connection a later one would not find the temporary tables, and would write to the real ones.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from psycopg import sql

from lists.records.shadow import RECORDS, Copied, Shadow, require_no_transaction

# The transaction waits for Salesforce again and again. Indexes are built with room to sort.
FOR_THE_SHADOW = """
    SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL synchronous_commit = off;
    SET LOCAL maintenance_work_mem = '128MB'
"""
CREATE = """
    CREATE TEMPORARY TABLE {copy} (LIKE {table} INCLUDING ALL EXCLUDING INDEXES) ON COMMIT DROP
"""
FILL = "INSERT INTO {copy} SELECT * FROM {table} WHERE {column} = ANY (%s)"
FIND_INDEXES = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass"
ON_TABLE = re.compile(r" ON (?:ONLY )?\S+ USING ")
PUT_IN_FRONT = "ALTER TABLE {copy} RENAME TO {table}"
COUNT_ON = """
    SELECT setval(pg_get_serial_sequence({name}, {column}), max({key})) FROM {table}
    HAVING max({key}) IS NOT NULL
"""
# What a page says to the planner ends with its transaction, and here that goes on: kept for the
# next step, it would make a join of two lists a walk of one for each row of the other.
FORGET_ADVICE = """
    SELECT set_config(name, reset_val, true) FROM pg_settings
    WHERE category LIKE 'Query Tuning%' AND setting <> reset_val
"""
IS_TEMPORARY = "SELECT relpersistence = 't' FROM pg_class WHERE oid = to_regclass(%s)"

# Whole statements at once: a trigger per row would cost more than the page.
NOTE_WRITES = f"""
    CREATE TEMPORARY TABLE shadow_before (
        list_id bigint, record_id uuid, was_there boolean NOT NULL, salesforce_id text,
        email text, owner_id text, data jsonb, PRIMARY KEY (list_id, record_id)
    ) ON COMMIT DROP;
    CREATE FUNCTION pg_temp.note_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO shadow_before SELECT list_id, record_id, false FROM touched
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$;
    CREATE FUNCTION pg_temp.note_before() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO shadow_before
        SELECT list_id, record_id, true, salesforce_id, email, owner_id, data FROM touched
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$;
    CREATE TRIGGER shadow_new AFTER INSERT ON {RECORDS} REFERENCING NEW TABLE AS touched
        FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.note_new();
    CREATE TRIGGER shadow_changed AFTER UPDATE ON {RECORDS} REFERENCING OLD TABLE AS touched
        FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.note_before();
    CREATE TRIGGER shadow_removed AFTER DELETE ON {RECORDS} REFERENCING OLD TABLE AS touched
        FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.note_before();
"""  # noqa: S608 - made of constants


class PostgresShadow(Shadow):
    """Copies rows first and builds indexes after them, in half the time."""

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Raise the shadow; see Shadow."""
        require_no_transaction()
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(FOR_THE_SHADOW)
                for copied in self._copies:
                    _copy(cursor, copied)
                cursor.execute(NOTE_WRITES)
            self.hold()
            yield
            transaction.set_rollback(True)

    def hold(self) -> None:
        """End what a transaction of a run would end; see Shadow."""
        super().hold()
        with connection.cursor() as cursor:
            cursor.execute(FORGET_ADVICE)

    def is_standing(self) -> bool:
        """Whether the records' name means the temporary table; see Shadow."""
        with connection.cursor() as cursor:
            cursor.execute(IS_TEMPORARY, [RECORDS])
            row = cursor.fetchone()
        return bool(row and row[0])


def _copy(cursor: Any, copied: Copied) -> None:
    name = copied.model._meta.db_table
    copy, table = sql.Identifier(f"shadow_{name}"), sql.Identifier(name)
    cursor.execute(sql.SQL(CREATE).format(copy=copy, table=table))
    column = sql.Identifier(copied.column)
    fill = sql.SQL(FILL).format(copy=copy, table=table, column=column)
    cursor.execute(fill, [list(copied.values)])
    cursor.execute(FIND_INDEXES, [name])
    for (definition,) in cursor.fetchall():
        cursor.execute(ON_TABLE.sub(f' ON "shadow_{name}" USING ', definition, count=1))
    cursor.execute(sql.SQL(PUT_IN_FRONT).format(copy=copy, table=table))
    _count_on(cursor, copied.model)


def _count_on(cursor: Any, model: type[Model]) -> None:
    """Let new rows be numbered behind the copied ones."""
    column = model._meta.auto_field.column if model._meta.auto_field else None
    if column is None:
        return
    name = model._meta.db_table
    cursor.execute(
        sql.SQL(COUNT_ON).format(
            name=f"pg_temp.{name}",
            column=column,
            key=sql.Identifier(column),
            table=sql.Identifier(name),
        )
    )
