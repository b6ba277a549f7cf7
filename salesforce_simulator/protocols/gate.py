"""What every call of an API has to pass: a living version, a session, the daily limit."""

import re
from email.utils import format_datetime
from urllib.parse import urlsplit

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError, not_found
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.protocols import versions
from salesforce_simulator.transport.call_log import Handler
from salesforce_simulator.transport.context import USAGE, in_thread, organisation, set_session
from salesforce_simulator.transport.usage import COUNTED

_DATA_PATH = re.compile(r"/services/data/v(?P<version>[^/]+)")
_AUTHORIZATION = re.compile(r"(?:Bearer|OAuth)\s+(?P<id>\S+)\s*", re.IGNORECASE)


@web.middleware
async def data_gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check version, session and limit of a data call, in this order; let others through."""
    match = _DATA_PATH.match(request.path)
    if match is None:
        return await handler(request)
    check_version(match["version"], organisation(request).policies.current.oldest_api_version)
    await admit(request, _session_id(request))
    return await handler(request)


async def admit(
    request: web.Request, session_id: str, *, even_expired_password: bool = False
) -> Session:
    """Return the living session of this id and count the call, whichever API it is for.

    Raises INVALID_SESSION_ID, and REQUEST_LIMIT_EXCEEDED when the day's calls are used up. Calls
    without a session do not count.
    """
    org = organisation(request)
    _check_host(request, org.policies.current.instance_url)
    session = await in_thread(
        request, org.session, session_id, even_expired_password=even_expired_password
    )
    set_session(request, session)
    usage = request.config_dict[USAGE]
    usage.add()
    request[COUNTED] = True
    if usage.used > usage.maximum:
        raise SalesforceError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    return session


def check_version(version: str, oldest: int = versions.OLDEST) -> None:
    """Raise 410 for a retired version and 404 for one that never was."""
    if versions.is_supported(version, oldest):
        return
    if versions.is_retired(version, oldest):
        message = f"The requested resource is retired: API version {version}"
        raise SalesforceError("UNSUPPORTED_API_VERSION", message)
    raise not_found()


def _check_host(request: web.Request, instance_url: str | None) -> None:
    """Refuse sessions at a host that the organisation has moved away from."""
    if instance_url is not None and urlsplit(instance_url).netloc != request.host:
        raise SalesforceError("INVALID_SESSION_ID", "Session expired or invalid")


def _session_id(request: web.Request) -> str:
    header = request.headers.get("Authorization")
    if header is None:
        raise SalesforceError("INVALID_SESSION_ID", "Session expired or invalid")
    match = _AUTHORIZATION.fullmatch(header)
    if match is None:
        raise SalesforceError("INVALID_AUTH_HEADER", "INVALID_AUTH_HEADER")
    return match["id"]


async def add_date(request: web.Request, response: web.StreamResponse) -> None:
    """Date every answer by the organisation's clock, which tests may move."""
    response.headers["Date"] = format_datetime(organisation(request).now(), usegmt=True)


async def add_limit_info(request: web.Request, response: web.StreamResponse) -> None:
    """Put Sforce-Limit-Info on every answer to a counted call, streams included."""
    if request.get(COUNTED):
        response.headers["Sforce-Limit-Info"] = request.config_dict[USAGE].header()
