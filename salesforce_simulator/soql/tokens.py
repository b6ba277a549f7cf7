"""The words, values and marks that a query's text is made of."""

import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.errors import query_error, too_complicated

MOST_NESTED = 50
_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<string>'(?:\\.|[^'\\])*')
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d)
  | (?P<currency>(?-i:[A-Z]{3})-?\d+(?:\.\d+)?(?!\w))
  | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)
  | (?P<name>[a-z][a-z0-9_]*)
  | (?P<operator>!=|<>|<=|>=|=|<|>)
  | (?P<mark>[(),.:*])
  | (?P<bad>'.*|.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query; `kind` is name, string, number, mark and so on, or end.

    `word` is the text in upper case for a name, and empty for anything else.
    """

    kind: str
    text: str
    at: int
    word: str = ""


class Tokens:
    """The tokens of a text, taken one after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._rest = _tokens(text)
        self._ahead: deque[Token] = deque()
        self._depth = 0

    def peek(self, ahead: int = 0) -> Token:
        """Return the present token, or one further on.

        Raises MALFORMED_QUERY at a character that no token can begin with.
        """
        while len(self._ahead) <= ahead:
            self._ahead.append(next(self._rest))
        token = self._ahead[ahead]
        if token.kind == "bad":
            row = self.text.count("\n", 0, token.at) + 1
            column = token.at - self.text.rfind("\n", 0, token.at) - 1
            raise SalesforceError(
                "MALFORMED_QUERY", f"line {row}:{column} unexpected token: '{token.text}'"
            )
        return token

    def take(self, *kinds: str) -> Token:
        """Return the present token and go on; with `kinds`, only one of these."""
        token = self.peek()
        if kinds and token.kind not in kinds:
            raise self.unexpected()
        self._ahead.popleft()
        return token

    def accept(self, *words: str) -> str:
        """Take a keyword if it is one of these, and return it; otherwise return nothing."""
        word = self.peek().word
        if word not in words:
            return ""
        self._ahead.popleft()
        return word

    def expect(self, word: str) -> Token:
        """Take this keyword; MALFORMED_QUERY when something else stands there."""
        token = self.peek()
        if token.word != word:
            raise self.unexpected()
        self._ahead.popleft()
        return token

    def accept_mark(self, mark: str) -> bool:
        """Take a mark such as a comma if it is there."""
        found = self.is_mark(mark)
        if found:
            self._ahead.popleft()
        return found

    def expect_mark(self, mark: str) -> Token:
        """Take this mark; MALFORMED_QUERY when something else stands there."""
        token = self.peek()
        if not self.accept_mark(mark):
            raise self.unexpected()
        return token

    def is_mark(self, mark: str, ahead: int = 0) -> bool:
        """Tell whether a mark stands here, or further on."""
        token = self.peek(ahead)
        return token.kind == "mark" and token.text == mark

    def unexpected(self, token: Token | None = None) -> SalesforceError:
        """Return the error that names a token, the present one unless told otherwise."""
        token = token or self.peek()
        if token.kind == "end":
            return SalesforceError("MALFORMED_QUERY", "unexpected token: '<EOF>'")
        return query_error(
            "MALFORMED_QUERY", f"unexpected token: '{token.text}'", self.text, token.at
        )

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Go one level deeper; QUERY_TOO_COMPLICATED when there are too many."""
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise too_complicated()
        yield
        self._depth -= 1


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "space":
            piece = match[0]
            yield Token(kind, piece, match.start(), piece.upper() if kind == "name" else "")
    while True:
        yield Token("end", "", len(text))
