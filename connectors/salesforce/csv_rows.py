"""Rows of a CSV that arrives in pieces, and the writing of one.

Lines are found by the csv module alone: cells hold line breaks, and
``str.splitlines`` would also cut at U+2028, U+0085 and others.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

from connectors.salesforce.errors import IncompleteBodyError, ProtocolError

if TYPE_CHECKING:
    from _csv import Writer as CsvWriter

# Rich text fields hold up to 131,072 characters, just beyond the module's own limit.
csv.field_size_limit(2**24)

_BUFFER_BYTES = 2**16


def iterate_rows(chunks: Iterable[bytes], known: Iterable[str] = ()) -> Iterator[dict[str, str]]:
    """Yield each row of a UTF-8 CSV with a header line; nothing for an empty text.

    Columns that are ``known`` are spelled so, however the header spells them. Raises
    IncompleteBodyError for a row that is cut, ProtocolError for a header that names a
    column twice or lacks a known one.
    """
    rows = iterate_cells(chunks, known)
    header = next(rows, [])
    for row in rows:
        yield dict(zip(header, row, strict=True))


def iterate_cells(chunks: Iterable[bytes], known: Iterable[str] = ()) -> Iterator[list[str]]:
    """Yield the header and then each row as lists of cells; raise like ``iterate_rows``."""
    text = io.TextIOWrapper(
        io.BufferedReader(_ChunkReader(chunks), _BUFFER_BYTES), encoding="utf-8-sig", newline=""
    )
    rows = csv.reader(text, strict=True)
    try:
        header = next(rows, [])
        width = len(header)
        yield _spell(header, known)
        for row in rows:
            if len(row) != width:
                raise IncompleteBodyError("ROW_CUT", "A row has another number of cells.")
            yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise IncompleteBodyError("CSV_UNREADABLE", str(error)) from error


def _spell(header: list[str], known: Iterable[str]) -> list[str]:
    """Return a header with its known columns spelled as they are known; empty stays empty."""
    spelled = {name.lower(): name for name in known}
    found = {name.lower() for name in header}
    if len(found) != len(header):
        raise ProtocolError("DUPLICATE_COLUMN", f"A column comes twice: {header}")
    if header and (missing := sorted(spelled.keys() - found)):
        raise ProtocolError("COLUMNS_WRONG", f"Salesforce's answer lacks {', '.join(missing)}.")
    return [spelled.get(name.lower(), name) for name in header]


def bulk_csv_writer(file: TextIO) -> "CsvWriter":
    """Return a writer of the Bulk API's CSV: every cell quoted, lines ended by LF.

    ``file`` must not translate line ends. Left to itself the csv module (of Python 3.11, for one)
    quotes no cell for a carriage return alone, which then ends the row for whoever reads it.
    """
    return csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")


class _ChunkReader(io.RawIOBase):
    """A readable file over an iterator of pieces."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
