"""The result of a batch of the first Bulk API: one entry per record, in the order of the batch."""

import csv
from pathlib import Path
from typing import Any

import orjson

from salesforce_simulator.organisation.organisation import WriteOutcome
from salesforce_simulator.organisation.xml_text import xml_text
from salesforce_simulator.protocols.bulk.job import ContentType, Job
from salesforce_simulator.protocols.bulk.outcomes import error_cell
from salesforce_simulator.protocols.bulk.sources import Source
from salesforce_simulator.transport.errors import row_error

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
_NIL = 'xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_XML_START = f'<?xml version="1.0" encoding="UTF-8"?>\n<results xmlns="{NAMESPACE}">'


def result_path(directory: Path) -> Path:
    """Return where the result of a batch lies, or that of a query in XML or JSON."""
    return directory / "result"


class BatchResults:
    """Writes the result in the form of the batch; made anew when the batch runs again."""

    def __init__(self, directory: Path, source: Source, job: Job) -> None:
        self._source = source
        self._render = _FORMS[ContentType(job.content_type)]
        self._outcomes: list[tuple[str, WriteOutcome]] = []
        self._path = result_path(directory)

    def __enter__(self) -> "BatchResults":
        return self

    def __exit__(self, *_: object) -> None:
        self._path.write_bytes(self._render(self._outcomes).encode())

    def add(self, row: Any, outcome: WriteOutcome) -> None:
        """Keep the fate of a record; a failed one is named by the id that came with it."""
        self._outcomes.append((outcome.id or self._source.id_of(row), outcome))

    def add_unprocessed(self, rows: list[Any]) -> None:
        """Leave out what was not processed: a failed batch has no result."""


Named = list[tuple[str, WriteOutcome]]


def _csv(outcomes: Named) -> str:
    lines = _Lines()
    writer = csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["Id", "Success", "Created", "Error"])
    for record_id, outcome in outcomes:
        error = error_cell(outcome.error) if outcome.error else ""
        writer.writerow([record_id, _flag(not error), _flag(outcome.created), error])
    return "".join(lines)


class _Lines(list[str]):
    """A list that the csv module can write to."""

    write = list.append


def _json(outcomes: Named) -> str:
    return orjson.dumps(
        [
            {
                "success": outcome.error is None,
                "created": outcome.created,
                "id": record_id or None,
                "errors": [row_error(outcome.error)] if outcome.error else [],
            }
            for record_id, outcome in outcomes
        ]
    ).decode()


def _xml(outcomes: Named) -> str:
    elements = (_element(each, outcome) for each, outcome in outcomes)
    return "".join((_XML_START, *elements, "</results>"))


def _element(record_id: str, outcome: WriteOutcome) -> str:
    error = outcome.error
    errors = ""
    if error is not None:
        fields = "".join(f"<fields>{xml_text(name)}</fields>" for name in error.fields)
        message = f"<message>{xml_text(error.message)}</message>"
        errors = f"<errors>{fields}{message}<statusCode>{error.code}</statusCode></errors>"
    named = f"<id>{xml_text(record_id)}</id>" if record_id else f"<id {_NIL}/>"
    return (
        f"<result>{errors}{named}<success>{_flag(error is None)}</success>"
        f"<created>{_flag(outcome.created)}</created></result>"
    )


def _flag(value: object) -> str:
    return "true" if value else "false"


_FORMS = {ContentType.CSV: _csv, ContentType.JSON: _json, ContentType.XML: _xml}
