"""HTTPS to an address that a customer chose, and to nothing inside our own network (T13).

The host's name is resolved once, every address of it is checked, and the connection goes to one
of the checked addresses: a name that answers differently a moment later (DNS rebinding) changes
nothing. The certificate is checked for the name. One deadline bounds name, connection, handshake
and answer together, however slowly their bytes drip. Redirects are not followed.
"""

import contextlib
import ipaddress
import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

LONGEST_URL = 1_000
# A full match of few characters, for two URL parsers seldom agree on `a@b`, `#` and back-slashes.
URL = re.compile(
    r"https://(?P<host>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<rest>/[!-~]*)?",
    re.ASCII | re.IGNORECASE,
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
IPV4_BITS = 0xFFFFFFFF

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class UnsafeUrlError(ValueError):
    """The address is no plain https:// URL of a public host; the message says so to a person."""


class NotAnsweredError(OSError):
    """The request did not come to an answer; the message tells why, and nothing of the URL."""


@dataclass(frozen=True)
class Target:
    """A checked URL in parts; `host` has no brackets."""

    host: str
    port: int
    rest: str

    @property
    def netloc(self) -> str:
        """The host as a URL has it, and the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 else f"{host}:{self.port}"  # noqa: PLR2004 - HTTPS

    @property
    def url(self) -> str:
        """The URL, built anew from its parts."""
        return f"https://{self.netloc}{self.rest}"

    @property
    def is_trusted(self) -> bool:
        """Whether the operator lets requests go there, wherever it leads."""
        return self.netloc in settings.WEBHOOK_EXTRA_HOSTS


def check_url(text: str) -> Target:
    """Return the parts of an https:// URL; raise UnsafeUrlError for all else.

    An address that is written as a number is checked here, one behind a name when it is used.
    """
    match = URL.fullmatch(text) if len(text) <= LONGEST_URL else None
    if match is None or any(bad in text for bad in "\\#"):
        raise UnsafeUrlError(
            "Enter an address like https://hooks.example.com/path: https, a host name, no user "
            "name and nothing behind a #."
        )
    port = int(match["port"] or 443)
    if not 0 < port < 65536:  # noqa: PLR2004 - the range of ports
        raise UnsafeUrlError("The port of the address does not exist.")
    target = Target(match["host"].strip("[]").lower(), port, match["rest"] or "/")
    address = _read_address(target.host)
    if address is None and ":" in target.host:
        raise UnsafeUrlError("What stands in brackets is not an IPv6 address.")
    if address and not target.is_trusted and not is_public(address):
        raise _refusal()
    return target


def is_public(address: Address) -> bool:
    """Whether `address` belongs to the public internet, as does the IPv4 one that it wraps."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & IPV4_BITS)
        if address.teredo or (inner and not is_public(inner)):
            return False
        if address.ipv4_mapped:
            return True
    return address.is_global and not address.is_multicast


def _read_address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _refusal() -> UnsafeUrlError:
    return UnsafeUrlError("The address leads into a private network. Enter a public one.")


def post(target: Target, body: bytes, headers: Mapping[str, str], *, seconds: float) -> int:
    """Post `body`; return the answer's status, whose body is not read.

    Raises UnsafeUrlError where the host leads into a private network, and NotAnsweredError.
    """
    with Deadline(seconds) as deadline:
        way = Way(_resolve(target, deadline), deadline)
        token = _way.set(way)
        try:
            with _make_session() as session:
                answer = session.post(
                    target.url,
                    data=body,
                    headers={"User-Agent": "Act-On-Connector", **headers},
                    allow_redirects=False,
                    stream=True,
                    timeout=seconds,
                )
                answer.close()
                return answer.status_code
        except requests.exceptions.SSLError as error:
            raise deadline.explain("The host has no valid certificate.") from error
        except requests.RequestException as error:
            raise deadline.explain("The host could not be reached.") from error
        finally:
            _way.reset(token)


def _make_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy would resolve the name once more
    session.verify = settings.WEBHOOK_CA_BUNDLE or True
    session.mount("https://", _PinnedAdapter())
    return session


class Deadline:
    """The end of a request: what still waits then is cut off, in whatever state it is."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._watched: socket.socket | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            if self._watched:
                self._watched.close()
                self._watched = None

    @property
    def left(self) -> float:
        """The seconds that are left, never 0: a socket would take that for "do not wait"."""
        return max(self._end - time.monotonic(), 0.001)

    def watch(self, connected: socket.socket) -> None:
        """Cut this connection off at the end; TLS takes the socket over, so a copy is kept."""
        with self._lock:
            self._watched = socket.socket(fileno=os.dup(connected.fileno()))
        if time.monotonic() >= self._end:  # the timer was a moment ahead
            self._cut()

    def _cut(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._watched:
                self._watched.shutdown(socket.SHUT_RDWR)

    def explain(self, otherwise: str) -> NotAnsweredError:
        """Return the error: that it took too long where the time is over."""
        if time.monotonic() >= self._end:
            return NotAnsweredError(f"No answer came within {self._seconds:g} seconds.")
        return NotAnsweredError(otherwise)


@dataclass
class Way:
    """The checked addresses that a request may connect to."""

    addresses: list[tuple[int, Any]]
    deadline: Deadline
    failures: list[OSError] = field(default_factory=list)

    def connect(self) -> socket.socket:
        """Return a connection to the first address that takes one."""
        for family, address in self.addresses:
            connected = socket.socket(family, socket.SOCK_STREAM)
            try:
                connected.settimeout(self.deadline.left)
                connected.connect(address)
            except OSError as error:
                connected.close()
                self.failures.append(error)
            else:
                self.deadline.watch(connected)
                return connected
        raise self.failures[-1]


_way: ContextVar[Way] = ContextVar("way")


class _PinnedConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _way.get().connect()


class _PinnedPool(HTTPSConnectionPool):
    ConnectionCls = _PinnedConnection


class _PinnedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _PinnedPool}


def _resolve(target: Target, deadline: Deadline) -> list[tuple[int, Any]]:
    """Return the host's addresses; raise UnsafeUrlError unless all of them are public."""
    found: list[Any] = []
    # The system's resolver has no time-out of ours, so it waits in a thread of its own.
    thread = threading.Thread(target=lambda: found.extend(_look_up(target)), daemon=True)
    thread.start()
    thread.join(deadline.left)
    if not found:
        raise deadline.explain("The name of the host is not known.")
    addresses = [(family, address) for family, _, _, _, address in found]
    if not target.is_trusted and not all(_is_public_name(each[0]) for _, each in addresses):
        raise _refusal()
    return addresses


def _look_up(target: Target) -> Iterator[Any]:
    with contextlib.suppress(OSError, UnicodeError):
        yield from socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)


def _is_public_name(address: str) -> bool:
    return is_public(ipaddress.ip_address(address))
