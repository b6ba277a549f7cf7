"""What every request handler reaches through the application, and how it leaves the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from aiohttp import web

from salesforce_simulator.organisation.organisation import Organisation, Session
from salesforce_simulator.transport.usage import ApiUsage


class Meters:
    """What is used up of the organisation's limits, by the names of /limits."""

    def __init__(self) -> None:
        self.by_name: dict[str, ApiUsage] = {}


ORGANISATION = web.AppKey("organisation", Organisation)
THREADS = web.AppKey("threads", ThreadPoolExecutor)
USAGE = web.AppKey("usage", ApiUsage)
# Whoever counts something that /limits tells puts its meter here.
METERS = web.AppKey("meters", Meters)

_SESSION = web.RequestKey("session", Session)
_THREAD = web.RequestKey("thread", Executor)

P = ParamSpec("P")
R = TypeVar("R")


def organisation(request: web.Request) -> Organisation:
    """Return the organisation that this server speaks for."""
    return request.config_dict[ORGANISATION]


def meters(request: web.Request) -> dict[str, ApiUsage]:
    """Return the meters of everything that is counted, API calls included."""
    config = request.config_dict
    return {"DailyApiRequests": config[USAGE], **config[METERS].by_name}


def session(request: web.Request) -> Session:
    """Return the session that the gate has found for this request."""
    return request[_SESSION]


def set_session(request: web.Request, value: Session) -> None:
    """Remember the session of this request."""
    request[_SESSION] = value


def set_thread(request: web.Request, thread: Executor) -> None:
    """Let all calls of this request run in one thread, which holds a transaction."""
    request[_THREAD] = thread


async def in_thread(
    request: web.Request, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run a synchronous call outside the event loop; its errors come through."""
    loop = asyncio.get_running_loop()
    threads = request.get(_THREAD) or request.config_dict[THREADS]
    return await loop.run_in_executor(threads, lambda: function(*args, **kwargs))


def base_url(request: web.Request) -> str:
    """Return scheme, host and port as the client wrote them, without a slash at the end."""
    return f"{request.scheme}://{request.host}"


def instance_url(request: web.Request) -> str:
    """Return where the organisation's data is: the server asked, or where it has moved to."""
    return organisation(request).policies.current.instance_url or base_url(request)


def client_address(request: web.Request) -> str:
    """Return the client's IP address."""
    return request.remote or "127.0.0.1"
