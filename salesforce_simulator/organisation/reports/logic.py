"""Filter logic: how the numbered filters of a report hang together.

Such as `1 AND (2 OR 3)`. AND binds more closely than OR; SOQL wants parentheses
there, so every pair gets them.
"""

import re
from collections.abc import Callable, Sequence

from salesforce_simulator.organisation.reports.errors import bad_request

_TOKEN = re.compile(r"\s*(\d+|AND|OR|NOT|\(|\))", re.IGNORECASE)


def combine(logic: str | None, conditions: Sequence[str]) -> str:
    """Return one condition of all; without logic each has to hold.

    Raises BAD_REQUEST for logic that cannot be read, that names a filter which is
    not there, or that leaves one out.
    """
    if not logic or not logic.strip():
        return " AND ".join(conditions)
    parser = _Parser(_tokens(logic), conditions)
    result = parser.parse()
    if parser.used != set(range(1, len(conditions) + 1)):
        raise bad_request("The filter logic has to use every filter of the report.")
    return result


def tidied(logic: str | None) -> str | None:
    """Return filter logic with the blanks that Salesforce writes it with."""
    if not logic or not logic.strip():
        return None
    text = " ".join(_tokens(logic))
    return text.replace("( ", "(").replace(" )", ")")


def _tokens(logic: str) -> list[str]:
    tokens, at = [], 0
    while logic[at:].strip():
        match = _TOKEN.match(logic, at)
        if match is None:
            raise _unreadable(logic)
        tokens.append(match[1].upper())
        at = match.end()
    return tokens


def _unreadable(logic: str) -> Exception:
    return bad_request(f"The filter logic {logic} is not valid.")


class _Parser:
    """Reads tokens from left to right and puts conditions in the numbers' places."""

    def __init__(self, tokens: list[str], conditions: Sequence[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._conditions = conditions
        self.used: set[int] = set()

    def parse(self) -> str:
        result = self._any()
        if self._at < len(self._tokens):
            raise self._error()
        return result

    def _any(self) -> str:
        return self._joined("OR", lambda: self._joined("AND", self._one))

    def _joined(self, word: str, part: Callable[[], str]) -> str:
        parts = [part()]
        while self._peek() == word:
            self._at += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else "(" + f" {word} ".join(parts) + ")"

    def _one(self) -> str:
        token = self._peek()
        self._at += 1
        if token == "NOT":  # noqa: S105 - a word of the logic
            return f"(NOT {self._one()})"
        if token == "(":  # noqa: S105 - likewise
            inner = self._any()
            if self._peek() != ")":
                raise self._error()
            self._at += 1
            return inner
        if not token.isdigit() or not 1 <= int(token) <= len(self._conditions):
            raise self._error()
        self.used.add(int(token))
        return self._conditions[int(token) - 1]

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _error(self) -> Exception:
        return _unreadable(" ".join(self._tokens))
