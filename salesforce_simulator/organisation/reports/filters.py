"""From the filters of a report to conditions of SOQL.

A value may list several between commas, with quotes around one that has a comma in
it: equals and contains then mean any of them, the opposites none of them. An empty
value stands for null. Texts are compared without regard to case, and what is null
passes every "not" filter; both are SOQL's own rules too.
"""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from salesforce_simulator.organisation.catalogue.model import NUMBERS
from salesforce_simulator.organisation.clock import to_stamp
from salesforce_simulator.organisation.ids import DIGITS, SHORT_LENGTH, full_id, normalise_id
from salesforce_simulator.organisation.reports.definition import Filter
from salesforce_simulator.organisation.reports.errors import bad_request
from salesforce_simulator.organisation.reports.operators import fits, is_operator
from salesforce_simulator.organisation.reports.report_types import Column
from salesforce_simulator.organisation.reports.values import read_day, read_moment, read_number
from salesforce_simulator.soql.dates import start_of_day

_COMPARISONS = {
    "equals": "=",
    "notEqual": "!=",
    "lessThan": "<",
    "greaterThan": ">",
    "lessOrEqual": "<=",
    "greaterOrEqual": ">=",
}
_NONE_OF = frozenset({"notEqual", "notContain", "excludes"})
_TRUTHS = {"true": "TRUE", "1": "TRUE", "false": "FALSE", "0": "FALSE"}
_COUNTED_DAYS = re.compile(r"(LAST|NEXT) (\d+) (DAYS|WEEKS|MONTHS|QUARTERS|YEARS)")
_RELATIVE = re.compile(r"[A-Z]+(?:_[A-Z0-9]+)*(?::\d+)?")
_BETWEEN_ENDS = 2
_SHORTEST_LIST = 2
_IDS = frozenset({"id", "reference"})


def condition(item: Filter, column: Column, zone: ZoneInfo) -> str:
    """Return the SOQL condition of a filter, in parentheses.

    Raises BAD_REQUEST when the operator does not fit the column's type, the value
    cannot be read, or the column cannot be filtered by.
    """
    if not is_operator(item.operator):
        raise bad_request(f"The filter operator {item.operator} is not valid.")
    if not column.field.filterable or not fits(item.operator, column.data_type):
        raise bad_request(
            f"The filter operator {item.operator} can't be used with the column {item.column}."
        )
    values = listed(item.value)
    try:
        if item.operator == "between":
            return _between(column, values, zone)
        if item.operator in {"includes", "excludes"}:
            return f"({column.path} {item.operator.upper()} ({_quoted_list(values)}))"
        parts = _parts(item.operator, column, values, zone)
    except ValueError:
        raise bad_request(
            f"The filter value {item.value} isn't valid for the column {item.column}."
        ) from None
    joiner = " AND " if item.operator in _NONE_OF else " OR "
    return "(" + joiner.join(parts) + ")"


def _parts(operator: str, column: Column, values: list[str], zone: ZoneInfo) -> list[str]:
    """Return one condition per value; many values to be equal to make one list of them."""
    given = [value for value in values if value]
    if operator not in {"equals", "notEqual"} or len(given) < _SHORTEST_LIST:
        return [_single(operator, column, value, zone) for value in values]
    kind = column.field.type
    if kind in {"date", "datetime", "boolean"} or kind in NUMBERS:
        return [_single(operator, column, value, zone) for value in values]
    texts = [_require_id(value) for value in given] if kind in _IDS else given
    word = "NOT IN" if operator == "notEqual" else "IN"
    blank = [_single(operator, column, "", zone)] if len(given) < len(values) else []
    return [f"{column.path} {word} ({_quoted_list(texts)})", *blank]


def listed(value: str) -> list[str]:
    """Return the values between the commas of a filter's value, without their quotes."""
    if not value.strip():
        return [""]
    one_line = value.replace("\n", " ").replace("\r", " ")
    return [part.strip() for part in next(csv.reader([one_line], skipinitialspace=True))]


def _single(operator: str, column: Column, value: str, zone: ZoneInfo) -> str:
    if not value:
        return f"{column.path} {'!=' if operator in _NONE_OF else '='} null"
    kind = column.field.type
    if kind in {"date", "datetime"}:
        return _when(operator, column, value, zone)
    if kind in _IDS:
        return _id(operator, column, value)
    if operator not in _COMPARISONS:
        return _like(operator, column, value)
    return f"{column.path} {_COMPARISONS[operator]} {_literal(kind, value)}"


def _literal(kind: str, value: str) -> str:
    """Return a value as a literal of SOQL; ValueError when the type has no such value."""
    if kind in NUMBERS:
        return f"{read_number(value):f}"
    if kind != "boolean":
        return quote(value)
    if value.lower() not in _TRUTHS:
        raise ValueError(value)
    return _TRUTHS[value.lower()]


def _like(operator: str, column: Column, value: str) -> str:
    pattern = _pattern(value) + "%" if operator == "startsWith" else f"%{_pattern(value)}%"
    like = f"{column.path} LIKE {_quote_pattern(pattern)}"
    return f"(NOT {like})" if operator == "notContain" else like


def _id(operator: str, column: Column, value: str) -> str:
    """Return a condition on an id; one that begins with a text lies between two ids."""
    if operator == "startsWith" and len(value) < SHORT_LENGTH:
        if not value.isalnum():
            raise ValueError(value)
        first = full_id(value.ljust(SHORT_LENGTH, DIGITS[0]))
        last = full_id(value.ljust(SHORT_LENGTH, "z"))
        return f"({column.path} >= '{first}' AND {column.path} <= '{last}')"
    sign = "=" if operator == "startsWith" else _COMPARISONS[operator]
    return f"{column.path} {sign} '{_require_id(value)}'"


def _require_id(value: str) -> str:
    record_id = normalise_id(value)
    if record_id is None:
        raise ValueError(value)
    return record_id


def _when(operator: str, column: Column, value: str, zone: ZoneInfo) -> str:
    """Return a condition on a date or moment; a day of a moment is the user's whole day."""
    word = _COUNTED_DAYS.sub(r"\1_N_\3:\2", value.upper()).replace(" ", "_")
    if _RELATIVE.fullmatch(word):
        return f"{column.path} {_COMPARISONS[operator]} {word}"
    moment = read_moment(value)
    if column.field.type == "date":
        day = moment.astimezone(zone).date() if moment else read_day(value)
        return f"{column.path} {_COMPARISONS[operator]} {day.isoformat()}"
    if moment:
        return f"{column.path} {_COMPARISONS[operator]} {to_stamp(moment)}"
    day = read_day(value)
    start, end = start_of_day(day, zone), start_of_day(day + timedelta(1), zone)
    return _OF_DAY[operator](column.path, start, end)


_OF_DAY: Mapping[str, Callable[[str, str, str], str]] = {
    "equals": lambda path, start, end: f"({path} >= {start} AND {path} < {end})",
    "notEqual": lambda path, start, end: f"({path} < {start} OR {path} >= {end} OR {path} = null)",
    "lessThan": lambda path, start, _end: f"{path} < {start}",
    "greaterThan": lambda path, _start, end: f"{path} >= {end}",
    "lessOrEqual": lambda path, _start, end: f"{path} < {end}",
    "greaterOrEqual": lambda path, start, _end: f"{path} >= {start}",
}


def _between(column: Column, values: Sequence[str], zone: ZoneInfo) -> str:
    if len(values) != _BETWEEN_ENDS or not all(values):
        raise ValueError(values)
    first = _when("greaterOrEqual", column, values[0], zone)
    last = _when("lessOrEqual", column, values[1], zone)
    return f"({first} AND {last})"


def quote(text: str) -> str:
    """Return a text as a literal of SOQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quote_pattern(pattern: str) -> str:
    """Return the pattern of a LIKE as a literal; its escaped wild cards stay escaped."""
    return "'" + pattern.replace("'", "\\'") + "'"


def _pattern(text: str) -> str:
    """Return a text that stands for itself in a pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _quoted_list(values: Sequence[str]) -> str:
    return ", ".join(map(quote, values))
