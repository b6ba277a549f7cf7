"""Sending result files: large pieces, a known length, or gzip when the client asks for it."""

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from aiohttp import web

from salesforce_simulator.protocols.bulk.result_pages import Page
from salesforce_simulator.transport.context import in_thread
from salesforce_simulator.transport.middleware import accepts_gzip

_CSV = "text/csv;charset=UTF-8"
_PIECE_BYTES = 1 << 20
_GZIP_LEVEL = 1  # speed before size: both ends are on one machine
_GZIP_WINDOW = 31  # 15 bits, and 16 for gzip's own header


async def send_page(
    request: web.Request, page: Page, content_type: str = _CSV
) -> web.StreamResponse:
    """Send one page of a query's result with its row count and the locator of the next."""
    headers = {
        "Sforce-NumberOfRecords": str(page.rows),
        "Sforce-Locator": page.next_locator or "null",
        "Content-Type": content_type,
    }
    return await _send(request, page.header, page.path, (page.start, page.end), headers)


async def send_file(
    request: web.Request, path: Path, content_type: str = _CSV
) -> web.StreamResponse:
    """Send a whole file."""
    status = await in_thread(request, path.stat)
    return await _send(request, b"", path, (0, status.st_size), {"Content-Type": content_type})


async def _send(
    request: web.Request,
    header: bytes,
    path: Path,
    stretch: tuple[int, int],
    headers: Mapping[str, str],
) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers)
    pieces = _pieces(header, path, *stretch)
    if accepts_gzip(request):
        response.headers["Content-Encoding"] = "gzip"
        pieces = _compressed(pieces)
    else:
        response.content_length = len(header) + stretch[1] - stretch[0]
    await response.prepare(request)
    while piece := await in_thread(request, next, pieces, b""):
        await response.write(piece)
    await response.write_eof()
    return response


def _pieces(header: bytes, path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        first = file.read(min(_PIECE_BYTES, end - start)) if end > start else b""
        position = start + len(first)
        yield header + first
        while position < end:
            piece = file.read(min(_PIECE_BYTES, end - position))
            position += len(piece)
            yield piece


def _compressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_WINDOW)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
