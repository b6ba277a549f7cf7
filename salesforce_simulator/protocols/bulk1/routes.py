"""The way into the first Bulk API: version, session, daily limit, and its own error bodies."""

from functools import wraps

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.bulk1.replies import bulk_error, error_reply
from salesforce_simulator.protocols.gate import admit, check_version
from salesforce_simulator.protocols.routing import route
from salesforce_simulator.transport.call_log import Handler
from salesforce_simulator.transport.context import organisation

_ASYNC = r"/services/async/{version:\d+\.\d}"


def async_route(method: str, path: str, handler: Handler) -> web.RouteDef:
    """Return a route below ``/services/async/NN.N`` that asks for a session in X-SFDC-Session."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            await _admit(request)
            return await handler(request)
        except SalesforceError as error:
            return error_reply(request, error)

    return route(method, _ASYNC + path, answer)


async def _admit(request: web.Request) -> None:
    policies = organisation(request).policies.current
    check_version(request.match_info["version"], policies.oldest_api_version)
    session_id = request.headers.get("X-SFDC-Session")
    if session_id is None:
        raise bulk_error("InvalidSessionId", "Unable to find X-SFDC-Session header")
    try:
        await admit(request, session_id)
    except SalesforceError as error:
        if error.code == "INVALID_SESSION_ID":
            raise bulk_error("InvalidSessionId", "Invalid session id") from error
        raise


async def unknown_address(request: web.Request) -> web.StreamResponse:
    """Answer everything else below ``/services/async``."""
    message = f"Destination URL not reset. The URL is not valid: {request.path}"
    return error_reply(request, bulk_error("InvalidUrl", message))
