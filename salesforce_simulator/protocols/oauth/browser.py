"""A person's own session in the browser: the cookie ``sid``, as the log-in page sets it."""

import hmac
from collections.abc import Mapping

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.protocols.oauth.pages import WRONG_LOGIN, login_page
from salesforce_simulator.transport.context import client_address, in_thread, organisation

_COOKIE = "sid"


async def person(request: web.Request) -> Session | None:
    """Return who is logged in in this browser, or None."""
    org = organisation(request)
    try:
        return await in_thread(
            request, org.sessions.use, request.cookies.get(_COOKIE, ""), for_api=False
        )
    except SalesforceError:
        return None


async def log_in(
    request: web.Request, username: str, password: str, back_to: str
) -> web.StreamResponse:
    """Check the log-in form: on to `back_to` with a cookie, or the form again."""
    org = organisation(request)
    try:
        session = await in_thread(
            request, org.logins.by_page, username, password, client_address(request)
        )
    except SalesforceError:  # people are never told which of the reasons it was
        return login_page(org.name, username, WRONG_LOGIN)
    response = web.Response(status=303, headers={"Location": back_to})
    response.set_cookie(
        _COOKIE, session.id, httponly=True, secure=request.secure, samesite="Lax", path="/"
    )
    return response


def confirmation(session: Session, request: web.Request) -> str:
    """Return what proves that a form was shown to this session at this address."""
    return hmac.digest(session.id.encode(), request.raw_path.encode(), "sha256").hex()


def is_confirmed(form: Mapping[str, str], session: Session, request: web.Request) -> bool:
    """Tell whether a form is the one that was shown to this session at this address."""
    given = form.get("confirmation", "").encode()
    return hmac.compare_digest(given, confirmation(session, request).encode())
