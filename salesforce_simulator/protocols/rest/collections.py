"""sObject collections: up to 200 records in one call, each with an outcome of its own."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.organisation import WriteOutcome, WriteRow
from salesforce_simulator.organisation.reading import with_id
from salesforce_simulator.protocols.rest.field_names import field_names
from salesforce_simulator.protocols.rest.write_options import write_options
from salesforce_simulator.protocols.routing import data, version_of
from salesforce_simulator.transport.bodies import flag, read_object, require_object
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.errors import HttpError, row_errors
from salesforce_simulator.transport.replies import json_reply

_MOST_RECORDS = 200
_MOST_RETRIEVED = 2000
_MOST_CHUNKS = 10


async def create(request: web.Request) -> web.Response:
    """POST /composite/sobjects: inserts."""
    return await _write_body(request, lambda name, values: WriteRow("insert", name, None, values))


async def update(request: web.Request) -> web.Response:
    """PATCH /composite/sobjects: updates by the ``id`` of each record."""

    def row(name: str, values: dict[str, Any]) -> WriteRow:
        with_id = {("Id" if key.lower() == "id" else key): v for key, v in values.items()}
        return WriteRow("update", name, None, with_id)

    return await _write_body(request, row)


async def upsert(request: web.Request) -> web.Response:
    """PATCH /composite/sobjects/X/FIELD: upserts by an external id that each record carries."""
    field = request.match_info["field"]
    return await _write_body(
        request,
        lambda name, values: WriteRow("upsert", name, field, values),
        only=request.match_info["name"],
    )


async def delete(request: web.Request) -> web.Response:
    """DELETE /composite/sobjects?ids=A,B: to the recycle bin."""
    ids = [part.strip() for part in request.query.get("ids", "").split(",") if part.strip()]
    _check_size(len(ids), _MOST_RECORDS)
    rows = [WriteRow("delete", None, None, {"Id": record_id}) for record_id in ids]
    all_or_none = flag(request.query.get("allOrNone"))
    return await _write(request, rows, all_or_none=all_or_none, tells_created=False)


async def retrieve(request: web.Request) -> web.Response:
    """GET or POST /composite/sobjects/X: records in the order of their ids, null if missing."""
    if request.method == "POST":
        body = await read_object(request)
        ids, fields = _texts(body, "ids"), _texts(body, "fields")
    else:
        ids, fields = (request.query.get(k, "").split(",") for k in ("ids", "fields"))
    if not any(map(str.strip, fields)) or not any(map(str.strip, ids)):
        raise HttpError(400, "INVALID_INPUT", "Both ids and fields have to be specified")
    _check_size(len(ids), _MOST_RETRIEVED)
    names = field_names(",".join(fields))
    found = await in_thread(request, _retrieve, request, ids, names)
    return json_reply(request, found)


async def _write_body(
    request: web.Request, row: Callable[[str, dict[str, Any]], WriteRow], only: str | None = None
) -> web.Response:
    body = await read_object(request)
    records = _records(body)
    _check_size(len(records), _MOST_RECORDS)
    rows = [row(_type_of(record, only), _values(record)) for record in records]
    all_or_none = flag(body.get("allOrNone"))
    return await _write(request, rows, all_or_none=all_or_none, tells_created=only is not None)


async def _write(
    request: web.Request, rows: Sequence[WriteRow], *, all_or_none: bool, tells_created: bool
) -> web.Response:
    _check_chunks(rows)

    def write() -> list[WriteOutcome]:
        org, options = organisation(request), write_options(request)
        return list(
            org.write_many(rows, session(request), all_or_none=all_or_none, options=options)
        )

    outcomes = await in_thread(request, write)
    return json_reply(request, [_outcome(o, tells_created=tells_created) for o in outcomes])


def _outcome(outcome: WriteOutcome, *, tells_created: bool) -> dict[str, object]:
    if outcome.error is not None:
        return {"success": False, "errors": row_errors(outcome.error)}
    body: dict[str, object] = {"id": outcome.id, "success": True, "errors": []}
    return {**body, "created": outcome.created} if tells_created else body


def _retrieve(
    request: web.Request, ids: Sequence[str], fields: Sequence[str]
) -> list[dict[str, Any] | None]:
    """Read all records with one query; what no live record of the object has is null."""
    org, user = organisation(request), session(request)
    sobject = org.catalogue_for(user).get(request.match_info["name"])
    known = [normalise_id(record_id.strip()) for record_id in ids]
    wanted = {record_id for record_id in known if record_id and sobject.prefix == record_id[:3]}
    names = ", ".join(with_id(fields))
    quoted = ", ".join(f"'{record_id}'" for record_id in sorted(wanted)) or "null"
    soql = f"SELECT {names} FROM {sobject.name} WHERE Id IN ({quoted})"  # noqa: S608 - SOQL
    records = org.query(soql, user).records(version_of(request))
    by_id = {record["Id"]: record for record in records}
    return [by_id.get(record_id or "") for record_id in known]


def _type_of(record: dict[str, Any], only: str | None) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        message = "Object type must be specified in the attributes of each record"
        raise HttpError(400, "INVALID_INPUT", message)
    if only is not None and name.lower() != only.lower():
        message = f"Record of type {name} does not fit the collection of type {only}"
        raise HttpError(400, "INVALID_INPUT", message)
    return name


def _values(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "attributes"}


def _records(body: dict[str, Any]) -> list[dict[str, Any]]:
    records = body.get("records")
    if not isinstance(records, list):
        raise HttpError(400, "JSON_PARSER_ERROR", "records must be a list of records")
    return [require_object(record) for record in records]


def _texts(body: dict[str, Any], name: str) -> list[str]:
    values = body.get(name)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise HttpError(400, "JSON_PARSER_ERROR", f"{name} must be a list of texts")
    return values


def _check_chunks(rows: Sequence[WriteRow]) -> None:
    """Refuse records whose types change too often: each run of one type is a chunk."""
    kinds = [row.sobject_type or str(row.values["Id"])[:3] for row in rows]
    chunks = sum(1 for _ in groupby(kind.lower() for kind in kinds))
    if chunks > _MOST_CHUNKS:
        message = (
            f"Cannot have more than {_MOST_CHUNKS} chunks in a single operation. Please rearrange"
            " the data to reduce chunking."
        )
        raise HttpError(400, "LIMIT_EXCEEDED", message)


def _check_size(size: int, most: int) -> None:
    if size > most:
        message = f"record limit reached. cannot submit more than {most} records in this request"
        raise HttpError(400, "EXCEEDED_ID_LIMIT", message)


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("POST", "/composite/sobjects", create),
        data("PATCH", "/composite/sobjects", update),
        data("DELETE", "/composite/sobjects", delete),
        data("GET", "/composite/sobjects/{name}", retrieve),
        data("POST", "/composite/sobjects/{name}", retrieve),
        data("PATCH", "/composite/sobjects/{name}/{field}", upsert),
    ]
