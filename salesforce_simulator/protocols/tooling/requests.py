"""The Tooling API's resources: /tooling/query, /tooling/sobjects and what lies below."""

from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.describe import describe_global, describe_sobject
from salesforce_simulator.organisation.errors import not_found
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.protocols.routing import data, data_path, version_of
from salesforce_simulator.protocols.tooling.query import tooling_query
from salesforce_simulator.protocols.tooling.tables import tooling_catalogue
from salesforce_simulator.soql.query import describe_query
from salesforce_simulator.transport.bodies import flag
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply


async def list_resources(request: web.Request) -> web.Response:
    """GET /tooling: the resources below it with their paths."""
    base = f"{data_path(request)}/tooling"
    return json_reply(request, {name: f"{base}/{name}" for name in ("query", "sobjects")})


async def query(request: web.Request) -> web.Response:
    """GET /tooling/query?q=: records of the organisation's set-up.

    With ``columns=true`` the columns are told instead.
    """
    soql = request.query.get("q")
    if not soql:
        raise HttpError(400, "MALFORMED_QUERY", "A query string has to be specified")
    if flag(request.query.get("columns")):
        return json_reply(request, describe_query(tooling_catalogue(), soql))
    return json_reply(request, await _run(request, soql))


async def list_objects(request: web.Request) -> web.Response:
    """GET /tooling/sobjects: the objects of the Tooling API."""
    return json_reply(
        request, _below_tooling(describe_global(tooling_catalogue(), version_of(request)))
    )


async def describe(request: web.Request) -> web.Response:
    """GET /tooling/sobjects/X/describe: one of them with its fields."""
    catalogue = tooling_catalogue()
    sobject = catalogue.get(request.match_info["name"])
    body = describe_sobject(catalogue, sobject, [], version_of(request))
    return json_reply(request, _below_tooling(body))


async def read(request: web.Request) -> web.Response:
    """GET /tooling/sobjects/X/ID: one record with all its fields."""
    sobject = tooling_catalogue().get(request.match_info["name"])
    wanted = normalise_id(request.match_info["id"]) or request.match_info["id"]
    if "'" in wanted or "\\" in wanted:
        raise not_found()
    fields = ", ".join(field.name for field in sobject.fields)
    soql = f"SELECT {fields} FROM {sobject.name} WHERE Id = '{wanted}'"  # noqa: S608 - SOQL
    found = (await _run(request, soql))["records"]
    if not found:
        raise not_found()
    return json_reply(request, found[0])


async def _run(request: web.Request, soql: str) -> dict[str, Any]:
    return await in_thread(
        request, tooling_query, organisation(request), session(request), soql, version_of(request)
    )


def _below_tooling(value: Any) -> Any:
    """Return a describe whose paths lead below /tooling."""
    if isinstance(value, str):
        return value.replace("/sobjects/", "/tooling/sobjects/") if value[:1] == "/" else value
    if isinstance(value, list):
        return [_below_tooling(item) for item in value]
    if isinstance(value, dict):
        return {name: _below_tooling(item) for name, item in value.items()}
    return value


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("GET", "/tooling", list_resources),
        data("GET", "/tooling/query", query),
        data("GET", "/tooling/sobjects", list_objects),
        data("GET", "/tooling/sobjects/{name}/describe", describe),
        data("GET", "/tooling/sobjects/{name}/{id}", read),
    ]
