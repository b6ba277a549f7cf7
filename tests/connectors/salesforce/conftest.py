"""A scripted HTTPS peer on loopback: it sends exactly the bytes that a test wants."""

import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.salesforce import Grant, Network, SalesforceClient
from salesforce_simulator.transport.certificates import ensure_certificate

ORGANISATION_ID = "00D5e000000abcdEAA"
USER_ID = "0055e000001abcdAAA"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Reply = bytes | Callable[[ssl.SSLSocket], None]


@dataclass
class Peer:
    """Answers the n-th request with the n-th reply of its script, then closes the connection."""

    port: int
    ca_file: str
    script: deque[Reply] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    def will(self, *replies: Reply) -> None:
        self.script.extend(replies)

    def network(self, **changes: Any) -> Network:
        options: dict[str, Any] = {
            "allowed_hosts": frozenset({self.host}),
            "ca_bundle": self.ca_file,
            "sleep": lambda _seconds: None,
        }
        return Network(**{**options, **changes})

    def client(
        self, renew: Callable[[Grant], Grant] | None = None, **changes: Any
    ) -> SalesforceClient:
        grant = Grant("00D5e000000abcd!first", self.url, USER_ID, ORGANISATION_ID)
        return SalesforceClient(grant, network=self.network(**changes), renew=renew)


def answer(
    body: bytes = b"{}",
    status: int = 200,
    kind: str = "application/json",
    *,
    length: int | None = None,
    **headers: str,
) -> bytes:
    """Build an HTTP answer; ``length`` claims another Content-Length than the true one."""
    # The peer closes behind each answer; without the word the next request could meet the closing.
    lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", "Connection: close"]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def serve(directory: Path, context: ssl.SSLContext | None = None) -> Iterator[Peer]:
    certificate = ensure_certificate(directory)
    listener = socket.create_server(("127.0.0.1", 0))
    peer = Peer(listener.getsockname()[1], str(certificate.ca_file))
    tls = context or certificate.ssl_context()
    thread = threading.Thread(target=_accept, args=(listener, tls, peer), daemon=True)
    thread.start()
    yield peer
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(timeout=5)


def _accept(listener: socket.socket, tls: ssl.SSLContext, peer: Peer) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_talk, args=(plain, tls, peer), daemon=True).start()


def _talk(plain: socket.socket, tls: ssl.SSLContext, peer: Peer) -> None:
    try:
        with tls.wrap_socket(plain, server_side=True) as connection:
            peer.requests.append(_read_request(connection))
            reply = peer.script.popleft()
            if callable(reply):
                reply(connection)
            else:
                connection.sendall(reply)
    except (OSError, EOFError):
        plain.close()


def _read_request(connection: ssl.SSLSocket) -> Request:
    with connection.makefile("rb") as file:
        first = file.readline().decode().split()
        if not first:
            raise EOFError
        headers: dict[str, str] = {}
        while line := file.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = file.read(int(headers.get("content-length", 0)))
        return Request(first[0], first[1], headers, body)


@pytest.fixture(scope="session")
def certificate_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificate")


@pytest.fixture
def peer(certificate_directory: Path) -> Iterator[Peer]:
    yield from serve(certificate_directory)
