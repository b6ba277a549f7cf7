"""The body of an answer, read to its proven end or not at all.

urllib3 notices a body that is shorter than its Content-Length or a broken chunk,
but neither a gzip stream without its end nor a body without any framing, where
the end of the connection is the end of the text. Both are errors here.
"""

import zlib
from collections.abc import Iterable, Iterator
from http import HTTPStatus

from urllib3.exceptions import HTTPError, ReadTimeoutError, ResponseError
from urllib3.response import BaseHTTPResponse

from connectors.salesforce.errors import (
    DeadlineError,
    IncompleteBodyError,
    NetworkError,
    ProtocolError,
)
from connectors.salesforce.sockets import DeadlineExceededError

_GZIP_WINDOW_BITS = 31
_CHUNK_BYTES = 262_144
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class CheckedBody:
    """Stands in for ``response.raw``: requests reads decoded bytes from ``stream``.

    ``limit_bytes`` bounds the decoded size, None for a stream that the caller
    consumes piece by piece. Every failure is one of our errors.
    """

    def __init__(self, answer: BaseHTTPResponse, limit_bytes: int | None) -> None:
        self._answer = answer
        self._limit_bytes = limit_bytes

    def stream(self, amount: int, decode_content: bool = True) -> Iterator[bytes]:  # noqa: ARG002
        """Yield decoded pieces; requests' own arguments do not change anything."""
        seen = 0
        try:
            for piece in self._decoded():
                seen += len(piece)
                self._check_size(seen)
                yield piece
        except BaseException:
            self._answer.close()  # what is left of it must not reach the next request
            raise
        self._answer.release_conn()

    def close(self) -> None:
        """Close the connection; the rest of the body is not wanted."""
        self._answer.close()

    def release_conn(self) -> None:
        """Give the connection back to its pool."""
        self._answer.release_conn()

    def _is_framed(self) -> bool:
        """Whether the header says where the body ends; one that was cut may not any more."""
        return (
            getattr(self._answer, "chunked", False)
            or "Content-Length" in self._answer.headers
            or self._answer.status in _WITHOUT_BODY
        )

    def _check_size(self, seen: int) -> None:
        if self._limit_bytes is not None and seen > self._limit_bytes:
            raise ProtocolError("ANSWER_TOO_LARGE", f"More than {self._limit_bytes} bytes came.")

    def _decoded(self) -> Iterator[bytes]:
        encoding = self._answer.headers.get("Content-Encoding", "identity").lower()
        if encoding == "gzip":
            return _gunzip(self._received())
        if encoding == "identity":
            return self._received()
        raise ProtocolError("UNKNOWN_ENCODING", f"The answer is encoded as {encoding[:40]!r}.")

    def _received(self) -> Iterator[bytes]:
        if not self._is_framed():
            raise IncompleteBodyError("BODY_WITHOUT_LENGTH", "Nothing tells where the answer ends.")
        try:
            yield from self._answer.stream(_CHUNK_BYTES, decode_content=False)
        except ReadTimeoutError as error:
            raise timeout_error([error.__cause__ or error]) from error
        except (HTTPError, ResponseError) as error:
            raise IncompleteBodyError("BODY_CUT", "The answer was cut off on its way.") from error


def timeout_error(causes: Iterable[BaseException]) -> NetworkError:
    """Tell a deadline from a silence: both arrive as urllib3's time-out."""
    if any(isinstance(cause, DeadlineExceededError) for cause in causes):
        return DeadlineError("DEADLINE_EXCEEDED", "The answer took too long as a whole.")
    return NetworkError("READ_TIMEOUT", "Salesforce sent nothing for too long.")


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress piece by piece, several gzip members too; raise unless the last one ended."""
    decoder = zlib.decompressobj(_GZIP_WINDOW_BITS)
    begun = False
    try:
        for piece in pieces:
            data = piece
            while data:
                if decoder.eof:
                    decoder = zlib.decompressobj(_GZIP_WINDOW_BITS)
                begun = True
                if text := decoder.decompress(data, _CHUNK_BYTES):
                    yield text
                data = decoder.unconsumed_tail or decoder.unused_data
    except zlib.error as error:
        raise IncompleteBodyError("GZIP_BROKEN", "The compressed answer is damaged.") from error
    if begun and not decoder.eof:
        raise IncompleteBodyError("GZIP_CUT", "The compressed answer has no end.")
