"""What was called: the newest calls, counts by resource, and one line in the request log each."""

import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from aiohttp import web

from salesforce_simulator.transport.usage import COUNTED

_KEPT_CALLS = 10_000
_log = logging.getLogger("salesforce_simulator.requests")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Call:
    """One request that was answered; ``status`` is 0 when the connection broke before an answer.

    ``counted`` tells whether it counts against the organisation's daily API calls.
    """

    method: str
    path: str
    query: str
    status: int
    seconds: float
    counted: bool


class CallLog:
    """Remembers calls in memory for tests that count them."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=_KEPT_CALLS)
        self._counts: Counter[str] = Counter()
        self._counted = 0

    def add(self, resource: str, call: Call) -> None:
        """Remember a call under its resource, such as ``GET /services/data/v{version}/limits``."""
        self._calls.append(call)
        self._counts[resource] += 1
        self._counted += call.counted
        # Query strings hold SOQL and with it people's addresses: they stay out of the file.
        _log.info("%s %s %d %.3fs", call.method, call.path, call.status, call.seconds)

    def clear(self) -> None:
        """Forget everything."""
        self._calls.clear()
        self._counts.clear()
        self._counted = 0

    def as_json(self) -> dict[str, object]:
        """Return ``{total, counted, counts: {resource: n}, calls: [...]}``, oldest call first."""
        return {
            "total": self._counts.total(),
            "counted": self._counted,
            "counts": dict(self._counts),
            "calls": [asdict(call) for call in self._calls],
        }


CALLS = web.AppKey("calls", CallLog)


@web.middleware
async def log_calls(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log each request with its status and the time until its handler was done."""
    started = time.perf_counter()
    status = 0
    try:
        response = await handler(request)
        status = response.status
    finally:
        seconds = time.perf_counter() - started
        call = Call(
            request.method,
            request.path,
            request.query_string,
            status,
            round(seconds, 4),
            counted=request.get(COUNTED, False),
        )
        request.config_dict[CALLS].add(_resource(request), call)
    return response


def _resource(request: web.Request) -> str:
    resource = request.match_info.route.resource
    path = resource.canonical if resource is not None else "(unknown)"
    return f"{request.method} {path.removesuffix('{slash}')}"
