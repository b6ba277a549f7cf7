"""Everything that can be wrong with a file's rows, found before anything is written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from lists.uploads.errors import Problems, UploadError, quote
from lists.uploads.header import Layout
from lists.uploads.rows import UNREADABLE, UnreadableRowError, iter_rows

REPEATED = """
    SELECT row, first, email
    FROM (SELECT row, email, min(row) OVER (PARTITION BY email) AS first FROM address)
    WHERE row > first ORDER BY row
"""


def check_rows(file: BinaryIO, layout: Layout) -> None:
    """Read all rows; raise UploadError when there are none, or with what is wrong with them."""
    problems = Problems()
    # Addresses by the million do not fit into memory: SQLite keeps a nameless database on disk.
    with closing(sqlite3.connect("")) as database:
        database.execute("CREATE TABLE address (email TEXT, row INTEGER)")
        database.executemany(
            "INSERT INTO address VALUES (?, ?)", _iter_addresses(file, layout, problems)
        )
        for row, first, email in database.execute(REPEATED):
            problems.add(row, f"the address {quote(email)} stands in row {first:,} already.")
        problems.check()
        if not database.execute("SELECT EXISTS (SELECT 1 FROM address)").fetchone()[0]:
            raise UploadError(["The file has no rows below its header."])


def iter_filled(file: BinaryIO, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Give the rows below the header that hold anything, each with its number."""
    rows = iter_rows(file, layout.encoding, layout.delimiter)
    for number, cells in islice(enumerate(rows, start=1), 1, None):
        if any(cells):
            yield number, cells


def _iter_addresses(
    file: BinaryIO, layout: Layout, problems: Problems
) -> Iterator[tuple[str, int]]:
    """Give the address and number of every sound row; note what is wrong with the others."""
    try:
        for number, cells in iter_filled(file, layout):
            if problem := _find_problem(cells, layout):
                problems.add(number, problem)
            else:
                yield layout.email_of(cells), number
    except UnreadableRowError as error:
        problems.add(error.number, UNREADABLE)


def _find_problem(cells: list[str], layout: Layout) -> str:
    if len(cells) != layout.width:
        noun = "cell" if len(cells) == 1 else "cells"
        return f"it has {len(cells):,} {noun}; the header has {layout.width:,}."
    if any("\0" in cell for cell in cells):
        return "it holds a NUL character, which no text has."
    written = cells[layout.email_position]
    if not written.strip():
        return "it has no e-mail address."
    try:
        validate_email(layout.email_of(cells))
    except ValidationError:
        return f"{quote(written)} is not an e-mail address."
    return ""
