"""Connections that keep a deadline for the whole answer and refuse private addresses.

A time-out of a socket starts again with every byte, so an answer that drips one
byte a second never ends. Here every read of headers and body gets what is left of
the request's own time. The rules travel to the connection in a context variable,
because urllib3's pools pass nothing else of ours along.
"""

import io
import ipaddress
import socket
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

_READ_BUFFER_BYTES = 65_536


class DeadlineExceededError(TimeoutError):
    """The answer as a whole took too long."""


class CutLineError(ConnectionResetError):
    """The connection ended where the header or the size of a chunk was not complete."""


class PrivateAddressError(OSError):
    """A public host name led to an address inside the network (F13, server-side forgery)."""


@dataclass(frozen=True)
class RequestRules:
    """What holds for the connection of one request; times in seconds of ``clock``."""

    deadline: float
    clock: Callable[[], float]
    public_address_only: bool


request_rules: ContextVar[RequestRules] = ContextVar("request_rules")


class GuardedConnection(HTTPSConnection):
    """An HTTPS connection under the rules of the request that it carries."""

    def connect(self) -> None:
        """Connect and shake hands, then put the deadline between us and the socket."""
        super().connect()
        self.sock = _DeadlineSocket(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request; its deadline covers the answer that follows."""
        if isinstance(self.sock, _DeadlineSocket):
            self.sock.rules = request_rules.get()
        super().request(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        address = connection.getpeername()[0]
        # The address is taken from the open socket: a second look-up could differ.
        if request_rules.get().public_address_only and not ipaddress.ip_address(address).is_global:
            connection.close()
            raise PrivateAddressError(f"{self.host} leads to the private address {address}")
        return connection


class GuardedPool(HTTPSConnectionPool):
    """A pool of guarded connections."""

    ConnectionCls = GuardedConnection


class _DeadlineSocket:
    """A connected socket whose reads end at the deadline of the current request."""

    def __init__(self, connected: Any) -> None:
        self._socket = connected
        self.rules = request_rules.get()
        self.read_seconds: float | None = connected.gettimeout()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def settimeout(self, seconds: float | None) -> None:
        """Set the longest silence between two bytes."""
        self.read_seconds = seconds
        self._socket.settimeout(seconds)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Open the buffered reader from which http.client reads the answer."""
        raw = self._socket.makefile(mode, buffering=0)
        return _WholeLineReader(_DeadlineReader(raw, self), _READ_BUFFER_BYTES)

    def arm(self) -> None:
        """Limit the next read to what is left of the request's time."""
        left = self.rules.deadline - self.rules.clock()
        if left <= 0:
            raise DeadlineExceededError
        silence = left if self.read_seconds is None else min(left, self.read_seconds)
        self._socket.settimeout(silence)


class _WholeLineReader(io.BufferedReader):
    """The answer as a file, none of whose lines ends with the connection.

    Status, header and the sizes of chunks are lines. http.client takes a header for whole where
    the connection ends in it, and urllib3 the first digit of a chunk's size for all of them: the
    ``0`` of ``0400`` says that the body is complete.
    """

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return the next line; raise CutLineError where the connection ends before it does."""
        line = super().readline(size)
        is_full = size is not None and 0 <= size <= len(line)
        if not line.endswith(b"\n") and not is_full:
            raise CutLineError("The connection ended in the middle of a line.")
        return line


class _DeadlineReader(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, connected: _DeadlineSocket) -> None:
        self._raw = raw
        self._connected = connected

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connected.arm()
        try:
            return self._raw.readinto(buffer)
        except TimeoutError:
            self._connected.arm()  # says so if it was the deadline, not the silence
            raise

    def close(self) -> None:
        self._raw.close()
        super().close()
