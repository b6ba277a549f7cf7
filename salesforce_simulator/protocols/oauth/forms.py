"""What the OAuth endpoints share: parameters in, JSON or an OAuth error out."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.oauth.errors import OAuthError
from salesforce_simulator.organisation.oauth.grants import Place
from salesforce_simulator.transport.call_log import Handler
from salesforce_simulator.transport.context import base_url, client_address, instance_url
from salesforce_simulator.transport.replies import json_reply

_FORMS = frozenset({"application/x-www-form-urlencoded", "application/octet-stream"})
_NOT_KEPT = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}


async def parameters(request: web.Request) -> dict[str, str]:
    """Return the parameters of query and form; the client's Basic credentials are among them."""
    found = {**request.query, **await read_form(request)}
    return {**found, **_basic(request.headers.get("Authorization", ""))}


async def read_form(request: web.Request) -> dict[str, str]:
    """Return the fields of a form in UTF-8; a body of another kind has none."""
    if request.content_type not in _FORMS:
        return {}
    body = (await request.read()).decode(errors="replace")
    return dict(parse_qsl(body, keep_blank_values=True))


def _basic(header: str) -> dict[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {"client_id": "", "client_secret": ""}
    return {"client_id": unquote(name), "client_secret": unquote(secret)}


def place(request: web.Request) -> Place:
    """Return where and by whom this request was made."""
    return Place(base_url(request), instance_url(request), client_address(request))


def reply(request: web.Request, data: object) -> web.Response:
    """Return a JSON answer that nobody may keep."""
    return json_reply(request, data, headers=_NOT_KEPT)


def oauth_errors(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Handler:
    """Wrap a handler so that its OAuthErrors become the endpoint's error object."""

    async def wrapped(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except OAuthError as problem:
            return _refusal(request, problem.error, problem.description)

    return wrapped


def error_reply(request: web.Request, error: SalesforceError) -> web.Response:
    """Return an error of another part of Salesforce in the form of these endpoints."""
    return _refusal(request, error.code, error.message)


def _refusal(request: web.Request, error: str, description: str) -> web.Response:
    body = {"error": error, "error_description": description}
    return json_reply(request, body, status=400, headers=_NOT_KEPT)
