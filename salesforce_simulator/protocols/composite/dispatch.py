"""Sends a subrequest through the application's own routes."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from salesforce_simulator.protocols.gate import check_version
from salesforce_simulator.transport.call_log import Handler
from salesforce_simulator.transport.context import session, set_session, set_thread
from salesforce_simulator.transport.middleware import error_bodies

# What a subrequest takes over from the request around it.
_INHERITED = ("Accept", "Authorization", "Content-Type", "Host", "Sforce-Call-Options")
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


class Subrequest(web.Request):
    """A request that came in the body of another one, over the other one's connection."""

    def __init__(self, outer: web.Request, call: Call) -> None:
        headers = CIMultiDict(
            {name: outer.headers[name] for name in _INHERITED if name in outer.headers}
        )
        headers.update(call.headers or {})
        url = URL(call.url)
        message = RawRequestMessage(
            method=call.method,
            path=call.url,
            version=HttpVersion11,
            headers=CIMultiDictProxy(headers),
            raw_headers=(),
            should_close=False,
            compression=None,
            upgrade=False,
            chunked=False,
            url=url,
        )
        loop = asyncio.get_running_loop()
        super().__init__(message, EMPTY_PAYLOAD, outer.protocol, outer.writer, outer.task, loop)
        self._read_bytes = b"" if call.body is None else orjson.dumps(call.body)

    async def find_handler(self, app: web.Application) -> Handler:
        """Return the handler that the application has for this request."""
        self._match_info = await app.router.resolve(self)
        self._match_info.add_app(app)
        return self._match_info.handler


async def dispatch(outer: web.Request, call: Call, thread: Executor | None = None) -> Answer:
    """Run a subrequest as the user of the outer one, in ``thread`` if one is given.

    Errors become answers, as they do for ordinary requests.
    """
    request = Subrequest(outer, call)
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
