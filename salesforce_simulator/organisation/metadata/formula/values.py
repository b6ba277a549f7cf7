"""A part of a formula after it was compiled: its SQL and its type."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from salesforce_simulator.organisation.metadata.formula.errors import FormulaError


class Type(StrEnum):
    """The types that formulas know, by the names in Salesforce's complaints."""

    TEXT = "Text"
    NUMBER = "Number"
    BOOLEAN = "Boolean"
    DATE = "Date"
    DATETIME = "DateTime"
    PICKLIST = "Picklist"
    MULTI_PICKLIST = "Multi-Select Picklist"
    NULL = "Null"


@dataclass(frozen=True)
class Value:
    """SQL with its type; a blank text is NULL or empty, any other blank is NULL.

    `whole_id` is the SQL of an id with 18 characters where the value itself has 15.
    """

    sql: str
    type: Type
    whole_id: str | None = None

    @property
    def text(self) -> str:
        """Return SQL of a text that is never NULL."""
        return f"ifnull({self.sql}, '')"

    @property
    def blank(self) -> str:
        """Return SQL that tells whether the value is blank."""
        if self.type is Type.TEXT:
            return f"({self.text} = '')"
        return f"({self.sql} IS NULL)"


NULL = Value("NULL", Type.NULL)


def number(sql: str) -> Value:
    """Return a number."""
    return Value(sql, Type.NUMBER)


def text(sql: str) -> Value:
    """Return a text."""
    return Value(sql, Type.TEXT)


def boolean(sql: str) -> Value:
    """Return a truth value: 1, 0, or NULL where it is not known."""
    return Value(f"({sql})", Type.BOOLEAN)


def quote(value: str) -> str:
    """Return a text as an SQL literal; braces stay out of the way of the alias."""
    literal = "'" + value.replace("'", "''").replace("\0", "") + "'"
    if "{" not in literal:
        return literal
    return "(" + literal.replace("{", "'||char(123)||'") + ")"


def common_type(values: Sequence[Value], where: str) -> Type:
    """Return the one type of all values that are not null; FormulaError when they differ."""
    kinds = [value.type for value in values if value.type is not Type.NULL]
    first = kinds[0] if kinds else Type.NULL
    second = next((kind for kind in kinds if kind is not first), first)
    if second is not first:
        raise FormulaError(
            f"Incorrect parameter type for {where}. Expected {first}, received {second}"
        )
    return first
