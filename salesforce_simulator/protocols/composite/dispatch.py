"""Sends a subrequest through the application's own routes."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from salesforce_simulator.protocols.inside import serve
from salesforce_simulator.transport.context import set_thread
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
    if thread is not None:
        set_thread(request, thread)
    reply = await serve(outer, request)
    content = reply.body if isinstance(reply, web.Response) else None
    told = {name: reply.headers[name] for name in _TOLD if name in reply.headers}
    return Answer(reply.status, _json(content), told)


def _json(content: object) -> Any:
    """Return the JSON value of a reply's body, or None when there is no body."""
    return orjson.loads(content) if isinstance(content, bytes) and content else None
