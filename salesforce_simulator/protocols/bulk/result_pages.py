"""Query results on disk: one file of rows, and an index that finds any row in it.

Pages may be of any size, so no page is a file. Rows stand in ``rows.csv`` without header; the index
knows the byte at which every ``STRIDE``-th row begins, and the rest of the way is counted.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from salesforce_simulator.protocols.bulk.errors import invalid_locator

STRIDE = 2_000
DEFAULT_PAGE_ROWS = 100_000

_ROWS = "rows.csv"
_INDEX = "index.json"


@dataclass(frozen=True)
class Index:
    """Header line, number of rows and the offset of each ``STRIDE``-th row; the last is the end."""

    header: str
    total: int
    offsets: list[int]


@dataclass(frozen=True)
class Page:
    """A stretch of a result: header, file, bytes from ``start`` to before ``end``, what follows."""

    header: bytes
    path: Path
    start: int
    end: int
    rows: int
    next_locator: str | None


class ResultWriter:
    """Writes a result chunk by chunk; every chunk but the last has ``STRIDE`` rows."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def write(self, chunks: Iterator[tuple[int, bytes]]) -> Iterator[int]:
        """Write chunks of (rows, CSV with header) and yield the number of rows so far."""
        offsets, total, header = [0], 0, b""
        with (self._directory / _ROWS).open("wb") as file:
            for rows, chunk in chunks:
                header_end = chunk.index(b"\n") + 1
                header = chunk[:header_end]
                file.write(memoryview(chunk)[header_end:])
                total += rows
                offsets.append(file.tell())
                yield total
        index = Index(header.decode(), total, offsets)
        (self._directory / _INDEX).write_bytes(orjson.dumps(asdict(index)))


class Result:
    """A finished result, read page by page."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / _ROWS
        self._index = Index(**orjson.loads((directory / _INDEX).read_bytes()))

    @property
    def total(self) -> int:
        """The number of rows."""
        return self._index.total

    def page(self, locator: str | None, rows: int | None) -> Page:
        """Return the page at a locator (None: the first) with up to so many rows."""
        first = decode_locator(locator) if locator else 0
        if first > self._index.total or (locator and first == self._index.total):
            raise invalid_locator()
        last = min(self._index.total, first + (rows or DEFAULT_PAGE_ROWS))
        return Page(
            header=self._index.header.encode(),
            path=self._path,
            start=self._offset(first),
            end=self._offset(last),
            rows=last - first,
            next_locator=encode_locator(last) if last < self._index.total else None,
        )

    def locators_from(self, locator: str | None, count: int) -> tuple[list[str], str | None]:
        """Return locators of up to ``count`` default pages from here on, and that of the rest."""
        first = decode_locator(locator) if locator else 0
        starts = list(range(first, max(self._index.total, first + 1), DEFAULT_PAGE_ROWS))
        rest = encode_locator(starts[count]) if len(starts) > count else None
        return [encode_locator(start) for start in starts[:count]], rest

    def _offset(self, row: int) -> int:
        if row == self._index.total:
            return self._index.offsets[-1]
        stride, rest = divmod(row, STRIDE)
        start, end = self._index.offsets[stride], self._index.offsets[stride + 1]
        if not rest:
            return start
        with self._path.open("rb") as file:
            file.seek(start)
            return start + _length_of_rows(file.read(end - start), rest)


def _length_of_rows(data: bytes, rows: int) -> int:
    # A line break ends a row where the quotes before it are balanced: all cells are quoted.
    position, is_quoted = 0, False
    while rows:
        end = data.index(b"\n", position) + 1
        if data.count(b'"', position, end) % 2:
            is_quoted = not is_quoted
        rows -= not is_quoted
        position = end
    return position


def encode_locator(row: int) -> str:
    """Return the opaque locator of a row."""
    return base64.urlsafe_b64encode(str(row).encode()).decode().rstrip("=")


def decode_locator(locator: str) -> int:
    """Return the row of a locator; raises INVALIDLOCATOR."""
    try:
        padded = locator + "=" * (-len(locator) % 4)
        row = int(base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii"))
    except (binascii.Error, ValueError):
        raise invalid_locator() from None
    if row < 0:
        raise invalid_locator()
    return row
