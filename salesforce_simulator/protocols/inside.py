"""Serves a request that came inside another one, in the same user's name."""

from aiohttp import web

from salesforce_simulator.protocols.gate import check_version
from salesforce_simulator.transport.context import organisation, session, set_session
from salesforce_simulator.transport.middleware import error_bodies
from salesforce_simulator.transport.subrequest import Subrequest


async def serve(outer: web.Request, request: Subrequest) -> web.StreamResponse:
    """Return the reply of the route that fits the inner request; errors become replies too.

    It counts as no call of its own.
    """
    set_session(request, session(outer))
    await request.find_handler(outer.app)
    return await error_bodies(request, _behind_version_check)


async def _behind_version_check(request: web.Request) -> web.StreamResponse:
    version = request.match_info.get("version")
    if version is not None:
        check_version(version, organisation(request).policies.current.oldest_api_version)
    return await request.match_info.handler(request)
