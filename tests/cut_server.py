"""An HTTPS server on loopback that serves one page of a Bulk result, cut at the byte one asks for.

The page's locator says how: ``gzip-1234`` is the gzip form, of which 1,234 bytes are sent, header
included, before the connection ends. A whole answer leaves the connection open for the next one.
"""

import gzip
import random
import re
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from salesforce_simulator.transport.certificates import ensure_certificate

RESULT_BYTES = 65_536
HEADER = '"Id","OwnerId","Email","LastName","Notes__c"\n'
_LOCATOR = re.compile(rb"locator=(\w+)-(\d+)")
_CELLS = [
    'Zo\xeb "Z" O\'Neill',
    "line\nbreak",
    "comma, semicolon;",
    "\u2028\u0085",
    "",
    "\U0001f600",
]
# Abrupt, so that what is on its way is lost, as by a reset of the connection.
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Form:
    """One way to send a result: the whole answer, where its body begins, how many rows it has."""

    answer: bytes
    body_at: int
    rows: int
    csv: bytes


def make_rows(count: int, chance: random.Random) -> bytes:
    """Return the CSV of so many leads, in which every kind of cell comes."""
    return HEADER.encode() + b"".join(_row(number, chance) for number in range(count))


def _row(number: int, chance: random.Random) -> bytes:
    notes = chance.choice(_CELLS) + chance.randbytes(20).hex()
    cells = [f"00Q{number:012d}EAA", "005000000000001AAA", f"p{number}@x.org", f"N{number}", notes]
    return (",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n").encode()


def make_forms() -> dict[str, Form]:
    """Return a result of 64 kB on the wire: plain with its length, in chunks, and compressed."""
    return {
        "plain": _form(lambda text: text, lambda body: body, "Content-Length: {length}"),
        "chunked": _form(lambda text: text, _in_chunks, "Transfer-Encoding: chunked"),
        "gzip": _form(
            lambda text: gzip.compress(text, mtime=0),
            _in_chunks,
            "Transfer-Encoding: chunked\r\nContent-Encoding: gzip",
        ),
    }


def _form(encode, frame, framing: str) -> Form:
    rows = RESULT_BYTES // 130
    while True:
        text = make_rows(rows, random.Random(7))
        body = frame(encode(text))
        if len(body) >= RESULT_BYTES:
            break
        rows += 1 + (RESULT_BYTES - len(body)) // 130
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nSforce-NumberOfRecords: "
        f"{rows}\r\nSforce-Locator: null\r\n{framing.format(length=len(body))}\r\n\r\n"
    ).encode()
    return Form(head + body, len(head), rows, text)


def _in_chunks(body: bytes) -> bytes:
    # Sizes of four digits: cut behind the first zero, one looks like the last chunk.
    pieces = (body[at : at + 1_000] for at in range(0, len(body), 1_000))
    return b"".join(b"%04x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@dataclass
class CutServer:
    """Where the server is, and how many connections it has had."""

    port: int
    ca_file: str
    forms: dict[str, Form] = field(default_factory=make_forms)
    connections: int = 0


@contextmanager
def cut_server(directory: Path) -> Iterator[CutServer]:
    """Serve while the block lasts."""
    certificate = ensure_certificate(directory)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = CutServer(listener.getsockname()[1], str(certificate.ca_file))
    tls = certificate.ssl_context()
    thread = threading.Thread(target=_accept, args=(listener, tls, server), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)


def _accept(listener: socket.socket, tls: ssl.SSLContext, server: CutServer) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        server.connections += 1
        threading.Thread(target=_talk, args=(plain, tls, server), daemon=True).start()


def _talk(plain: socket.socket, tls: ssl.SSLContext, server: CutServer) -> None:
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        with tls.wrap_socket(plain, server_side=True) as connection:
            while request := connection.recv(65_536):
                match = _LOCATOR.search(request)
                assert match is not None, request
                answer, size = server.forms[match[1].decode()].answer, int(match[2])
                connection.sendall(answer[:size])
                if size < len(answer):
                    _end(connection, size)
                    return
    except OSError:
        plain.close()


def _end(connection: ssl.SSLSocket, size: int) -> None:
    """End the connection as connections end: in good order, in silence, or by a reset."""
    if size % 3 == 0:
        connection.settimeout(1)
        connection.unwrap()
    elif size % 3 == 1:
        connection.shutdown(socket.SHUT_WR)
    else:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
