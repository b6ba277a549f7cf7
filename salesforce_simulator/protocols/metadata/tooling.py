"""Custom fields in the Tooling API: /tooling/sobjects/CustomField."""

from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.errors import not_found
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.metadata.json_form import from_json, to_json
from salesforce_simulator.organisation.metadata.nodes import Node
from salesforce_simulator.organisation.metadata.results import FileProperties, SaveOutcome
from salesforce_simulator.protocols.metadata.operations import component_of
from salesforce_simulator.protocols.routing import data, data_path
from salesforce_simulator.transport.bodies import read_object
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply, no_content

_TYPE = "CustomField"
_PATH = f"/tooling/sobjects/{_TYPE}"
_FIELD_PATH = _PATH + r"/{id:\w{15,18}}"  # no other words, such as describe


async def create(request: web.Request) -> web.Response:
    """POST ``{FullName, Metadata}``: 201 with the id of the new field."""
    body = await read_object(request)
    full_name = body.get("FullName")
    if not isinstance(full_name, str) or "." not in full_name:
        raise _missing("FullName")
    outcome = await _save(request, full_name, body, new=True)
    return json_reply(request, {"id": outcome.id, "success": True, "errors": []}, status=201)


async def update(request: web.Request) -> web.Response:
    """PATCH ``{Metadata}``: 204."""
    found = await _find(request)
    await _save(request, found.full_name, await read_object(request), new=False)
    return no_content()


async def delete(request: web.Request) -> web.Response:
    """DELETE a field: 204."""
    found = await _find(request)
    metadata = organisation(request).metadata
    (outcome,) = await in_thread(
        request, metadata.delete, session(request), _TYPE, [found.full_name]
    )
    _raise_for(outcome)
    return no_content()


async def get(request: web.Request) -> web.Response:
    """GET a field with its definition."""
    found = await _find(request)
    metadata = organisation(request).metadata
    names = [found.full_name]
    (component,) = await in_thread(request, metadata.read, session(request), _TYPE, names)
    if component is None:
        raise not_found()
    sobject, _, name = found.full_name.partition(".")
    url = f"{data_path(request)}{_PATH}/{found.id}"
    body = {
        "attributes": {"type": _TYPE, "url": url},
        "Id": found.id,
        "DeveloperName": name.removesuffix("__c"),
        "TableEnumOrId": sobject,
        "NamespacePrefix": None,
        "FullName": found.full_name,
        "Metadata": _metadata(component.definition),
        "CreatedDate": found.created_at,
        "CreatedById": found.created_by,
        "LastModifiedDate": found.modified_at,
        "LastModifiedById": found.modified_by,
    }
    return json_reply(request, body)


def _metadata(definition: Node) -> dict[str, Any]:
    """Return a field's definition; its name stands outside."""
    result = to_json(definition, _TYPE, whole=True)
    del result["fullName"]
    return result


async def _find(request: web.Request) -> FileProperties:
    metadata = organisation(request).metadata
    wanted = normalise_id(request.match_info["id"])
    fields = await in_thread(request, metadata.list, session(request), [(_TYPE, None)])
    found = next((field for field in fields if field.id == wanted), None)
    if found is None:
        raise not_found()
    return found


async def _save(
    request: web.Request, full_name: str, body: dict[str, Any], *, new: bool
) -> SaveOutcome:
    given = body.get("Metadata")
    if not isinstance(given, dict):
        raise _missing("Metadata")
    try:
        elements = from_json(given, _TYPE)
    except ValueError as problem:
        raise HttpError(400, "JSON_PARSER_ERROR", str(problem)) from problem
    component = component_of(_TYPE, full_name, Node(_TYPE, children=elements))
    metadata = organisation(request).metadata
    (outcome,) = await in_thread(
        request, metadata.save, session(request), [component], create=new, update=not new
    )
    _raise_for(outcome)
    return outcome


def _missing(name: str) -> HttpError:
    message = f"Required fields are missing: [{name}]"
    return HttpError(400, "REQUIRED_FIELD_MISSING", message, [name])


def _raise_for(outcome: SaveOutcome) -> None:
    if not outcome.success:
        raise HttpError(400, outcome.code or "", outcome.message or "", [])


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("POST", _PATH, create),
        data("GET", _FIELD_PATH, get),
        data("PATCH", _FIELD_PATH, update),
        data("DELETE", _FIELD_PATH, delete),
    ]
