"""A request that came inside another one: in its body, or by a rule that it met."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from salesforce_simulator.transport.call_log import Handler

# What a subrequest takes over from the request around it.
_INHERITED = ("Accept", "Authorization", "Host", "Sforce-Call-Options")


class Subrequest(web.Request):
    """A request over the connection of another one, ``outer``.

    ``url`` is a path with its query string, ``body`` any JSON value, the bytes of a body, or None.
    """

    def __init__(
        self,
        outer: web.Request,
        method: str,
        url: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        given = CIMultiDict({"Content-Type": "application/json"})
        given.update({name: outer.headers[name] for name in _INHERITED if name in outer.headers})
        given.update(headers or {})
        message = RawRequestMessage(
            method=method,
            path=url,
            version=HttpVersion11,
            headers=CIMultiDictProxy(given),
            raw_headers=(),
            should_close=False,
            compression=None,
            upgrade=False,
            chunked=False,
            url=URL(url),
        )
        loop = asyncio.get_running_loop()
        super().__init__(message, EMPTY_PAYLOAD, outer.protocol, outer.writer, outer.task, loop)
        self._match_info = outer.match_info
        self._read_bytes = body if isinstance(body, bytes) else _bytes(body)

    async def find_handler(self, app: web.Application) -> Handler:
        """Return the handler that the application has for this request."""
        self._match_info = await app.router.resolve(self)
        self._match_info.add_app(app)
        return self._match_info.handler


def _bytes(body: Any) -> bytes:
    return b"" if body is None else orjson.dumps(body)
