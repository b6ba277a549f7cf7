"""One page of a Bulk API 2.0 result: its header checked, its bytes cleaned, its end proved.

A page is CSV in UTF-8 with a header line. What a database cannot hold (NUL, half of a surrogate
pair) becomes U+FFFD and is counted. Everything else arrives as it was sent.
"""

import csv
import re
from collections.abc import Iterator, Sequence

from lists.records.errors import MissingColumnError, TruncatedPageError

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()
LONGEST_HEADER = 2**20

# A surrogate written as if it were a character: never valid UTF-8, but seen in the wild.
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_START_OF_SURROGATE = re.compile(rb"\xed[\xa0-\xbf]?\Z")


class CsvPage:
    """A page whose header is read and whose rows are still to come.

    `columns` are the page's names, spelled as expected and in the order of the page; of the
    `optional` ones those that the page has. `body()` gives the bytes after the header once;
    `replaced` is final when it has ended.
    """

    def __init__(
        self, chunks: Iterator[bytes], expected: Sequence[str], optional: Sequence[str] = ()
    ) -> None:
        """Read the header; raise MissingColumnError or TruncatedPageError."""
        self.replaced = 0
        self._chunks = self._clean(chunks)
        header, self._rest = self._read_header()
        self.is_empty = header is None
        self.columns = (
            tuple(expected) if header is None else _match_header(header, expected, optional)
        )

    def body(self) -> Iterator[bytes]:
        """Give the rows' bytes; raise TruncatedPageError unless the last row ends its line.

        A row that is cut behind a whole cell still looks like a row: only its missing line break
        tells. A cut exactly between two rows cannot be seen here; the number of records can.
        """
        last = b"\n"
        if self._rest:
            last = self._rest[-1:]
            yield self._rest
        for chunk in self._chunks:
            last = chunk[-1:]
            yield chunk
        if last != b"\n":
            raise TruncatedPageError("The page ends in the middle of a row.")

    def _read_header(self) -> tuple[bytes | None, bytes]:
        start = b""
        for chunk in self._chunks:
            start += chunk
            if b"\n" in start:
                header, _, rest = start.partition(b"\n")
                return header.removeprefix(BYTE_ORDER_MARK), rest
            if len(start) > LONGEST_HEADER:
                break
        if start.removeprefix(BYTE_ORDER_MARK):
            raise TruncatedPageError("The page ends in the middle of its header.")
        return None, b""

    def _clean(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        carried = b""
        for chunk in chunks:
            piece = carried + chunk if carried else chunk
            carried = b""
            if b"\0" in piece:
                self.replaced += piece.count(b"\0")
                piece = piece.replace(b"\0", REPLACEMENT)
            if b"\xed" in piece:
                piece, found = _SURROGATE.subn(REPLACEMENT, piece)
                self.replaced += found
                if cut := _START_OF_SURROGATE.search(piece):
                    piece, carried = piece[: cut.start()], cut.group()
            if piece:
                yield piece
        if carried:
            yield carried


def _match_header(
    header: bytes, expected: Sequence[str], optional: Sequence[str]
) -> tuple[str, ...]:
    names = _parse_header(header)
    known = {name.lower(): name for name in (*optional, *expected)}
    found = [name.lower() for name in names]
    missing = [name for name in expected if name.lower() not in found]
    if missing:
        raise MissingColumnError(f"Salesforce's answer lacks {', '.join(missing)}.")
    repeated = sorted({name for name in names if found.count(name.lower()) > 1})
    if repeated:
        raise MissingColumnError(f"Salesforce's answer holds {', '.join(repeated)} twice.")
    unknown = [name for name in names if name.lower() not in known]
    if unknown:
        raise MissingColumnError(f"Salesforce's answer holds {', '.join(unknown)} unasked.")
    return tuple(known[name] for name in found)


def _parse_header(header: bytes) -> list[str]:
    try:
        return next(csv.reader([header.decode().rstrip("\r")], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise TruncatedPageError(f"The page's header cannot be read: {error}.") from error
