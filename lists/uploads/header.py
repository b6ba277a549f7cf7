"""Which column of the list each column of a file is."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from lists.csv_cells import ID_HEADING, unguard
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
    """How a file is to be read: which cells of a row are what.

    `columns` maps the places in a row to the list's columns. The heading that an export puts over
    the Salesforce ids is no column; `id_position` is where it stands, None without it.
    """

    encoding: Encoding
    delimiter: str
    width: int
    columns: Mapping[int, ListColumn]
    email_position: int
    id_position: int | None

    def email_of(self, cells: Sequence[str]) -> str:
        """Return a row's e-mail address as the list keeps it."""
        return normalise_email(unguard(cells[self.email_position]))

    def id_of(self, cells: Sequence[str]) -> str:
        """Return the Salesforce id that a row names, empty where it names none."""
        return "" if self.id_position is None else cells[self.id_position].strip()


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
    header = headers[delimiter]
    found = match_columns(header, columns)
    positions = {column.system_usage: place for place, column in found.items()}
    return Layout(
        encoding=encoding,
        delimiter=delimiter,
        width=len(header),
        columns=found,
        email_position=positions[SystemUsage.EMAIL],
        id_position=next((place for place in range(len(header)) if place not in found), None),
    )


def read_first_rows(file: BinaryIO) -> tuple[list[str], list[str]]:
    """Return a file's header and its first row below that holds anything, whatever they say.

    Raises UploadError when the file is no text, or its header cannot be read.
    """
    encoding = detect_encoding(file)
    headers = {delimiter: _read_header(file, encoding, delimiter) for delimiter in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda each: len(headers[each]))
    if not headers[delimiter]:
        raise UploadError([f"Row 1: {UNREADABLE}"])
    rows = iter_rows(file, encoding, delimiter)
    try:
        return next(rows, []), next(filter(any, rows), [])
    except UnreadableRowError:
        return headers[delimiter], []  # what is wrong is told when the rows are checked


def match_columns(header: Sequence[str], columns: Sequence[ListColumn]) -> dict[int, ListColumn]:
    """Return the list's columns by their places in the header.

    A column goes by its name, its key or its Salesforce field, in capitals or not; a place that
    is left out has the heading of the Salesforce ids. Raises UploadError for a name that is
    missing, unknown, ambiguous or repeated, and for a header without the e-mail column.
    """
    aliases, problems = _list_aliases(columns), Problems()
    found: dict[int, ListColumn] = {}
    has_ids = False
    for place, name in enumerate(header):
        matching = aliases.get(_alias(name), ())
        if len(matching) == 1 and matching[0] not in found.values():
            found[place] = matching[0]
        elif not matching and _is_id_heading(name) and not has_ids:
            has_ids = True
        else:
            problems.add(FIRST_ROW, _explain(place, name, matching, columns))
    problems.check()
    if all(column.system_usage != SystemUsage.EMAIL for column in found.values()):
        raise UploadError([_say_email_is_missing(columns)])
    return found


def _explain(
    place: int, name: str, matching: Sequence[ListColumn], columns: Sequence[ListColumn]
) -> str:
    """Return why a name of the header cannot be used."""
    if not name.strip():
        return f"column {place + 1:,} has no name."
    if len(matching) > 1:
        keys = " or ".join(quote(column.key) for column in matching)
        return f"{quote(name)} may be one of several columns. Write {keys}."
    if matching or _is_id_heading(name):
        return f"the column {quote(name)} stands there twice."
    names = ", ".join(quote(column.name) for column in columns)
    return f"the list has no column {quote(name)}. Its columns are {names}."


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
        names = {column.name, column.key, column.salesforce_field or column.key}
        for alias in {_alias(name) for name in names}:
            aliases[alias].append(column)
    for alias, matching in aliases.items():
        by_both = [c for c in matching if _alias(c.name) == _alias(c.key) == alias]
        aliases[alias] = by_both if len(by_both) == 1 else matching
    return aliases


def _alias(name: str) -> str:
    return unicodedata.normalize("NFC", unguard(name).strip()).casefold()


def _is_id_heading(name: str) -> bool:
    return _alias(name) == _alias(ID_HEADING)


def _say_email_is_missing(columns: Sequence[ListColumn]) -> str:
    for column in columns:
        if column.system_usage == SystemUsage.EMAIL:
            return f"The file has no e-mail addresses. It needs the column {quote(column.name)}."
    return "This list has no column for e-mail addresses, so records cannot be told apart."
