"""What tests of races ask the database."""

from django.db import connection


def is_anybody_waiting() -> bool:
    """Whether somebody waits until the transaction of this thread has ended.

    SQLite lets nobody else begin to write meanwhile, and cannot be asked: it says yes.
    """
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted"
            " AND transactionid::text = pg_current_xact_id()::text"
        )
        return bool(cursor.fetchone()[0])
