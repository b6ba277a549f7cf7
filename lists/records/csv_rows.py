"""The rows of a page, parsed in Python, each with its ids checked and its hash."""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

import orjson

from connectors.salesforce.ids import normalise_id
from lists.records.errors import TruncatedPageError
from lists.records.page import CsvPage
from lists.records.plan import CHANGED_AT_FIELD, ID_FIELD, ID_LENGTH, PullPlan

# A cell of Salesforce is far shorter; the module's own limit (131,072 characters) is not enough.
csv.field_size_limit(2**24)

SEPARATOR = "\x1f"


class Row(NamedTuple):
    """A row of a page; `values` stand in the order of the plan's columns, "" is blank.

    `digest` (16 hexadecimal digits) begins the record's content hash. `changed_at` is the time
    that the row tells, None where the plan asks for none.
    """

    salesforce_id: str
    owner_id: str
    values: list[str]
    digest: str
    changed_at: str | None = None


def iter_rows(plan: PullPlan, page: CsvPage) -> Iterator[Row]:
    """Parse a page's rows; raise TruncatedPageError at the first that is not whole."""
    width = len(page.columns)
    places = [page.columns.index(name) for name in plan.field_names]
    in_order = itemgetter(*places) if places != list(range(width)) else None
    id_at, owner_at = plan.position_of(ID_FIELD), plan.position_of(plan.owner_field)
    changed_at = plan.position_of(CHANGED_AT_FIELD) if plan.compares_times else None
    columns_at, hashed_from = width - len(plan.columns), plan.hashed_from
    for cells in iter_cells(page):
        row = list(in_order(cells)) if in_order else cells
        record_id, owner_id = row[id_at], row[owner_at]
        if len(record_id) != ID_LENGTH:
            record_id = check_id(record_id)
        if owner_id and len(owner_id) != ID_LENGTH:
            owner_id = check_id(owner_id)
        digest = _digest(plan.columns_signature, row[hashed_from:] if hashed_from else row)
        told_at = None if changed_at is None else row[changed_at]
        yield Row(record_id, owner_id, row[columns_at:], digest, told_at)


def iter_cells(page: CsvPage) -> Iterator[list[str]]:
    """Give the cells of each row in the order of the page; raise like `iter_rows`."""
    if page.is_empty:
        return
    text = io.TextIOWrapper(io.BufferedReader(_Body(page.body()), 2**16), "utf-8", newline="")
    width = len(page.columns)
    try:
        for cells in csv.reader(text, strict=True):
            if len(cells) != width:
                raise TruncatedPageError(f"A row has {len(cells)} cells instead of {width}.")
            yield cells
    except (csv.Error, UnicodeDecodeError) as error:
        raise TruncatedPageError(f"A row cannot be read: {error}.") from error


def _digest(signature: str, cells: Sequence[str]) -> str:
    content = SEPARATOR.join(cells)
    if content.count(SEPARATOR) != len(cells) - 1:
        # A cell holds the separator itself; JSON escapes it, and so never looks like a joined row.
        content = orjson.dumps(cells).decode()
    return hashlib.md5((signature + content).encode(), usedforsecurity=False).hexdigest()[:16]


def check_id(text: str) -> str:
    """Return a record id with 18 characters; raise TruncatedPageError for anything else."""
    try:
        return normalise_id(text)
    except ValueError as error:
        raise TruncatedPageError(f"A row is {error}.") from error


class _Body(io.RawIOBase):
    """The chunks of a page as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # BufferedReader gives a memoryview
        piece = self._left or next(self._chunks, b"")
        size = min(len(piece), len(buffer))
        buffer[:size] = piece[:size]
        self._left = piece[size:]
        return size
