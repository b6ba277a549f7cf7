"""The authorize endpoint: the person logs in, agrees or not, and goes back to the app."""

from aiohttp import web

from salesforce_simulator.organisation.oauth.apps import App
from salesforce_simulator.organisation.oauth.authorization import AuthorizationRequest
from salesforce_simulator.organisation.oauth.errors import (
    OAuthError,
    RedirectedError,
    with_parameters,
)
from salesforce_simulator.organisation.oauth.scopes import sentences
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.protocols.oauth.browser import (
    confirmation,
    is_confirmed,
    log_in,
    person,
)
from salesforce_simulator.protocols.oauth.forms import read_form
from salesforce_simulator.protocols.oauth.pages import consent_page, error_page, login_page
from salesforce_simulator.protocols.routing import route
from salesforce_simulator.transport.context import in_thread, organisation

_DENIED = "end-user denied authorization"
_LOG_IN_AGAIN = frozenset({"login", "select_account"})


async def authorize(request: web.Request) -> web.StreamResponse:
    """GET shows the page that is due; POST is one of its forms.

    ``prompt=login`` asks for the password once more, ``prompt=consent`` for the
    agreement; ``login_hint`` fills in the user name.
    """
    oauth = organisation(request).oauth
    try:
        app, asked = await in_thread(request, oauth.read_request, dict(request.query))
        if request.method == "POST":
            return await _answer_form(request, app, asked)
        return await _next_page(request, app, asked)
    except RedirectedError as refusal:
        return _redirect(refusal.location)
    except OAuthError as refusal:
        return error_page(refusal.error, refusal.description)


async def _next_page(
    request: web.Request, app: App, asked: AuthorizationRequest
) -> web.StreamResponse:
    who = await person(request)
    if who is None or not _LOG_IN_AGAIN.isdisjoint(_prompts(request)):
        return login_page(organisation(request).name, request.query.get("login_hint", ""))
    return await _consent(request, app, asked, who)


async def _consent(
    request: web.Request, app: App, asked: AuthorizationRequest, who: Session
) -> web.StreamResponse:
    oauth = organisation(request).oauth
    is_new = await in_thread(request, oauth.needs_consent, app, asked, who)
    if is_new or "consent" in _prompts(request):
        proof = confirmation(who, request)
        return consent_page(app.name, who.username, sentences(asked.scopes), proof)
    return await _give_code(request, asked, who)


async def _answer_form(
    request: web.Request, app: App, asked: AuthorizationRequest
) -> web.StreamResponse:
    form = await read_form(request)
    if "username" in form:
        left = " ".join(p for p in _prompts(request) if p not in _LOG_IN_AGAIN)
        back = request.rel_url.update_query(prompt=left) if _prompts(request) else request.rel_url
        return await log_in(request, form["username"], form.get("pw", ""), str(back))
    who = await person(request)
    if who is None:
        return login_page(organisation(request).name, "")
    if not is_confirmed(form, who, request):
        return await _consent(request, app, asked, who)
    if "save" not in form:
        raise RedirectedError("access_denied", _DENIED, asked.redirect_uri, asked.state)
    return await _give_code(request, asked, who)


def _prompts(request: web.Request) -> list[str]:
    return request.query.get("prompt", "").split()


async def _give_code(
    request: web.Request, asked: AuthorizationRequest, who: Session
) -> web.StreamResponse:
    code = await in_thread(request, organisation(request).oauth.codes.issue, who.user_id, asked)
    return _redirect(with_parameters(asked.redirect_uri, {"code": code, "state": asked.state}))


def _redirect(location: str) -> web.Response:
    return web.Response(
        status=302, headers={"Location": location, "Cache-Control": "no-cache, no-store"}
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        route("GET", "/services/oauth2/authorize", authorize),
        route("POST", "/services/oauth2/authorize", authorize),
    ]
