"""The parts of a search: `FIND {words} IN ... FIELDS RETURNING Object(fields WHERE ...), ...`."""

import re
from dataclasses import dataclass

from salesforce_simulator.organisation.errors import SalesforceError

LONGEST = 100_000
_GROUPS = frozenset({"ALL", "EMAIL", "NAME", "PHONE", "SIDEBAR"})
_STRING = re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL)
_FIND = re.compile(r"\s*FIND\s*\{(?P<term>(?:\\.|[^\\}])*)\}\s*", re.IGNORECASE | re.DOTALL)
_IN = re.compile(r"IN\s+(?P<group>\w+)\s+FIELDS\b\s*", re.IGNORECASE)
_RETURNING = re.compile(r"RETURNING\s+", re.IGNORECASE)
_SOBJECT = re.compile(r"\s*(?P<name>\w+)\s*")
_LIMIT = re.compile(r"\s*(?:LIMIT\s+(?P<limit>\d{1,9})\s*)?", re.IGNORECASE)
_CLAUSE = re.compile(r"\b(?:WHERE|ORDER\s+BY|LIMIT|OFFSET)\b", re.IGNORECASE)
_TAIL = re.compile(r"\b(?:ORDER\s+BY|LIMIT|OFFSET)\b", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Returning:
    """What to return of one object, in the words of SOQL.

    `fields` is a list of fields, `where` a condition or empty, `tail` what follows it.
    """

    sobject: str
    fields: str = "Id"
    where: str = ""
    tail: str = ""


@dataclass(frozen=True)
class Search:
    """A whole search. `group` says in which fields; without `returning` in every object."""

    term: str
    group: str
    returning: tuple[Returning, ...]
    limit: int | None


def parse(text: str) -> Search:
    """Return the parts of a search; MALFORMED_SEARCH when the text is none."""
    if len(text) > LONGEST:
        raise malformed(f"SOSL statements cannot be longer than {LONGEST} characters.")
    find = _FIND.match(text)
    if find is None:
        raise malformed("No search term found. The search term must be enclosed in braces.")
    at, group = find.end(), "ALL"
    found = _IN.match(text, at)
    if found is not None:
        at, group = found.end(), found["group"].upper()
        if group not in _GROUPS:
            raise malformed(f"unexpected token: {found['group']}")
    returning, at = _all_returning(text, at)
    end = _LIMIT.fullmatch(text, at)
    if end is None:
        raise malformed(f"unexpected token: {text[at:].split(maxsplit=1)[0]}")
    limit = int(end["limit"]) if end["limit"] else None
    return Search(_ESCAPED.sub(r"\1", find["term"]), group, returning, limit)


def malformed(message: str) -> SalesforceError:
    """Return the error of a text that is no search."""
    return SalesforceError("MALFORMED_SEARCH", message)


def _all_returning(text: str, at: int) -> tuple[tuple[Returning, ...], int]:
    """Return the objects behind RETURNING, and where what follows them begins."""
    start = _RETURNING.match(text, at)
    if start is None:
        return (), at
    # Marks inside of strings mean nothing.
    masked = _STRING.sub(lambda string: "x" * len(string[0]), text)
    parts: list[Returning] = []
    at = start.end() - 1
    while not parts or text[at : at + 1] == ",":
        name = _SOBJECT.match(text, at + 1)
        if name is None:
            raise malformed("unexpected token: an object is missing behind RETURNING")
        at, inner = name.end(), None
        if text[at : at + 1] == "(":
            end = _closing(masked, at)
            inner, at = slice(at + 1, end), end + 1
            at += len(text[at:]) - len(text[at:].lstrip())
        parts.append(_returning(name["name"], text, masked, inner))
    return tuple(parts), at


def _closing(masked: str, start: int) -> int:
    depth = 0
    for at in range(start, len(masked)):
        depth += {"(": 1, ")": -1}.get(masked[at], 0)
        if depth == 0:
            return at
    raise malformed("unexpected token: <EOF>")


def _returning(sobject: str, text: str, masked: str, inner: slice | None) -> Returning:
    if inner is None:
        return Returning(sobject)
    text, masked = text[inner], masked[inner]
    clause = _CLAUSE.search(masked)
    fields_end = clause.start() if clause else len(text)
    tail = _TAIL.search(masked)
    tail_start = tail.start() if tail else len(text)
    where = text[fields_end:tail_start].strip()[len("WHERE") :].strip()
    return Returning(sobject, text[:fields_end].strip() or "Id", where, text[tail_start:].strip())
