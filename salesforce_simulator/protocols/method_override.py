"""``POST ...?_HttpMethod=PATCH``: for clients that cannot send the method they mean."""

from aiohttp import web

from salesforce_simulator.protocols.inside import serve
from salesforce_simulator.transport.call_log import Handler
from salesforce_simulator.transport.subrequest import Subrequest

_PARAMETER = "_HttpMethod"
_METHODS = frozenset({"PATCH", "DELETE", "GET", "PUT"})


@web.middleware
async def override_method(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Serve a POST to the data API by the method that its parameter names."""
    method = request.query.get(_PARAMETER, "").upper()
    if request.method != "POST" or method not in _METHODS:
        return await handler(request)
    if not request.path.startswith("/services/data/"):
        return await handler(request)
    body = await request.read()
    inner = Subrequest(request, method, str(request.rel_url), body, request.headers)
    return await serve(request, inner)
