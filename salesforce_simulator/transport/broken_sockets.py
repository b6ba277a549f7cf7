"""Transports that stand between the server and a connection and spoil what goes out.

Each lets the header pass and does its harm to the body. ``spoil`` puts one in.
"""

import asyncio
import re
from typing import Any, cast

from aiohttp import web

_END_OF_HEADER = b"\r\n\r\n"
_LENGTH = re.compile(rb"(?i)(\r\ncontent-length:\s*)(\d+)")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding:\s*chunked")
_LAST_CHUNK = b"0\r\n\r\n"
_SPOILED = web.RequestKey("spoiled", bool)


class _Spoiler:
    """Passes everything on to the connection, the header and the body apart."""

    def __init__(self, inner: asyncio.Transport) -> None:
        self._inner = inner
        self._head = b""
        self._in_body = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take what the server sends."""
        if self._in_body:
            self.send_body(bytes(data))
            return
        head, separator, body = (self._head + bytes(data)).partition(_END_OF_HEADER)
        if not separator:
            self._head = head
            return
        self._in_body = True
        self.send_header(head + separator)
        self.send_body(body)

    def writelines(self, chunks: list[bytes | bytearray | memoryview]) -> None:
        """Join the chunks: aiohttp sends header and body in one call."""
        self.write(b"".join(chunks))

    def send_header(self, header: bytes) -> None:
        """Send the header as it is."""
        self._inner.write(header)

    def send_body(self, data: bytes) -> None:
        """Send a part of the body, or not."""
        raise NotImplementedError


class Silent(_Spoiler):
    """Closes the connection at the first byte of an answer."""

    def write(self, data: bytes | bytearray | memoryview) -> None:  # noqa: ARG002 - none is sent
        """Close."""
        self._inner.close()

    def send_body(self, data: bytes) -> None:
        """Send nothing."""


class Cutting(_Spoiler):
    """Closes the connection after so many bytes of the body."""

    def __init__(self, inner: asyncio.Transport, body_bytes: int) -> None:
        super().__init__(inner)
        self._left = body_bytes

    def send_body(self, data: bytes) -> None:
        """Pass on what is still allowed, then close."""
        self._inner.write(data[: self._left])
        self._left -= min(self._left, len(data))
        if self._left == 0:
            self._inner.close()


class Truncating(_Spoiler):
    """Ends the body after so many bytes, in good order, as if there were no more."""

    def __init__(self, inner: asyncio.Transport, body_bytes: int) -> None:
        super().__init__(inner)
        self._left = body_bytes
        self._chunked = False
        self._frames = b""
        self._ended = False

    def send_header(self, header: bytes) -> None:
        """Announce a length that fits what will come."""
        self._chunked = _CHUNKED.search(header) is not None
        self._inner.write(_LENGTH.sub(lambda m: m[1] + b"%d" % min(int(m[2]), self._left), header))

    def send_body(self, data: bytes) -> None:
        """Pass on what is still allowed, in chunks of its own where the body is chunked."""
        if not self._chunked:
            self._inner.write(self._allowed(data))
            return
        self._frames += data
        while (frame := self._next_frame()) is not None and not self._ended:
            piece = self._allowed(frame)
            if piece:
                self._inner.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if not frame or not self._left:
                self._inner.write(_LAST_CHUNK)
                self._ended = True

    def _allowed(self, data: bytes) -> bytes:
        piece = data[: self._left]
        self._left -= len(piece)
        return piece

    def _next_frame(self) -> bytes | None:
        """Return the next chunk's data, b"" for the last one, None when it is not all here."""
        size, separator, rest = self._frames.partition(b"\r\n")
        if not separator:
            return None
        length = int(size, 16)
        if len(rest) < length + 2:
            return None
        self._frames = rest[length + 2 :]
        return rest[:length]


class Dripping(_Spoiler):
    """Sends the body in small pieces with a pause between them."""

    def __init__(self, inner: asyncio.Transport, piece_bytes: int, seconds: float) -> None:
        super().__init__(inner)
        self._piece_bytes = piece_bytes
        self._seconds = seconds
        self._waiting = b""
        self._closing = False
        self._timer: asyncio.TimerHandle | None = None

    def send_body(self, data: bytes) -> None:
        """Keep the data and start to send it."""
        self._waiting += data
        if self._timer is None:
            self._drip()

    def close(self) -> None:
        """Close when everything is sent."""
        self._closing = True
        if self._timer is None:
            self._inner.close()

    def _drip(self) -> None:
        self._timer = None
        if self._inner.is_closing():
            return
        piece, self._waiting = (
            self._waiting[: self._piece_bytes],
            self._waiting[self._piece_bytes :],
        )
        self._inner.write(piece)
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._drip)
        elif self._closing:
            self._inner.close()


def spoil(request: web.Request, spoiler: type[_Spoiler], *settings: float) -> None:
    """Put a spoiler between the server and the request's connection, which ends with it."""
    protocol = request.protocol
    if protocol.transport is not None:
        between = spoiler(protocol.transport, *settings)
        protocol.transport = cast("asyncio.Transport", between)
    request[_SPOILED] = True


async def close_after_spoiling(request: web.Request, response: web.StreamResponse) -> None:
    """Let no second request use a connection with a spoiler in it."""
    if request.get(_SPOILED):
        response.force_close()
