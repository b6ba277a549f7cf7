"""Which records the words of a search mean.

Words are compared whole and without regard to case; `*` stands for any letters
behind the first, `?` for one. Words in quotation marks follow one another, others
may stand in different fields. AND is understood; OR, AND NOT and brackets are there.
"""

import re
from collections.abc import Callable, Sequence

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.sosl.statement import malformed

Fields = Sequence[Sequence[str]]
Match = Callable[[Fields], bool]

_PART = re.compile(r'"[^"]*"|[()]|[^\s()"]+')
_WORD = re.compile(r"\w+")
_WANTED = re.compile(r"[\w*?]+")
_SHORTEST = 2
_MOST_NESTED = 50


def words_of(value: str) -> list[str]:
    """Return the words of a field's value."""
    return _WORD.findall(value.casefold())


def matcher(term: str) -> Match:
    """Return what tells whether a record's words match the term.

    INVALID_SEARCH when it has no word of two letters, MALFORMED_SEARCH when
    something is missing in it.
    """
    if not any(len(word) >= _SHORTEST for word in _WORD.findall(term)):
        message = f"search term must be longer than one character: {term}"
        raise SalesforceError("INVALID_SEARCH", message)
    parts = _PART.findall(term)
    match = _either(parts, 0)
    if parts:
        raise malformed(f"unexpected token: {parts[0]}")
    return match


def _either(parts: list[str], depth: int) -> Match:
    """Take alternatives from the front of the parts."""
    found = [_all(parts, depth)]
    while parts and parts[0].upper() == "OR":
        parts.pop(0)
        found.append(_all(parts, depth))
    return lambda fields: any(match(fields) for match in found)


def _all(parts: list[str], depth: int) -> Match:
    found = [_one(parts, depth)]
    while parts and parts[0] != ")" and parts[0].upper() != "OR":
        if parts[0].upper() == "AND":
            parts.pop(0)
        found.append(_one(parts, depth))
    return lambda fields: all(match(fields) for match in found)


def _one(parts: list[str], depth: int) -> Match:
    """Take one word, phrase or bracket, perhaps denied."""
    part = parts.pop(0) if parts else ""
    if part.upper() == "NOT":
        denied = _one(parts, depth)
        return lambda fields: not denied(fields)
    if part == "(" and depth < _MOST_NESTED:
        match = _either(parts, depth + 1)
        if not parts or parts.pop(0) != ")":
            raise malformed("unexpected token: <EOF>")
        return match
    if not part or part in "()" or part.upper() in {"AND", "OR"}:
        raise malformed(f"unexpected token: {part or '<EOF>'}")
    return _phrase(part)


def _phrase(part: str) -> Match:
    wanted = [_pattern(word) for word in _WANTED.findall(part.casefold())]
    size = len(wanted)

    def match(fields: Fields) -> bool:
        return any(
            all(p.fullmatch(w) for p, w in zip(wanted, words[at : at + size], strict=True))
            for words in fields
            for at in range(len(words) - size + 1)
        )

    return match


def _pattern(word: str) -> re.Pattern[str]:
    """Return the pattern of a word; a star in front means nothing."""
    signs = {"*": r"\w*", "?": r"\w"}
    return re.compile("".join(signs.get(c, c) for c in word.lstrip("*") or "*"))
