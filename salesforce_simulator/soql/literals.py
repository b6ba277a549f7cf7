"""The values in a query: strings and their escapes, numbers, dates and words."""

import re

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.dates import is_date_literal
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.nodes import Literal
from salesforce_simulator.soql.tokens import Token, Tokens

_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_SIMPLE_ESCAPES = {
    "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\",
    "_": "_", "%": "%", "N": "\n", "R": "\r", "T": "\t", "B": "\b", "F": "\f",
}  # fmt: skip
_MOST_DIGITS = 9
_AS_THEY_ARE = frozenset({"number", "currency", "date", "datetime"})


def parse_literal(tokens: Tokens) -> Literal:
    """Take one value; MALFORMED_QUERY for anything else, such as another field or a variable."""
    token = tokens.peek()
    if tokens.accept_mark(":"):
        raise query_error(
            "MALFORMED_QUERY", "Bind variables only allowed in Apex code", tokens.text, token.at
        )
    if token.kind == "string":
        tokens.take()
        return _string(token, tokens.text)
    if token.kind in _AS_THEY_ARE:
        tokens.take()
        return Literal(token.kind, token.text, token.at)
    if tokens.accept("TRUE", "FALSE"):
        return Literal("boolean", token.word, token.at)
    if tokens.accept("NULL"):
        return Literal("null", "", token.at)
    return _relative_date(tokens)


def _relative_date(tokens: Tokens) -> Literal:
    token = tokens.peek()
    counted = tokens.is_mark(":", ahead=1)
    if not is_date_literal(token.word, counted=counted):
        raise tokens.unexpected()
    tokens.take()
    if not counted:
        return Literal("relative", token.word, token.at)
    tokens.expect_mark(":")
    number = tokens.peek()
    if not number.text.isdigit() or len(number.text) > _MOST_DIGITS:
        raise tokens.unexpected()
    tokens.take()
    return Literal("relative", token.word, token.at, count=int(number.text))


def _string(token: Token, text: str) -> Literal:
    inner = token.text[1:-1]
    if "\\" not in inner:
        return Literal("string", inner, token.at, pattern=inner)
    bad = next((m for m in _ESCAPE.finditer(inner) if not _is_escape(m[1])), None)
    if bad is not None:
        raise _illegal(inner, bad[0], text, token.at)
    unescaped = _ESCAPE.sub(lambda match: _unescaped(match[1]), inner)
    pattern = _ESCAPE.sub(_in_pattern, inner)
    return Literal("string", _whole(unescaped), token.at, pattern=_whole(pattern))


def _whole(text: str) -> str:
    """Join the two halves of characters that were written as two escapes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_escape(code: str) -> bool:
    return len(code) > 1 or code in _SIMPLE_ESCAPES


def _unescaped(code: str) -> str:
    return chr(int(code[1:], 16)) if len(code) > 1 else _SIMPLE_ESCAPES[code]


def _in_pattern(match: re.Match[str]) -> str:
    r"""Return an escape as SQLite's LIKE takes it, with a backslash as its escape character.

    `\%` and `\_` stay escaped, and so does a backslash that is meant literally.
    """
    code = match[1]
    return "\\" + code if code in {"%", "_", "\\"} else _unescaped(code)


def _illegal(inner: str, sequence: str, text: str, at: int) -> SalesforceError:
    return query_error(
        "MALFORMED_QUERY",
        f"Invalid string literal '{inner}'. Illegal character sequence '{sequence}' in string"
        " literal.",
        text,
        at,
    )
