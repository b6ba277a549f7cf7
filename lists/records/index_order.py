"""Reading some records of a large list in the order of an index."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# PostgreSQL keeps no statistics of a list's size here (see the migration of the record store) and
# takes every list for a small one: it would read all of a million records and sort them to show
# fifty. With sorting made dear it walks the index and stops.
WALK = "SET LOCAL enable_sort = off; SET LOCAL jit = off"


@contextmanager
def walk_index() -> Iterator[None]:
    """Have queries that an index can answer in its order do so; SQLite does it by itself."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WALK)
        yield
