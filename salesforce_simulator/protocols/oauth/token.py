"""The token endpoint, and what ends or describes a token."""

from aiohttp import web

from salesforce_simulator.organisation.oauth.errors import OAuthError
from salesforce_simulator.protocols.oauth.forms import oauth_errors, parameters, place, reply
from salesforce_simulator.protocols.routing import route
from salesforce_simulator.transport.context import in_thread, organisation


@oauth_errors
async def token(request: web.Request) -> web.StreamResponse:
    """POST a form with a grant: the access token."""
    form = await parameters(request)
    granted = await in_thread(request, organisation(request).oauth.token, form, place(request))
    return reply(request, granted)


@oauth_errors
async def only_by_post(_request: web.Request) -> web.StreamResponse:
    """GET is refused: what it carries would end up in logs."""
    raise OAuthError("invalid_request", "must use HTTP POST")


@oauth_errors
async def revoke(request: web.Request) -> web.StreamResponse:
    """GET or POST ``token``: 200 without a body once it is dead."""
    form = await parameters(request)
    oauth = organisation(request).oauth
    await in_thread(request, oauth.revoke, form.get("token", ""), form.get("token_type_hint"))
    return web.Response()


@oauth_errors
async def introspect(request: web.Request) -> web.StreamResponse:
    """POST a ``token`` with the app's credentials: whether it lives, and for whom."""
    form = await parameters(request)
    oauth = organisation(request).oauth
    return reply(request, await in_thread(request, oauth.introspect, form, place(request)))


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        route("POST", "/services/oauth2/token", token),
        route("GET", "/services/oauth2/token", only_by_post),
        route("POST", "/services/oauth2/revoke", revoke),
        route("GET", "/services/oauth2/revoke", revoke),
        route("POST", "/services/oauth2/introspect", introspect),
    ]
