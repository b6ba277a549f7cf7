"""Single records: create, read, update, delete, and upsert by an external id."""

from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.errors import MultipleMatchesError, SalesforceError
from salesforce_simulator.protocols.rest.field_names import field_names
from salesforce_simulator.protocols.rest.preconditions import (
    check_preconditions,
    is_known,
    record_headers,
)
from salesforce_simulator.protocols.rest.query import answer_query
from salesforce_simulator.protocols.rest.relationships import follow, is_friendly
from salesforce_simulator.protocols.rest.write_options import write_options
from salesforce_simulator.protocols.routing import data, data_path, version_of
from salesforce_simulator.transport.bodies import read_object
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply, no_content

_UPSERT_TELLS_SINCE = 46.0  # older versions answer an upsert that updates with 204 and no body


async def create(request: web.Request) -> web.Response:
    """POST /sobjects/X: 201 with the new id and a Location header."""
    name = request.match_info["name"]
    values = _without_attributes(await read_object(request))
    record_id = await in_thread(
        request,
        organisation(request).create,
        name,
        values,
        session(request),
        write_options(request),
    )
    location = f"{data_path(request)}/sobjects/{name}/{record_id}"
    body = {"id": record_id, "success": True, "errors": []}
    return json_reply(request, body, status=201, headers={"Location": location})


async def read(request: web.Request) -> web.Response:
    """GET /sobjects/X/ID, with ``?fields=`` for some fields only."""
    return await _read(request, request.match_info["id"])


async def update(request: web.Request) -> web.Response:
    """PATCH /sobjects/X/ID: 204."""
    values = _without_attributes(await read_object(request))
    try:
        await check_preconditions(request, request.match_info["id"])
        await in_thread(
            request,
            organisation(request).update,
            request.match_info["name"],
            request.match_info["id"],
            values,
            session(request),
            write_options(request),
        )
    except SalesforceError as error:
        raise _about_the_path(error) from error
    return no_content()


async def delete(request: web.Request) -> web.Response:
    """DELETE /sobjects/X/ID: 204; the record goes to the recycle bin."""
    return await _delete(request, request.match_info["id"])


async def read_by_key(request: web.Request) -> web.Response:
    """GET /sobjects/X/FIELD/VALUE: the record that an external id names; 300 for several.

    FIELD may be a record's id as well; then VALUE is a relationship of it.
    """
    if await in_thread(request, is_friendly, request):
        return await _read_related(request)
    found = await _find(request)
    return found if isinstance(found, web.Response) else await _read(request, found)


async def delete_by_key(request: web.Request) -> web.Response:
    """DELETE /sobjects/X/FIELD/VALUE: 204; 300 for several."""
    found = await _find(request)
    return found if isinstance(found, web.Response) else await _delete(request, found)


async def upsert(request: web.Request) -> web.Response:
    """PATCH /sobjects/X/FIELD/VALUE: 201 created, 200 (or 204 up to v45) updated, 300 ambiguous."""
    name = request.match_info["name"]
    field, value = request.match_info["field"], request.match_info["value"]
    values = _without_attributes(await read_object(request))
    if field.lower() in {key.lower() for key in values}:
        message = f"The {field} field should not be specified in the sobject data."
        raise HttpError(400, "INVALID_FIELD", message)
    try:
        record_id, created = await in_thread(
            request,
            organisation(request).upsert,
            name,
            field,
            value,
            values,
            session(request),
            write_options(request),
        )
    except MultipleMatchesError as error:
        return _several(request, error.ids)
    if not created and float(version_of(request)) < _UPSERT_TELLS_SINCE:
        return no_content()
    body = {"id": record_id, "success": True, "errors": [], "created": created}
    return json_reply(request, body, status=201 if created else 200)


async def _read_related(request: web.Request) -> web.Response:
    related = await in_thread(request, follow, request)
    if related.soql is not None:
        return await answer_query(request, related.soql)
    return await _read(request, related.record_id, related.sobject_type)


async def _read(request: web.Request, record_id: str, name: str | None = None) -> web.Response:
    fields = request.query.get("fields")
    record = await in_thread(
        request,
        organisation(request).get,
        name or request.match_info["name"],
        record_id,
        session(request),
        field_names(fields) if fields else None,
        version_of(request),
    )
    headers = await record_headers(request, record)
    if is_known(request, headers):
        return web.Response(status=304, headers=headers)
    return json_reply(request, record, headers=headers)


async def _delete(request: web.Request, record_id: str) -> web.Response:
    name = request.match_info["name"]
    try:
        await check_preconditions(request, record_id)
        await in_thread(request, organisation(request).delete, name, record_id, session(request))
    except SalesforceError as error:
        raise _about_the_path(error) from error
    return no_content()


async def _find(request: web.Request) -> str | web.Response:
    ids = await in_thread(
        request,
        organisation(request).find_by_key,
        request.match_info["name"],
        request.match_info["field"],
        request.match_info["value"],
        session(request),
    )
    return ids[0] if len(ids) == 1 else _several(request, ids)


def _several(request: web.Request, ids: tuple[str, ...]) -> web.Response:
    name = request.match_info["name"]
    urls = [f"{data_path(request)}/sobjects/{name}/{record_id}" for record_id in ids]
    return json_reply(request, urls, status=300)


def _about_the_path(error: SalesforceError) -> SalesforceError:
    # An id in the path that names nothing is "not found"; the same code about a value is a 400.
    if error.code == "INVALID_CROSS_REFERENCE_KEY" and not error.fields:
        return HttpError(404, error.code, error.message, fields=error.fields)
    return error


def _without_attributes(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "attributes"}


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("POST", "/sobjects/{name}", create),
        data("GET", "/sobjects/{name}/{id}", read),
        data("PATCH", "/sobjects/{name}/{id}", update),
        data("DELETE", "/sobjects/{name}/{id}", delete),
        data("GET", "/sobjects/{name}/{field}/{value}", read_by_key),
        data("GET", "/sobjects/{name}/{field}/{value:[^/]+/.+?}", read_by_key),
        data("PATCH", "/sobjects/{name}/{field}/{value}", upsert),
        data("DELETE", "/sobjects/{name}/{field}/{value}", delete_by_key),
    ]
