"""From a query's text to its nodes."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql import nodes
from salesforce_simulator.soql.errors import query_error

LONGEST = 100_000
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_SIMPLE_ESCAPES = {
    "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\",
    "_": "_", "%": "%", "N": "\n", "R": "\r", "T": "\t", "B": "\b", "F": "\f",
}  # fmt: skip


def parse(text: str) -> nodes.Query:
    """Return the query's nodes; MALFORMED_QUERY when the text is none."""
    if len(text) > LONGEST:
        raise SalesforceError(
            "QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000 characters."
        )
    try:
        tree = _lark().parse(text)
        query: nodes.Query = _Builder(text).transform(tree)
    except UnexpectedInput as error:
        raise _malformed(text, error) from error
    except VisitError as error:
        if isinstance(error.orig_exc, SalesforceError):
            raise error.orig_exc from error
        raise
    return query


@cache
def _lark() -> Lark:
    grammar = (files(__package__) / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=True)


def _malformed(text: str, error: UnexpectedInput) -> SalesforceError:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return SalesforceError("MALFORMED_QUERY", "unexpected token: '<EOF>'")
    at = error.pos_in_stream or 0
    word = str(error.token) if isinstance(error, UnexpectedToken) else text[at : at + 1]
    if isinstance(error, UnexpectedCharacters):
        match = re.match(r"\w+", text[at:])
        word = match[0] if match else word
    return query_error("MALFORMED_QUERY", f"unexpected token: '{word}'", text, at)


class _Builder(Transformer[Token, Any]):
    """Makes nodes out of lark's tree, from the leaves up."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def start(self, items: list[Any]) -> nodes.Query:
        return items[0]  # type: ignore[no-any-return]  # lark's items are untyped

    def path(self, items: list[Token]) -> nodes.Path:
        return nodes.Path(tuple(map(str, items)), items[0].start_pos or 0)

    def call(self, items: list[Any]) -> nodes.Call:
        name, argument, alias = items
        return nodes.Call(name.upper(), argument, str(alias) if alias else None, name.start_pos)

    def subquery(self, items: list[nodes.Query]) -> nodes.Query:
        return items[0]

    def select_list(self, items: list[Any]) -> tuple[Any, ...]:
        return tuple(items)

    def query(self, items: list[Any]) -> nodes.Query:
        select, name, alias, scope, where, group, having, order, limit, offset, _ = items
        first = select[0]
        return nodes.Query(
            select=select,
            sobject=str(name),
            at=first.at,
            sobject_at=name.start_pos,
            alias=str(alias) if alias else None,
            scope=scope,
            where=where,
            group=group or (),
            having=having,
            order=order or (),
            limit=limit,
            offset=offset,
        )

    def scope(self, items: list[Token]) -> str:
        return str(items[0])

    def where(self, items: list[nodes.Condition]) -> nodes.Condition:
        return items[0]

    having = where

    def group(self, items: list[Any]) -> tuple[Any, ...]:
        return tuple(items)

    order = group

    def order_item(self, items: list[Any]) -> nodes.OrderItem:
        expression, direction, place = items
        descending = bool(direction) and direction.upper() == "DESC"
        last = place.upper().endswith("LAST") if place else False
        return nodes.OrderItem(expression, descending, last)

    def limit(self, items: list[Token]) -> int:
        if not items[0].isdigit():
            raise query_error(
                "MALFORMED_QUERY",
                f"unexpected token: '{items[0]}'",
                self._text,
                items[0].start_pos or 0,
            )
        return int(items[0])

    offset = limit

    def for_view(self, _items: list[Token]) -> None:
        return None

    def conjunction(self, items: list[nodes.Condition]) -> nodes.Group:
        return nodes.Group("AND", tuple(items))

    def disjunction(self, items: list[nodes.Condition]) -> nodes.Group:
        return nodes.Group("OR", tuple(items))

    def negation(self, items: list[nodes.Condition]) -> nodes.Negation:
        return nodes.Negation(items[0])

    def comparison(self, items: list[Any]) -> nodes.Comparison:
        left, operator, value = items
        operator = "!=" if operator == "<>" else operator.upper()
        return nodes.Comparison(left, operator, value)

    def in_list(self, items: list[Any]) -> nodes.Membership:
        return nodes.Membership(items[0], "IN", tuple(items[2:]))

    def not_in_list(self, items: list[Any]) -> nodes.Membership:
        return nodes.Membership(items[0], "NOT IN", tuple(items[2:]))

    def includes(self, items: list[Any]) -> nodes.Membership:
        return nodes.Membership(items[0], "INCLUDES", tuple(items[2:]))

    def excludes(self, items: list[Any]) -> nodes.Membership:
        return nodes.Membership(items[0], "EXCLUDES", tuple(items[2:]))

    def in_query(self, items: list[Any]) -> nodes.SemiJoin:
        return nodes.SemiJoin(items[0], negated=False, query=items[2])

    def not_in_query(self, items: list[Any]) -> nodes.SemiJoin:
        return nodes.SemiJoin(items[0], negated=True, query=items[2])

    def string(self, items: list[Token]) -> nodes.Literal:
        token = items[0]
        at = token.start_pos or 0
        inner = token[1:-1]
        text = _ESCAPE.sub(lambda match: self._unescape(match, at), inner)
        return nodes.Literal("string", text, at, pattern=_like_pattern(inner))

    def _unescape(self, match: re.Match[str], at: int) -> str:
        code = match[1]
        if len(code) > 1:
            return chr(int(code[1:], 16))
        if code not in _SIMPLE_ESCAPES:
            raise query_error(
                "MALFORMED_QUERY",
                f"Invalid string literal. Illegal character sequence '\\{code}' in string literal.",
                self._text,
                at,
            )
        return _SIMPLE_ESCAPES[code]

    def number(self, items: list[Token]) -> nodes.Literal:
        return nodes.Literal("number", str(items[0]), items[0].start_pos or 0)

    def date(self, items: list[Token]) -> nodes.Literal:
        return nodes.Literal("date", str(items[0]), items[0].start_pos or 0)

    def datetime(self, items: list[Token]) -> nodes.Literal:
        return nodes.Literal("datetime", str(items[0]), items[0].start_pos or 0)

    def word(self, items: list[Any]) -> nodes.Literal:
        name, count = items
        upper, at = name.upper(), name.start_pos or 0
        if upper in {"TRUE", "FALSE"}:
            return nodes.Literal("boolean", upper, at)
        if upper == "NULL":
            return nodes.Literal("null", "", at)
        return nodes.Literal("relative", upper, at, count=int(count) if count else None)


def _like_pattern(inner: str) -> str:
    r"""Return the text of a LIKE pattern for SQLite, with a backslash as its escape character.

    `\%` and `\_` stay escaped, and so does a backslash that is meant literally.
    """

    def replace(match: re.Match[str]) -> str:
        code = match[1]
        if code in {"%", "_", "\\"}:
            return "\\" + code
        return chr(int(code[1:], 16)) if len(code) > 1 else _SIMPLE_ESCAPES.get(code, code)

    return _ESCAPE.sub(replace, inner)
