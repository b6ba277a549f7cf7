"""How the letters of a file are stored."""

import codecs
from dataclasses import dataclass
from typing import BinaryIO

from lists.uploads.errors import UploadError

BYTES_AT_ONCE = 2**18
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # xlsx and ods; xls

WORKBOOK_SENTENCE = (
    "This is a spreadsheet's workbook, not a CSV file. Open it in the spreadsheet, save it as "
    "“CSV UTF-8”, and upload that file."
)
NOT_TEXT_SENTENCE = (
    "This is not a CSV file: it holds bytes that are not text. Save it as “CSV UTF-8” in your "
    "spreadsheet, and upload that file."
)


@dataclass(frozen=True)
class Encoding:
    """Python's name of an encoding, and the name that people know."""

    codec: str
    label: str


UTF_8 = Encoding("utf-8-sig", "UTF-8")
UTF_16 = Encoding("utf-16", "UTF-16")
WINDOWS = Encoding("cp1252", "Windows-1252 (Latin-1)")


def detect_encoding(file: BinaryIO) -> Encoding:
    """Return the encoding in which the whole file can be read.

    A byte order mark decides. Without one it is UTF-8 where that fits, which text in another
    encoding practically never does; the rest is taken for Windows-1252, which holds the letters
    of Latin-1. Raises UploadError when the file is empty or no text.
    """
    file.seek(0)
    start = file.read(16)
    if not start:
        raise UploadError(["The file is empty."])
    if start.startswith(WORKBOOKS):
        raise UploadError([WORKBOOK_SENTENCE])
    for encoding in _list_candidates(start):
        if _fits(file, encoding):
            return encoding
    raise UploadError([NOT_TEXT_SENTENCE])


def _list_candidates(start: bytes) -> tuple[Encoding, ...]:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return (UTF_16,)
    if b"\0" in start:  # pictures, programs, UTF-16 without its mark
        return ()
    return (UTF_8,) if start.startswith(codecs.BOM_UTF8) else (UTF_8, WINDOWS)


def _fits(file: BinaryIO, encoding: Encoding) -> bool:
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    file.seek(0)
    try:
        while piece := file.read(BYTES_AT_ONCE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
