"""The uploaded JSON or XML of a batch of the first Bulk API: a list of records."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
import orjson
from defusedxml import DefusedXmlException

from salesforce_simulator.protocols.bulk.errors import JobFailedError
from salesforce_simulator.protocols.bulk.job import ContentType, Job
from salesforce_simulator.protocols.bulk.sources import check_columns

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

Record = dict[str, Any]


class RecordSource:
    """The records of a batch, which are at most 10 MB; JobFailedError when there are none."""

    def __init__(self, path: Path, job: Job) -> None:
        self._job = job
        read = _read_json if job.content_type == ContentType.JSON else _read_xml
        self._records = read(path.read_bytes())

    def check(self, describe: Mapping[str, Any]) -> None:
        """Compare the names in all records with the object's describe."""
        names = {_column(name, value): None for r in self._records for name, value in r.items()}
        check_columns(names, describe, self._job)

    def batches(self, size: int) -> Iterator[list[Record]]:
        """Yield the records in lists of up to ``size``."""
        for start in range(0, len(self._records), size):
            yield self._records[start : start + size]

    def values(self, row: Record) -> Record:
        """Return a record's field values: null clears a field."""
        return row

    def id_of(self, row: Record) -> str:
        """Return the record id that a record carries, or an empty string."""
        return next((str(v) for k, v in row.items() if k.lower() == "id" and v), "")


def _column(name: str, value: object) -> str:
    """Return a name as a CSV header has it: a parent's with the name of its key."""
    return f"{name}.Id" if isinstance(value, dict) else name


def _read_json(data: bytes) -> list[Record]:
    try:
        records = orjson.loads(data)
    except orjson.JSONDecodeError as problem:
        raise JobFailedError(f"InvalidBatch : Unable to parse Json: {problem}") from problem
    if not isinstance(records, list) or not all(isinstance(item, dict) for item in records):
        raise JobFailedError("InvalidBatch : Unable to parse Json: a list of records is expected")
    return [{k: v for k, v in item.items() if k != "attributes"} for item in records]


def _read_xml(data: bytes) -> list[Record]:
    try:
        root = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as problem:
        raise JobFailedError(f"InvalidBatch : Unable to parse XML: {problem}") from problem
    return [_record(element) for element in root if local_name(element) == "sObject"]


def _record(element: Element) -> Record:
    """Return an ``sObject`` as values: an empty element is left out, one that is nil is null."""
    record: Record = {}
    for child in element:
        name = local_name(child)
        parent = next((c for c in child if local_name(c) == "sObject"), None)
        if parent is not None:
            record[name] = _parent(parent)
        elif child.get(_NIL) == "true":
            record[name] = None
        elif child.text and name != "type":
            record[name] = child.text
    return record


def _parent(element: Element) -> Record:
    named = next((c.text for c in element if local_name(c) == "type"), None)
    attributes: Record = {"attributes": {"type": named}} if named else {}
    return {**attributes, **_record(element)}


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]
