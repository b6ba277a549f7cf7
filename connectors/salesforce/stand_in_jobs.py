"""A Bulk API 2.0 ingest job that takes every row at once, for the stand-in."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.salesforce.csv_rows import iterate_cells
from connectors.salesforce.provisional_ids import ProvisionalIds, iterate_provisional_ids

_IN_MEMORY_BYTES = 4_000_000
_CHUNK_BYTES = 262_144
_KEEPS_IDS = frozenset({"update", "delete", "hardDelete"})


class IngestJob:
    """One job of a stand-in: its rows stay in a temporary file as long as it is known."""

    def __init__(self, job_id: str, body: Mapping[str, Any], ids: ProvisionalIds) -> None:
        self.id = job_id
        self.operation: str = body["operation"]
        self.sobject_type: str = body["object"]
        self._key_field: str = body.get("externalIdFieldName", "Id")
        self._created_at = datetime.now(UTC)
        self._ids = ids
        self._state = "Open"
        self._rows = self._first_id = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - goes with the job

    def receive(self, data: Any) -> Iterator[tuple[str, dict[str, str]]]:
        """Keep the upload; yield each row's key and the values that it sends."""
        source = io.BytesIO(data) if isinstance(data, bytes) else data
        shutil.copyfileobj(source, self._file, _CHUNK_BYTES)
        rows = self._read()
        header = next(rows)
        for cells in rows:
            self._rows += 1
            values = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
            yield values.pop(self._key_field, ""), values
        self._first_id = self._ids.take(0 if self._keeps_ids else self._rows)

    def move_to(self, state: str) -> None:
        """Close the upload, or abort; a closed job is complete at once."""
        self._state = "JobComplete" if state == "UploadComplete" else state

    def describe(self) -> dict[str, Any]:
        """Return the job as Salesforce's JSON."""
        return {
            "id": self.id,
            "operation": self.operation,
            "object": self.sobject_type,
            "state": self._state,
            "createdDate": f"{self._created_at:%Y-%m-%dT%H:%M:%S}.000+0000",
            "createdById": self.id,
            "numberRecordsProcessed": self._rows if self._state == "JobComplete" else 0,
            "numberRecordsFailed": 0,
        }

    def results(self, part: str) -> Iterator[bytes]:
        """Yield one of the job's three files: every row is in the one of the successful rows."""
        rows = self._read()
        header = next(rows, [])
        if part != "successfulResults":
            lead = ["sf__Id", "sf__Error"] if part == "failedResults" else []
            yield _to_line([*lead, *header])
            return
        yield _to_line(["sf__Id", "sf__Created", *header])
        created = "false" if self._keeps_ids else "true"
        id_at = header.index("Id") if self._keeps_ids else -1
        new_ids = iterate_provisional_ids(self._first_id, self.sobject_type)
        for new_id, cells in zip(new_ids, rows, strict=False):
            yield _to_line([cells[id_at] if self._keeps_ids else new_id, created, *cells])

    @property
    def _keeps_ids(self) -> bool:
        return self.operation in _KEEPS_IDS

    def _read(self) -> Iterator[list[str]]:
        self._file.seek(0)
        return iterate_cells(iter(lambda: self._file.read(_CHUNK_BYTES), b""))


def _to_line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
