"""The part of ``/__control__/`` that makes a signed request without a page."""

import orjson
from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.oauth.errors import OAuthError
from salesforce_simulator.protocols.oauth.canvas import read_shown
from salesforce_simulator.protocols.oauth.canvas_context import signed_request
from salesforce_simulator.transport.bodies import read_object
from salesforce_simulator.transport.context import in_thread, organisation
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply


async def make_signed_request(request: web.Request) -> web.Response:
    """POST ``{client_id, username, record?, location?, fields?, parameters?}``.

    Answers with ``signed_request``, whether or not the user has approved the
    app, and the app's ``canvas_url``.
    """
    data = await read_object(request)
    app = organisation(request).apps.find(str(data.get("client_id", "")))
    if app is None:
        raise HttpError(400, "INVALID_CONTROL_CALL", "no app has this client_id")
    if "parameters" in data:
        data["parameters"] = orjson.dumps(data["parameters"]).decode()
    try:
        row = await in_thread(request, organisation(request).users.get, str(data.get("username")))
        shown = read_shown(data)
    except (SalesforceError, OAuthError) as problem:
        raise HttpError(400, "INVALID_CONTROL_CALL", str(problem)) from problem
    text = await in_thread(request, signed_request, request, app, row, shown)
    return json_reply(request, {"signed_request": text, "canvas_url": app.canvas_url})


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [web.post("/__control__/canvas", make_signed_request)]
