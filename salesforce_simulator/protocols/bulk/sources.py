"""The records that a client has uploaded, whatever their form."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from salesforce_simulator.protocols.bulk.errors import JobFailedError
from salesforce_simulator.protocols.bulk.job import Job

UPLOAD = "upload"


@dataclass(frozen=True)
class Column:
    """What a name in an upload means: a field, or a relationship and the key field of its parent.

    ``parent`` is the object's name where the relationship may lead to several.
    """

    field: str
    relationship: str | None = None
    parent: str | None = None

    @classmethod
    def from_header(cls, cell: str) -> "Column":
        """Read ``Field``, ``Relationship.Key`` or ``Object:Relationship.Key``."""
        path, dot, field = cell.rpartition(".")
        if not dot:
            return cls(cell)
        parent, colon, relationship = path.rpartition(":")
        return cls(field, relationship, parent if colon else None)


class Source(Protocol):
    """An upload that is read in batches; JobFailedError tells what fails it as a whole."""

    def check(self, describe: Mapping[str, Any]) -> None:
        """Compare the names of its columns with the object's describe."""

    def batches(self, size: int) -> Iterator[list[Any]]:
        """Yield its rows in lists of up to ``size``."""

    def values(self, row: Any) -> Mapping[str, object]:
        """Return a row as field values."""

    def id_of(self, row: Any) -> str:
        """Return the record id that a row carries, or an empty string."""


def upload_path(directory: Path) -> Path:
    """Return where the upload of the job in this directory lies."""
    return directory / UPLOAD


def check_columns(names: Iterable[str], describe: Mapping[str, Any], job: Job) -> None:
    """Fail the job when a column is no field of the object, or when its key is missing."""
    fields = {field["name"].lower() for field in describe["fields"]}
    relationships = {(f["relationshipName"] or "").lower() for f in describe["fields"]}
    given = list(names)
    for name in given:
        column = Column.from_header(name)
        known = fields if column.relationship is None else relationships
        if (column.relationship or column.field).lower() not in known:
            raise JobFailedError(f"InvalidBatch : Field name not found : {name}")
    key = job.external_id_field or "Id"
    is_needed = bool(given) and job.operation != "insert"
    if is_needed and key.lower() not in {name.lower() for name in given}:
        raise JobFailedError(f"InvalidBatch : Field name not found : {key}")
