"""The page that shows an app inside Salesforce, and posts the signed request to it."""

from collections.abc import Mapping

import orjson
from aiohttp import web

from salesforce_simulator.organisation.errors import not_found
from salesforce_simulator.organisation.oauth.apps import App
from salesforce_simulator.organisation.oauth.errors import OAuthError, app_blocked
from salesforce_simulator.organisation.oauth.scopes import sentences
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.protocols.oauth.browser import (
    confirmation,
    is_confirmed,
    log_in,
    person,
)
from salesforce_simulator.protocols.oauth.canvas_context import Shown, signed_request
from salesforce_simulator.protocols.oauth.forms import read_form
from salesforce_simulator.protocols.oauth.pages import (
    canvas_page,
    consent_page,
    error_page,
    login_page,
)
from salesforce_simulator.protocols.routing import route
from salesforce_simulator.transport.context import in_thread, organisation


async def show(request: web.Request) -> web.StreamResponse:
    """GET /canvas/APP (its name or consumer key) with ``record``, ``location`` and the like.

    A person who is not logged in does that first; one who has not approved the
    app is asked, unless administrators decide on its users.
    """
    app = _app(request)
    form = await read_form(request)
    if "username" in form:
        username, password = form["username"], form.get("pw", "")
        return await log_in(request, username, password, str(request.rel_url))
    who = await person(request)
    if who is None:
        return login_page(organisation(request).name, "")
    proof = confirmation(who, request)
    agreed = is_confirmed(form, who, request) and "save" in form
    oauth = organisation(request).oauth
    try:
        if app.blocked:
            raise app_blocked()
        if await in_thread(request, oauth.needs_approval, app, who, agreed=agreed):
            return consent_page(app.name, who.username, sentences(app.scopes), proof)
        shown = read_shown(request.query)
    except OAuthError as refusal:
        return error_page(refusal.error, refusal.description)
    return await _embedded(request, app, who, shown)


async def _embedded(
    request: web.Request, app: App, who: Session, shown: Shown
) -> web.StreamResponse:
    row = await in_thread(request, organisation(request).users.get, who.username)
    text = await in_thread(request, signed_request, request, app, row, shown)
    return canvas_page(app.name, app.canvas_url or "", text)


def _app(request: web.Request) -> App:
    apps, key = organisation(request).apps, request.match_info["app"]
    app = apps.find(key) or apps.find_named(key)
    if app is None or app.canvas_url is None:
        raise not_found()
    return app


def read_shown(values: Mapping[str, str]) -> Shown:
    """Read where an app is shown; ``fields`` has commas between names.

    Raises OAuthError unless ``parameters`` is a JSON object.
    """
    try:
        parameters = orjson.loads(values.get("parameters", "{}"))
    except orjson.JSONDecodeError:
        parameters = None
    if not isinstance(parameters, dict):
        raise OAuthError("invalid_request", "parameters must be a JSON object")
    return Shown(
        record_id=values.get("record"),
        location=values.get("location", "PageLayout"),
        fields=tuple(filter(None, values.get("fields", "").split(","))),
        parameters=parameters,
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [route("GET", "/canvas/{app}", show), route("POST", "/canvas/{app}", show)]
