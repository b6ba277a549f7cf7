"""The identity URL: who a session belongs to, and where that user's APIs are."""

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import Session
from salesforce_simulator.protocols.routing import route
from salesforce_simulator.transport.context import base_url, in_thread, organisation
from salesforce_simulator.transport.replies import json_reply

_SHORT_ID = 15  # the SOAP addresses inside carry the 15-character organisation id

_PATHS = {
    "enterprise": "/services/Soap/c/{version}/",
    "metadata": "/services/Soap/m/{version}/",
    "partner": "/services/Soap/u/{version}/",
    "rest": "/services/data/v{version}/",
    "sobjects": "/services/data/v{version}/sobjects/",
    "search": "/services/data/v{version}/search/",
    "query": "/services/data/v{version}/query/",
    "recent": "/services/data/v{version}/recent/",
    "tooling_soap": "/services/Soap/T/{version}/",
    "tooling_rest": "/services/data/v{version}/tooling/",
}


async def get_identity(request: web.Request) -> web.Response:
    """GET /id/ORGANISATION/USER with a session in the header or in ``oauth_token``.

    Unlike the data API it answers 403 with a bare word when the token is missing or dead.
    """
    token = _token(request)
    if not token:
        return _refuse("Missing_OAuth_Token")
    try:
        caller = await in_thread(request, organisation(request).session, token)
    except SalesforceError:
        return _refuse("Bad_OAuth_Token")
    if request.match_info["organisation_id"][:_SHORT_ID] != caller.organisation_id[:_SHORT_ID]:
        return _refuse("Wrong_Org")
    return json_reply(request, _identity(base_url(request), caller))


def _token(request: web.Request) -> str:
    header = request.headers.get("Authorization", "")
    return header.partition(" ")[2].strip() or request.query.get("oauth_token", "")


def _refuse(word: str) -> web.Response:
    return web.Response(status=403, text=word, content_type="text/plain")


def _identity(server: str, caller: Session) -> dict[str, object]:
    user = caller.user
    short_id = caller.organisation_id[:_SHORT_ID]
    urls = {
        name: server + path + (short_id if "/Soap/" in path else "")
        for name, path in _PATHS.items()
    }
    return {
        "id": f"{server}/id/{caller.organisation_id}/{caller.user_id}",
        "asserted_user": True,
        "user_id": caller.user_id,
        "organization_id": caller.organisation_id,
        "username": caller.username,
        "display_name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "first_name": user["FirstName"],
        "last_name": user["LastName"],
        "timezone": user["TimeZoneSidKey"],
        "urls": {**urls, "profile": f"{server}/{caller.user_id}"},
        "active": True,
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
    }


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [route("GET", "/id/{organisation_id}/{user_id}", get_identity)]
