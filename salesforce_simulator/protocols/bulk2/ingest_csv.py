"""The uploaded CSV of an ingest job: its header checked, its cells turned into values."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from salesforce_simulator.protocols.bulk2.errors import JobFailedError
from salesforce_simulator.protocols.bulk2.job import Job

_NULL = "#N/A"

# The csv module refuses cells over 131,072 characters by default; fields here hold up to 32,000,
# and a longer one has to come back as a failed row.
csv.field_size_limit(2**24)


@dataclass(frozen=True)
class Column:
    """One column of the upload: a field, or a relationship and the key field of its parent."""

    field: str
    relationship: str | None = None

    @classmethod
    def from_header(cls, cell: str) -> "Column":
        """Read ``Field``, ``Relationship.Key`` or ``Object:Relationship.Key``."""
        relationship, dot, field = cell.rpartition(".")
        return cls(field, relationship.rpartition(":")[2]) if dot else cls(cell)


class Upload:
    """Reads the file of an ingest job; raises JobFailedError for what fails the whole job."""

    def __init__(self, path: Path, job: Job) -> None:
        self._path = path
        self._job = job
        self.header_line = self._read_header_line()
        self.header: list[str] = next(self._reader([self.header_line]), [])
        self._columns = [Column.from_header(cell) for cell in self.header]

    def check(self, describe: Mapping[str, Any]) -> None:
        """Compare line ending and column names with the job and with the object's describe."""
        expected, actual = (
            self._job.newline,
            self.header_line[len(self.header_line.rstrip("\r\n")) :],
        )
        if actual not in ("", expected):
            raise JobFailedError(
                "ClientInputError : LineEnding is invalid on user data. "
                f"Current LineEnding setting is {self._job.line_ending}"
            )
        fields = {field["name"].lower() for field in describe["fields"]}
        relationships = {(f["relationshipName"] or "").lower() for f in describe["fields"]}
        for cell, column in zip(self.header, self._columns, strict=True):
            known = fields if column.relationship is None else relationships
            if (column.relationship or column.field).lower() not in known:
                raise JobFailedError(f"InvalidBatch : Field name not found : {cell}")
        self._check_key()

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

    def fits(self, rows: list[list[str]]) -> bool:
        """Tell whether every row has as many cells as the header."""
        return all(len(row) == len(self.header) for row in rows)

    def values(self, row: list[str]) -> dict[str, object]:
        """Return a row as field values: an empty cell is left out, ``#N/A`` is null."""
        values: dict[str, object] = {}
        for column, cell in zip(self._columns, row, strict=True):
            if cell == "":
                continue
            value = None if cell == _NULL else cell
            if column.relationship is None:
                values[column.field] = value
            else:
                values[column.relationship] = None if value is None else {column.field: value}
        return values

    def id_of(self, row: list[str]) -> str:
        """Return the record id that a row carries, or an empty string."""
        return next(
            (cell for c, cell in zip(self.header, row, strict=True) if c.lower() == "id"), ""
        )

    def _check_key(self) -> None:
        key = self._job.external_id_field or "Id"
        is_needed = bool(self.header) and self._job.operation != "insert"
        if is_needed and key.lower() not in {cell.lower() for cell in self.header}:
            raise JobFailedError(f"InvalidBatch : Field name not found : {key}")

    def _read_header_line(self) -> str:
        with self._path.open(encoding="utf-8", newline="") as file:
            return _first_line(file)

    def _reader(self, lines: Any) -> Any:
        return csv.reader(lines, delimiter=self._job.delimiter)


def _first_line(file: TextIO) -> str:
    try:
        return next(iter(file), "")
    except UnicodeDecodeError:
        raise JobFailedError("ClientInputError : The data is not UTF-8") from None
