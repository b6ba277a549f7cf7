"""Routes of the data API: every path takes a version and tolerates a slash at its end."""

from aiohttp import web

from salesforce_simulator.transport.call_log import Handler

DATA = r"/services/data/v{version:\d+\.\d}"


def route(method: str, path: str, handler: Handler) -> web.RouteDef:
    """Return a route whose path may end with a slash; GET answers HEAD too."""
    tolerant = path + "{slash:/?}"
    if method == "GET":
        return web.get(tolerant, handler, allow_head=True)
    return web.route(method, tolerant, handler)


def data(method: str, path: str, handler: Handler) -> web.RouteDef:
    """Return a route below ``/services/data/vN.N``."""
    return route(method, DATA + path, handler)


def version_of(request: web.Request) -> str:
    """Return the API version in the request's path, such as ``60.0``."""
    return request.match_info["version"]


def data_path(request: web.Request) -> str:
    """Return ``/services/data/vN.N`` with the request's version."""
    return f"/services/data/v{version_of(request)}"
