"""Broken networks and failing answers on purpose, by rules that a test sets.

A rule is a JSON object ``{match: {method?, path?}, nth? | every?, action}``. ``path`` is a regular
expression searched in path and query string. ``nth`` picks one matching call (1 is the first),
``every`` each n-th; without both each matching call is hit. The action holds one or more of:

``status`` with ``body`` and ``headers``
    answer with these and do no work;
``cut_at``
    do the work, send the header and that many bytes of the body, then close the connection;
``lose_reply``
    do the work and close the connection without a byte of answer;
``delay_seconds``
    wait before anything else.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from aiohttp import web

from salesforce_simulator.transport.call_log import Handler

_END_OF_HEADER = b"\r\n\r\n"


@dataclass(frozen=True)
class Action:
    """What happens to a call that a rule picks."""

    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_at: int | None = None
    lose_reply: bool = False
    delay_seconds: float = 0.0


@dataclass
class Rule:
    """One rule and how many calls it has matched."""

    method: str | None
    path: re.Pattern[str]
    action: Action
    nth: int | None = None
    every: int = 1
    matched: int = 0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Rule":
        """Read a rule; raises TypeError, KeyError or re.error when it is not one."""
        match = data.get("match", {})
        return cls(
            method=match.get("method"),
            path=re.compile(match.get("path", "")),
            action=Action(**data["action"]),
            nth=data.get("nth"),
            every=data.get("every", 1),
        )

    def picks(self, method: str, path: str) -> bool:
        """Count the call if it matches and tell whether it is one to break."""
        if self.method not in (None, method) or not self.path.search(path):
            return False
        self.matched += 1
        if self.nth is not None:
            return self.matched == self.nth
        return self.matched % self.every == 0


class FaultRules:
    """The rules in force; the first one that picks a call decides."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def action_for(self, method: str, path: str) -> Action | None:
        """Return what shall happen to this call, or None; every matching rule counts the call."""
        picked = [rule.action for rule in self.rules if rule.picks(method, path)]
        return picked[0] if picked else None


FAULTS = web.AppKey("faults", FaultRules)
_CUT = web.RequestKey("cut", bool)


@web.middleware
async def break_calls(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Apply the rules to every call but those of the control endpoint."""
    if request.path.startswith("/__control__/"):
        return await handler(request)
    action = request.config_dict[FAULTS].action_for(request.method, request.path_qs)
    if action is None:
        return await handler(request)
    await asyncio.sleep(action.delay_seconds)
    if action.status is not None:
        return _answer(action, action.status)
    if action.lose_reply:
        _cut(request, None)
    elif action.cut_at is not None:
        _cut(request, action.cut_at)
    return await handler(request)


def _answer(action: Action, status: int) -> web.Response:
    headers = dict(action.headers)
    if isinstance(action.body, str) or action.body is None:
        headers.setdefault("Content-Type", "text/html;charset=UTF-8")
        return web.Response(status=status, body=(action.body or "").encode(), headers=headers)
    headers.setdefault("Content-Type", "application/json;charset=UTF-8")
    return web.Response(status=status, body=orjson.dumps(action.body), headers=headers)


def _cut(request: web.Request, body_bytes: int | None) -> None:
    protocol = request.protocol
    if protocol.transport is not None:
        cutter = _CuttingTransport(protocol.transport, body_bytes)
        protocol.transport = cast("asyncio.Transport", cutter)
    request[_CUT] = True


async def close_after_cut(request: web.Request, response: web.StreamResponse) -> None:
    """Let no second request use a connection with a cutter in it; a short body leaves it open."""
    if request.get(_CUT):
        response.force_close()


class _CuttingTransport:
    """A transport that closes after so many bytes of a body, or at once when that is None."""

    def __init__(self, inner: asyncio.Transport, body_bytes: int | None) -> None:
        self._inner = inner
        self._left = body_bytes
        self._in_body = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Pass on what is still allowed, then close."""
        if self._left is None:
            self._inner.close()
            return
        chunk = bytes(data)
        if not self._in_body:
            head, separator, chunk = chunk.partition(_END_OF_HEADER)
            self._in_body = bool(separator)
            self._inner.write(head + separator)
        self._inner.write(chunk[: self._left])
        self._left -= min(self._left, len(chunk))
        if self._left == 0:
            self._inner.close()

    def writelines(self, chunks: list[bytes | bytearray | memoryview]) -> None:
        """Join the chunks: aiohttp sends header and body in one call."""
        self.write(b"".join(chunks))
