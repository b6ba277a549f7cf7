"""How the tables are emptied after a test that committed: for less than Django's `flush` takes.

`flush` truncates every table, for which PostgreSQL makes new files, and then has all content types
and permissions written anew. Here the few rows that a test left are deleted, and what belongs to
the code and to no test stays.
"""

from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connections
from django.test import TransactionTestCase

# What `migrate` writes after the migrations, and no test changes.
KEPT = frozenset({ContentType._meta.db_table, "auth_permission"})


def empty_tables(case: TransactionTestCase) -> None:
    """Delete what a test committed, in all tables of its databases and in one transaction."""
    for name in case._databases_names(include_mirrors=False):
        connection = connections[name]
        tables = connection.introspection.django_table_names(
            only_existing=True, include_views=False
        )
        statements = list_statements(connection, sorted(set(tables) - KEPT))
        connection.ops.execute_sql_flush(statements)


def list_statements(connection, tables):
    """Return the statements that empty the tables."""
    if connection.vendor == "sqlite":
        return connection.ops.sql_flush(no_style(), tables)
    quoted = [connection.ops.quote_name(table) for table in tables]
    return [
        # Whoever is still at work is waited for, as by TRUNCATE.
        f"LOCK TABLE {', '.join(quoted)} IN ACCESS EXCLUSIVE MODE",
        # No row trigger runs, as by TRUNCATE: neither foreign keys nor the audit log's.
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {table}" for table in quoted),
    ]
