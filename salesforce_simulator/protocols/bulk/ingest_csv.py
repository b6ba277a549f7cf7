"""The uploaded CSV of an ingest job: its header checked, its cells turned into values."""

import csv
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from salesforce_simulator.protocols.bulk.errors import JobFailedError
from salesforce_simulator.protocols.bulk.job import Job
from salesforce_simulator.protocols.bulk.sources import Column, check_columns

_NULL = "#N/A"

# The csv module refuses cells over 131,072 characters by default; fields here hold up to 32,000,
# and a longer one has to come back as a failed row.
csv.field_size_limit(2**24)


class CsvSource:
    """Reads the file of an ingest job; raises JobFailedError for what fails the whole job."""

    def __init__(self, path: Path, job: Job) -> None:
        self._path = path
        self._job = job
        self.header_line = self._read_header_line()
        self.header: list[str] = next(self._reader([self.header_line]), [])
        self._columns = [Column.from_header(cell) for cell in self.header]
        self._id_at = next((n for n, c in enumerate(self.header) if c.lower() == "id"), None)

    def check(self, describe: Mapping[str, Any]) -> None:
        """Compare line ending and column names with the job and with the object's describe.

        The first Bulk API takes either line ending.
        """
        actual = self.header_line[len(self.header_line.rstrip("\r\n")) :]
        if not self._job.is_classic and actual not in ("", self._job.newline):
            raise JobFailedError(
                "ClientInputError : LineEnding is invalid on user data. "
                f"Current LineEnding setting is {self._job.line_ending}"
            )
        check_columns(self.header, describe, self._job)

    def batches(self, size: int) -> Iterator[list[list[str]]]:
        """Yield the rows in lists of up to ``size``; blank lines are no rows."""
        with self._path.open(encoding="utf-8", newline="") as file:
            rows = (row for row in self._reader(file) if row)
            next(rows, None)
            try:
                while batch := list(islice(rows, size)):
                    yield batch
            except (UnicodeDecodeError, csv.Error) as problem:
                raise JobFailedError(f"ClientInputError : {problem}") from problem

    def values(self, row: list[str]) -> dict[str, object]:
        """Return a row as field values: an empty cell is left out, ``#N/A`` is null."""
        if len(row) != len(self._columns):
            raise JobFailedError("InvalidBatch : A row has other columns than the header")
        values: dict[str, object] = {}
        for column, cell in zip(self._columns, row, strict=True):
            if cell == "":
                continue
            value = None if cell == _NULL else cell
            if column.relationship is None:
                values[column.field] = value
            else:
                values[column.relationship] = _parent(column, value)
        return values

    def id_of(self, row: list[str]) -> str:
        """Return the record id that a row carries, or an empty string."""
        return row[self._id_at] if self._id_at is not None else ""

    def _read_header_line(self) -> str:
        with self._path.open(encoding="utf-8", newline="") as file:
            return _first_line(file)

    def _reader(self, lines: Any) -> Any:
        return csv.reader(lines, delimiter=self._job.delimiter)


def _parent(column: Column, value: str | None) -> dict[str, object] | None:
    if value is None:
        return None
    named: dict[str, object] = {"attributes": {"type": column.parent}} if column.parent else {}
    return {**named, column.field: value}


def _first_line(file: TextIO) -> str:
    try:
        return next(iter(file), "")
    except UnicodeDecodeError:
        raise JobFailedError("ClientInputError : The data is not UTF-8") from None
