"""The rows of a CSV file, numbered as a spreadsheet numbers them."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO

from lists.uploads.encoding import Encoding

# The longest text of Salesforce has 131,072 characters; the csv module would refuse more.
csv.field_size_limit(2**24)
LONGEST_LINE = 2**22

UNREADABLE = (
    "it cannot be read. A quotation mark is not closed or stands in the wrong place, or a cell "
    "is too long."
)


class UnreadableRowError(Exception):
    """Where the row `number` ends cannot be told, nor what follows it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Row {number}: {UNREADABLE}")
        self.number = number


def iter_rows(file: BinaryIO, encoding: Encoding, delimiter: str) -> Iterator[list[str]]:
    """Give the cells of each row from the file's beginning, of an empty row none.

    Line breaks inside quotation marks belong to their cell, so the place of a row is its number
    in a spreadsheet. Raises UnreadableRowError. The file must be seekable.
    """
    number = 0
    with _open_text(file, encoding) as text:
        try:
            for cells in csv.reader(_iter_lines(text), delimiter=delimiter, strict=True):
                number += 1
                yield cells
        except (csv.Error, _LongLineError) as error:
            raise UnreadableRowError(number + 1) from error


class _LongLineError(Exception):
    """A line is too long to be kept in memory."""


@contextmanager
def _open_text(file: BinaryIO, encoding: Encoding) -> Iterator[TextIO]:
    """Read the file as text from its beginning, and leave it open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding.codec, newline="")
    try:
        yield text
    finally:
        text.detach()


def _iter_lines(text: TextIO) -> Iterator[str]:
    """Give line by line; a file of one endless line must not fill the memory."""
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise _LongLineError
        yield line
