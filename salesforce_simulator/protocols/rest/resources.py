"""The doors of the API: the versions, and the resources of one version."""

from aiohttp import web

from salesforce_simulator.protocols import versions
from salesforce_simulator.protocols.routing import data, data_path, route
from salesforce_simulator.transport.context import base_url, organisation, session
from salesforce_simulator.transport.replies import json_reply

_RESOURCES = (
    "sobjects",
    "query",
    "queryAll",
    "search",
    "composite",
    "limits",
    "recent",
    "jobs",
    "analytics",
    "metadata",
    "tooling",
)


async def list_versions(request: web.Request) -> web.Response:
    """GET /services/data: every version that is served; needs no session."""
    oldest = organisation(request).policies.current.oldest_api_version
    return json_reply(request, versions.catalogue(oldest))


async def list_resources(request: web.Request) -> web.Response:
    """GET /services/data/vN: resource names with their paths; ``identity`` is an absolute URL."""
    caller = session(request)
    resources = {name: f"{data_path(request)}/{name}" for name in _RESOURCES}
    identity = f"{base_url(request)}/id/{caller.organisation_id}/{caller.user_id}"
    return json_reply(request, {**resources, "identity": identity})


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        route("GET", "/services/data", list_versions),
        data("GET", "", list_resources),
    ]
