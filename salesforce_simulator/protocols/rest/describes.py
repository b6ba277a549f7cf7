"""What objects and fields there are: the global describe and the describe of one object."""

from typing import Any

from aiohttp import web

from salesforce_simulator.protocols.rest.conditional import conditional_reply
from salesforce_simulator.protocols.rest.recent import recent_items
from salesforce_simulator.protocols.routing import data, version_of
from salesforce_simulator.transport.context import base_url, in_thread, organisation, session
from salesforce_simulator.transport.replies import json_reply


async def describe_global(request: web.Request) -> web.Response:
    """GET /sobjects: every object with its abilities; may answer 304."""
    body = await in_thread(
        request, organisation(request).describe_global, session(request), version_of(request)
    )
    return conditional_reply(request, body)


async def describe(request: web.Request) -> web.Response:
    """GET /sobjects/X/describe: the object with all its fields; may answer 304."""
    name = request.match_info["name"]
    body = await in_thread(
        request, organisation(request).describe, name, session(request), version_of(request)
    )
    prefix = body["keyPrefix"]
    # Pages are the only addresses in a describe that name the host.
    pages = {
        "uiDetailTemplate": f"{base_url(request)}/{{ID}}",
        "uiEditTemplate": f"{base_url(request)}/{{ID}}/e",
        "uiNewRecord": f"{base_url(request)}/{prefix}/e",
    }
    return conditional_reply(request, {**body, "urls": {**body["urls"], **pages}})


async def object_info(request: web.Request) -> web.Response:
    """GET /sobjects/X: the object without its fields, and the records that were seen last."""
    body = await in_thread(request, _object_info, request)
    return json_reply(request, body)


def _object_info(request: web.Request) -> dict[str, Any]:
    org, user = organisation(request), session(request)
    sobject = org.catalogue_for(user).get(request.match_info["name"])
    everything = org.describe_global(user, version_of(request))["sobjects"]
    entry = next(each for each in everything if each["name"] == sobject.name)
    return {"objectDescribe": entry, "recentItems": recent_items(request, sobject)}


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("GET", "/sobjects", describe_global),
        data("GET", "/sobjects/{name}", object_info),
        data("GET", "/sobjects/{name}/describe", describe),
    ]
