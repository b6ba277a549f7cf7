"""Functions of SOQL, and the SQL for whatever may stand where a field stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.catalogue.model import NUMBERS
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.formats import format_sql
from salesforce_simulator.soql.nodes import Call, Expression, Path
from salesforce_simulator.soql.scope import Resolved, Scope
from salesforce_simulator.soql.types import collation

Value = tuple[str, str]

_AGGREGATES = {
    "COUNT": "count({})",
    "COUNT_DISTINCT": "count(DISTINCT {}{collation})",
    "SUM": "CAST(sum({}) AS REAL)",
    "AVG": "avg({})",
    "MIN": "min({}{collation})",
    "MAX": "max({}{collation})",
}
_YEAR = "CAST(substr({}, 1, 4) AS INTEGER)"
_MONTH = "CAST(substr({}, 6, 2) AS INTEGER)"
_QUARTER = "((CAST(substr({}, 6, 2) AS INTEGER) + 2) / 3)"
_DAY = "CAST(substr({}, 9, 2) AS INTEGER)"
_DAY_IN_YEAR = "CAST(strftime('%j', {}) AS INTEGER)"
# The first week of a month or year is its first seven days. The fiscal year is the calendar year.
_DATE_PARTS = {
    "CALENDAR_YEAR": _YEAR,
    "CALENDAR_QUARTER": _QUARTER,
    "CALENDAR_MONTH": _MONTH,
    "FISCAL_YEAR": _YEAR,
    "FISCAL_QUARTER": _QUARTER,
    "FISCAL_MONTH": _MONTH,
    "DAY_IN_MONTH": _DAY,
    "DAY_IN_WEEK": "(CAST(strftime('%w', {}) AS INTEGER) + 1)",
    "DAY_IN_YEAR": _DAY_IN_YEAR,
    "WEEK_IN_MONTH": f"(({_DAY} + 6) / 7)",
    "WEEK_IN_YEAR": f"(({_DAY_IN_YEAR} + 6) / 7)",
}
_OF_DATETIMES = {"HOUR_IN_DAY": "CAST(substr({}, 12, 2) AS INTEGER)"}
DATE_FUNCTIONS = frozenset({*_DATE_PARTS, *_OF_DATETIMES, "DAY_ONLY"})
_CONVERT = "CONVERTTIMEZONE"
_INTEGER = Field(name="", label="", type="int")
_DOUBLE = Field(name="", label="", type="double", precision=18, scale=2)
_DATE = Field(name="", label="", type="date")
_TEXT = Field(name="", label="", type="string")
_NOT_AGGREGATABLE = frozenset({"boolean", "address", "location", "multipicklist"})


def is_aggregate(item: object) -> bool:
    """Tell whether a part of a query is an aggregate function."""
    if not isinstance(item, Call):
        return False
    return item.function in _AGGREGATES or is_aggregate(item.argument)


def value_of(item: Expression, resolved: Resolved) -> Value:
    """Return what tells one grouped value from another: its function and its SQL."""
    return (item.function if isinstance(item, Call) else "", resolved.sql)


@dataclass
class Resolver:
    """Finds SQL and type of fields and of functions of them, within one query.

    Times are taken in UTC, as Salesforce does without convertTimezone, which takes
    them in the user's `zone`. Under ROLLUP or CUBE `subtotals` has, for each grouped
    value, SQL that is null in a subtotal and SQL that tells whether it is one.
    """

    scope: Scope
    zone: str
    subtotals: Mapping[Value, tuple[str, str]] = field(default_factory=dict)

    def resolve(self, item: Expression) -> Resolved:
        """Return the value of a field or function; MALFORMED_QUERY for an unknown function."""
        if isinstance(item, Call) and item.function == "GROUPING":
            return self._grouping(item)
        resolved = self.plain(item)
        subtotal = self.subtotals.get(value_of(item, resolved))
        return replace(resolved, sql=subtotal[0]) if subtotal else resolved

    def plain(self, item: Expression) -> Resolved:
        """Return a value as it is in a single record."""
        if isinstance(item, Path):
            return self.scope.resolve(item)
        if item.argument is None:
            return Resolved("count(*)", _INTEGER, self.scope.root, (item.name,))
        inner = self._argument(item, item.argument)
        if item.function in _AGGREGATES:
            return self._aggregate(item, inner)
        if item.function in DATE_FUNCTIONS:
            return self._date_function(item, inner)
        if item.function in {"TOLABEL", "CONVERTCURRENCY"}:
            return inner
        if item.function == "FORMAT":
            return replace(inner, sql=format_sql(inner.sql, inner.field, self.zone), field=_TEXT)
        raise self._unknown(item)

    def _argument(self, item: Call, argument: Expression) -> Resolved:
        """Return what a function is about; convertTimezone may be inside a date function alone."""
        if not (isinstance(argument, Call) and argument.function == _CONVERT and argument.argument):
            return self.plain(argument)
        inner = self.plain(argument.argument)
        if item.function not in DATE_FUNCTIONS or inner.field.type != "datetime":
            raise self._unknown(argument)
        return replace(inner, sql=f"in_zone({inner.sql}, '{self.zone}')")

    def _aggregate(self, item: Call, inner: Resolved) -> Resolved:
        kind = inner.field
        allowed = kind.filterable and kind.type not in _NOT_AGGREGATABLE
        if not allowed or (item.function in {"SUM", "AVG"} and kind.type not in NUMBERS):
            raise self._error(
                f"field {kind.name} does not support aggregate operator {item.function}", item.at
            )
        sql = _AGGREGATES[item.function].format(inner.sql, collation=collation(kind))
        return Resolved(sql, _aggregate_type(item.function, kind), inner.source, (item.name,))

    def _date_function(self, item: Call, inner: Resolved) -> Resolved:
        moment = inner.field.type == "datetime"
        if item.function == "DAY_ONLY" and moment:
            return replace(inner, sql=f"substr({inner.sql}, 1, 10)", field=_DATE)
        parts = _DATE_PARTS | _OF_DATETIMES if moment else _DATE_PARTS
        if item.function not in parts or not (moment or inner.field.type == "date"):
            raise self._error(
                f"Invalid field for function {item.name}: {inner.field.name or item.argument}",
                item.at,
            )
        return replace(inner, sql=parts[item.function].format(inner.sql), field=_INTEGER)

    def _grouping(self, item: Call) -> Resolved:
        inner = self.plain(item.argument) if item.argument else None
        subtotal = inner and item.argument and self.subtotals.get(value_of(item.argument, inner))
        if not inner or not subtotal:
            raise self._error(f"Field must be grouped: {item.argument}", item.at)
        return Resolved(subtotal[1], _INTEGER, inner.source, (item.name,))

    def _unknown(self, item: Call) -> SalesforceError:
        return self._error(f"unexpected token: '{item.name}'", item.at)

    def _error(self, reason: str, at: int) -> SalesforceError:
        return query_error("MALFORMED_QUERY", reason, self.scope.text, at)


def _aggregate_type(function: str, kind: Field) -> Field:
    if function.startswith("COUNT"):
        return _INTEGER
    return kind if function in {"MIN", "MAX"} else _DOUBLE
