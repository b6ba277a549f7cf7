"""Sends a subrequest through the application's own routes."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from salesforce_simulator.protocols.gate import check_version
from salesforce_simulator.transport.call_log import Handler
from salesforce_simulator.transport.context import session, set_session, set_thread
from salesforce_simulator.transport.middleware import error_bodies
from salesforce_simulator.transport.subrequest import Subrequest

_TOLD = ("Location", "ETag", "Last-Modified")
_FIRST_FAILURE = 400


@dataclass(frozen=True)
class Call:
    """A subrequest: ``url`` is a path with its query string, ``body`` any JSON value or None."""

    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Answer:
    """What came of a subrequest; ``body`` is None where the reply has none."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def failed(self) -> bool:
        """Tell whether the status says so, or a row of an all-or-none collection."""
        return self.status >= _FIRST_FAILURE


async def dispatch(outer: web.Request, call: Call, thread: Executor | None = None) -> Answer:
    """Run a subrequest as the user of the outer one, in ``thread`` if one is given.

    Errors become answers, as they do for ordinary requests.
    """
    request = Subrequest(outer, call.method, call.url, call.body, call.headers)
    set_session(request, session(outer))
    if thread is not None:
        set_thread(request, thread)
    handler = await request.find_handler(outer.app)
    reply = await error_bodies(request, _behind_version_check(handler))
    content = reply.body if isinstance(reply, web.Response) else None
    body = orjson.loads(content) if isinstance(content, bytes) and content else None
    headers = {name: reply.headers[name] for name in _TOLD if name in reply.headers}
    return Answer(reply.status, body, headers)


def _behind_version_check(handler: Handler) -> Handler:
    async def checked(request: web.Request) -> web.StreamResponse:
        version = request.match_info.get("version")
        if version is not None:
            check_version(version)
        return await handler(request)

    return checked
