"""Searches with SOSL: /search?q=."""

from aiohttp import web

from salesforce_simulator.protocols.routing import data, version_of
from salesforce_simulator.sosl.statement import malformed
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.replies import json_reply

_IN_AN_OBJECT_SINCE = 37.0  # older versions answer with the bare list


async def search(request: web.Request) -> web.Response:
    """GET /search?q=FIND...: the records that hold the words, object by object."""
    text = request.query.get("q")
    if not text:
        raise malformed("No search term found. The search term must be enclosed in braces.")
    run = organisation(request).search
    records = await in_thread(request, run, text, session(request), version_of(request))
    if float(version_of(request)) < _IN_AN_OBJECT_SINCE:
        return json_reply(request, records)
    return json_reply(request, {"searchRecords": records})


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [data("GET", "/search", search)]
