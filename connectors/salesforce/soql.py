"""Building SELECT statements that user data cannot bend.

Identifiers are taken only from a set that the caller trusts (an object's
description); values are quoted by simple-salesforce's ``format_soql``, whose
``:literal``, which lets text through as it is, is never used.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Literal, TypeAlias
from urllib.parse import quote_plus

from simple_salesforce.format import format_soql

Value: TypeAlias = str | int | float | bool | date | None
Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">=", "IN", "NOT IN"]

# Salesforce refuses a URI beyond 16,384 bytes; host, path and other parameters need some.
_LONGEST_QUERY_BYTES = 14_000
_LONGEST_STRING = 4_000
_OBJECT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}", re.ASCII)
_FIELD_PATH = re.compile(
    r"[A-Za-z][A-Za-z0-9_]{0,79}(?:\.[A-Za-z][A-Za-z0-9_]{0,79}){0,5}", re.ASCII
)
_SCALAR_OPERATORS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_LIST_OPERATORS = frozenset({"IN", "NOT IN"})
# format_soql escapes these control characters; any other has no place in a query.
_UNPRINTABLE = re.compile(r"[\x00-\x07\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Condition:
    """``field operator value``; IN and NOT IN take a sequence of values, times are aware."""

    field: str
    operator: Operator
    value: Value | Sequence[str]


@dataclass(frozen=True)
class Like:
    """Text that begins with, or holds, the given one; ``%`` and ``_`` in it mean themselves."""

    field: str
    text: str
    anywhere: bool = False


class AllOf:
    """Every one of these conditions."""

    word = " AND "

    def __init__(self, *conditions: "Where") -> None:
        self.conditions = conditions


class AnyOf(AllOf):
    """At least one of these conditions."""

    word = " OR "


Where: TypeAlias = Condition | Like | AllOf | AnyOf


def starts_with(field: str, text: str) -> Like:
    """Return the condition that a field begins with ``text``."""
    return Like(field, text)


def contains(field: str, text: str) -> Like:
    """Return the condition that a field holds ``text`` somewhere."""
    return Like(field, text, anywhere=True)


def build_select(
    sobject_type: str,
    fields: Sequence[str],
    *,
    known_fields: Collection[str],
    where: Where | None = None,
    order_by: Sequence[str] = (),
    limit: int | None = None,
) -> str:
    """Return ``SELECT fields FROM sobject_type ...``.

    Every field, also in conditions and order, must be in ``known_fields`` in the
    same spelling; a path like ``Account.Name`` is a field of its own there. Raises
    ValueError otherwise, and for a value that SOQL cannot hold.
    """
    if not fields:
        raise ValueError("a query needs at least one field")
    columns = ", ".join(_known(field, known_fields) for field in fields)
    statement = f"SELECT {columns} FROM {_object_name(sobject_type)}" + _where(where, known_fields)  # noqa: S608
    if order_by:
        statement += " ORDER BY " + ", ".join(_known(field, known_fields) for field in order_by)
    return statement if limit is None else f"{statement} LIMIT {int(limit)}"


def build_count(
    sobject_type: str, *, known_fields: Collection[str], where: Where | None = None
) -> str:
    """Return ``SELECT COUNT() FROM sobject_type ...``; raises like ``build_select``."""
    return f"SELECT COUNT() FROM {_object_name(sobject_type)}" + _where(where, known_fields)  # noqa: S608


def build_selects_in(
    sobject_type: str,
    fields: Sequence[str],
    *,
    known_fields: Collection[str],
    field: str,
    values: Iterable[str],
    where: Where | None = None,
) -> Iterator[str]:
    """Yield as few selects as needed for ``field IN values``, each short enough for a URI."""

    def select(chunk: Sequence[str]) -> str:
        one_of = Condition(field, "IN", chunk)
        both = AllOf(one_of, where) if where is not None else one_of
        return build_select(sobject_type, fields, known_fields=known_fields, where=both)

    room = _LONGEST_QUERY_BYTES - _uri_bytes(select([""]))
    chunk: list[str] = []
    used = 0
    for value in values:
        cost = _uri_bytes(_literal(value) + ",")
        if chunk and used + cost > room:
            yield select(chunk)
            chunk, used = [], 0
        chunk.append(value)
        used += cost
    if chunk:
        yield select(chunk)


def _uri_bytes(text: str) -> int:
    return len(quote_plus(text))


def _object_name(name: str) -> str:
    if not _OBJECT_NAME.fullmatch(name):
        raise ValueError(f"not the name of an object: {name[:100]!r}")
    return name


def _known(field: str, known_fields: Collection[str]) -> str:
    if field not in known_fields or not _FIELD_PATH.fullmatch(field):
        raise ValueError(f"not a field of this object: {field[:100]!r}")
    return field


def _where(where: Where | None, known_fields: Collection[str]) -> str:
    return "" if where is None else f" WHERE {_condition(where, known_fields)}"


def _condition(where: Where, known_fields: Collection[str]) -> str:
    if isinstance(where, AllOf):
        if not where.conditions:
            raise ValueError("a group of conditions is empty")
        # SOQL refuses AND and OR side by side without parentheses.
        return where.word.join(f"({_condition(part, known_fields)})" for part in where.conditions)
    field = _known(where.field, known_fields)
    if isinstance(where, Like):
        _check_text(where.text)
        pattern = format_soql("{:like}", where.text) + "%"
        return f"{field} LIKE '{'%' if where.anywhere else ''}{pattern}'"
    return f"{field} {where.operator} {_operand(where)}"


def _operand(condition: Condition) -> str:
    value = condition.value
    if condition.operator in _SCALAR_OPERATORS:
        return _literal(value)
    if condition.operator not in _LIST_OPERATORS:
        raise ValueError(f"not an operator: {condition.operator!r}")
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise ValueError("IN takes at least one value")
    return "(" + ",".join(_literal(item) for item in value) + ")"


def _literal(value: Value | Sequence[str]) -> str:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError("SOQL has no such number")
    elif isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a time without its time zone means nothing to Salesforce")
    elif value is not None and not isinstance(value, int | float | date):
        raise ValueError(f"SOQL has no such value: {type(value).__name__}")
    quoted: str = format_soql("{}", value)
    return quoted


def _check_text(text: str) -> None:
    if len(text) > _LONGEST_STRING:
        raise ValueError(f"a text in a query has at most {_LONGEST_STRING} characters")
    if _UNPRINTABLE.search(text):
        raise ValueError("a text in a query may not hold control characters")
