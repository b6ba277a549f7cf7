"""Which column of the list each column of a file is."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from lists.csv_cells import unguard
from lists.emails import normalise_email
from lists.models import ListColumn, SystemUsage
from lists.uploads.encoding import NOT_TEXT_SENTENCE, Encoding, detect_encoding
from lists.uploads.errors import Problems, UploadError, quote
from lists.uploads.rows import UNREADABLE, UnreadableRowError, iter_rows

DELIMITERS = (",", ";", "\t")
FIRST_ROW = 1

Aliases = Mapping[str, Sequence[ListColumn]]


@dataclass(frozen=True)
class Layout:
    """How a file is to be read: `columns` are the list's, in the order of the file's."""

    encoding: Encoding
    delimiter: str
    columns: tuple[ListColumn, ...]
    email_position: int

    def email_of(self, cells: Sequence[str]) -> str:
        """Return a row's e-mail address as the list keeps it."""
        return normalise_email(unguard(cells[self.email_position]))


def read_layout(file: BinaryIO, columns: Sequence[ListColumn]) -> Layout:
    """Find out a file's encoding, its delimiter and what its columns are, by its header.

    Raises UploadError when the file is no text or its header does not fit the list's columns.
    """
    encoding = detect_encoding(file)
    aliases = _list_aliases(columns)
    headers = {delimiter: _read_header(file, encoding, delimiter) for delimiter in DELIMITERS}

    def fit(delimiter: str) -> tuple[int, int]:
        names = headers[delimiter]
        return sum(_alias(name) in aliases for name in names), len(names)

    delimiter = max(DELIMITERS, key=fit)
    if not headers[delimiter]:
        raise UploadError([f"Row 1: {UNREADABLE}"])
    if any("\0" in name for name in headers[delimiter]):
        raise UploadError([NOT_TEXT_SENTENCE])
    found = match_columns(headers[delimiter], columns)
    usages = [column.system_usage for column in found]
    return Layout(encoding, delimiter, found, usages.index(SystemUsage.EMAIL))


def match_columns(header: Sequence[str], columns: Sequence[ListColumn]) -> tuple[ListColumn, ...]:
    """Return the list's column for each name of the header.

    A column goes by its name, its key or its Salesforce field, in capitals or not. Raises
    UploadError for a name that is missing, unknown, ambiguous or repeated, and for a header
    without the e-mail column.
    """
    aliases, problems = _list_aliases(columns), Problems()
    found: dict[str, ListColumn] = {}
    for place, name in enumerate(header, start=1):
        matching = aliases.get(_alias(name), ())
        if not name.strip():
            problems.add(FIRST_ROW, f"column {place:,} has no name.")
        elif not matching:
            problems.add(FIRST_ROW, _say_unknown(name, columns))
        elif len(matching) > 1:
            keys = " or ".join(quote(column.key) for column in matching)
            problems.add(FIRST_ROW, f"{quote(name)} may be one of several columns. Write {keys}.")
        elif matching[0].key in found:
            problems.add(FIRST_ROW, f"the column {quote(matching[0].name)} stands there twice.")
        else:
            found[matching[0].key] = matching[0]
    problems.check()
    if all(column.system_usage != SystemUsage.EMAIL for column in found.values()):
        raise UploadError([_say_email_is_missing(columns)])
    return tuple(found.values())


def _read_header(file: BinaryIO, encoding: Encoding, delimiter: str) -> list[str]:
    """Return the first row as `delimiter` cuts it, nothing when it does not fit."""
    try:
        return next(iter_rows(file, encoding, delimiter), [])
    except UnreadableRowError:
        return []


def _list_aliases(columns: Sequence[ListColumn]) -> Aliases:
    """Map whatever a column may be called to the columns that are called so.

    Two fields of Salesforce may share a label. Where it is the key of one of them as well, as
    with the standard field “Email” and a field of one's own that was named alike, it means that.
    """
    aliases: dict[str, list[ListColumn]] = defaultdict(list)
    for column in columns:
        for alias in {_alias(column.name), _alias(column.key), _alias(column.salesforce_field)}:
            aliases[alias].append(column)
    for alias, matching in aliases.items():
        by_both = [c for c in matching if _alias(c.name) == _alias(c.key) == alias]
        aliases[alias] = by_both if len(by_both) == 1 else matching
    return aliases


def _alias(name: str) -> str:
    return unicodedata.normalize("NFC", unguard(name).strip()).casefold()


def _say_unknown(name: str, columns: Sequence[ListColumn]) -> str:
    names = ", ".join(quote(column.name) for column in columns)
    return f"the list has no column {quote(name)}. Its columns are {names}."


def _say_email_is_missing(columns: Sequence[ListColumn]) -> str:
    for column in columns:
        if column.system_usage == SystemUsage.EMAIL:
            return f"The file has no e-mail addresses. It needs the column {quote(column.name)}."
    return "This list has no column for e-mail addresses, so records cannot be told apart."
