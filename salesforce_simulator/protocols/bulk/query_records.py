"""A query's records in XML or JSON, as the first Bulk API gives them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from salesforce_simulator.organisation.organisation import QueryResult
from salesforce_simulator.organisation.xml_text import xml_text
from salesforce_simulator.protocols.bulk.batch_results import NAMESPACE
from salesforce_simulator.protocols.bulk.job import ContentType, Job

_COUNTED_EVERY = 2_000
_XML_START = (
    f'<?xml version="1.0" encoding="UTF-8"?><queryResult xmlns="{NAMESPACE}"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)


def write_records(result: QueryResult, path: Path, job: Job) -> Iterator[int]:
    """Write all records to a file and yield the number of records so far."""
    is_json = job.content_type == ContentType.JSON
    start, between, end = ("[", ",", "]") if is_json else (_XML_START, "", "</queryResult>")
    times = {column.path for column in result.columns if column.type in {"date", "datetime"}}
    total = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(start)
        for record in result.records(job.api_version):
            file.write(between if total else "")
            file.write(_json(record, times) if is_json else _xml("records", record))
            total += 1
            if total % _COUNTED_EVERY == 0:
                yield total
        file.write(end)
    yield total


def _json(record: dict[str, Any], times: set[str]) -> str:
    for path in times:
        _count_milliseconds(record, path.split("."))
    return orjson.dumps(record).decode()


def _count_milliseconds(record: dict[str, Any], names: list[str]) -> None:
    """Put a date or time into the milliseconds since 1970, as JSON of this API has them."""
    *parents, name = names
    for parent in parents:
        if record[parent] is None:
            return
        record = record[parent]
    if record[name] is not None:
        moment = datetime.fromisoformat(record[name])
        utc = moment if moment.tzinfo else datetime.fromisoformat(f"{record[name]}T00:00:00+00:00")
        record[name] = int(utc.timestamp() * 1000)


def _xml(name: str, record: Mapping[str, Any]) -> str:
    kind = f"<type>{record['attributes']['type']}</type>"
    values = (_element(key, value) for key, value in record.items() if key != "attributes")
    return f'<{name} xsi:type="sObject">{kind}{"".join(values)}</{name}>'


def _element(name: str, value: Any) -> str:
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, Mapping):
        return _xml(name, value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{xml_text(text)}</{name}>"
