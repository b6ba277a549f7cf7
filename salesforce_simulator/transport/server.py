"""Loopback sockets for HTTPS and, when asked for, plain HTTP."""

import errno
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from typing import Any

from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

_SHUTDOWN_SECONDS = 2.0
_TRIES_FOR_A_COMMON_PORT = 20
# Above what Salesforce takes (`middleware.LONGEST_URI`), so that it is ours to refuse.
_LONGEST_LINE = 1 << 17


class _NoHttp(logging.Filter):
    """Keeps out of the log what clients send that is no HTTP; they are told so with a 400."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is about anything else."""
        problem = record.exc_info[1] if record.exc_info else None
        return not isinstance(problem, HttpProcessingError)


_NO_HTTP = _NoHttp()


async def start(app: web.Application) -> web.AppRunner:
    """Start the application without listening yet."""
    logging.getLogger("aiohttp.server").addFilter(_NO_HTTP)
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=_SHUTDOWN_SECONDS,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
    )
    await runner.setup()
    if runner.server is not None:
        runner.server.request_factory = _single_slashes(runner.server.request_factory)
    return runner


def _single_slashes(make_request: Callable[..., Any]) -> Callable[..., Any]:
    """Return a maker of requests for which `//services` is the same as `/services`.

    Clients that know an instance by a URL with a slash at its end ask for such paths.
    """

    def make(message: RawRequestMessage, *rest: Any) -> Any:
        if message.path.startswith("//"):
            path = f"/{message.path.lstrip('/')}"
            message = message._replace(path=path, url=URL(path, encoded=True))
        return make_request(message, *rest)

    return make


async def listen(runner: web.AppRunner, port: int, context: ssl.SSLContext | None = None) -> int:
    """Listen on 127.0.0.1 and, where the machine has it, on ::1; return the port.

    Port 0 picks one that is free on both addresses. Raises OSError when a given port is taken.
    """
    sockets = _bind(port)
    for sock in sockets:
        await web.SockSite(runner, sock, ssl_context=context).start()
    return int(sockets[0].getsockname()[1])


def loopback_name() -> str:
    """Return `localhost`, or the address on a machine that cannot resolve that name.

    A bare system without a hosts file asks its name server, which need not know.
    """
    try:
        socket.getaddrinfo("localhost", None)
    except socket.gaierror:
        return "127.0.0.1"
    return "localhost"


def _bind(port: int) -> list[socket.socket]:
    for _ in range(_TRIES_FOR_A_COMMON_PORT):
        first = _listening_socket(socket.AF_INET, "127.0.0.1", port)
        chosen = first.getsockname()[1]
        try:
            return [first, _listening_socket(socket.AF_INET6, "::1", chosen)]
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                return [first]  # no IPv6 loopback on this machine
            first.close()
            if port:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free on both 127.0.0.1 and ::1")


def _listening_socket(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
    except OSError:
        with closing(sock):
            raise
    return sock
