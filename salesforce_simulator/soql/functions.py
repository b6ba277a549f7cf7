"""Functions of SOQL."""

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.catalogue.model import NUMBERS
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.nodes import Call, Path
from salesforce_simulator.soql.scope import Resolved, Scope

AGGREGATES = {
    "COUNT": "count({})",
    "COUNT_DISTINCT": "count(DISTINCT {} COLLATE NOCASE)",
    "SUM": "sum({})",
    "AVG": "avg({})",
    "MIN": "min({})",
    "MAX": "max({})",
}
_DATE_PARTS = {
    "CALENDAR_YEAR": "CAST(substr({}, 1, 4) AS INTEGER)",
    "CALENDAR_QUARTER": "(CAST(substr({}, 6, 2) AS INTEGER) + 2) / 3",
    "CALENDAR_MONTH": "CAST(substr({}, 6, 2) AS INTEGER)",
    "DAY_IN_MONTH": "CAST(substr({}, 9, 2) AS INTEGER)",
    "HOUR_IN_DAY": "CAST(substr({}, 12, 2) AS INTEGER)",
}
_UNCHANGED = frozenset({"TOLABEL", "FORMAT", "CONVERTCURRENCY", "CONVERTTIMEZONE"})
_INTEGER = Field(name="", label="", type="int")
_DOUBLE = Field(name="", label="", type="double", precision=18, scale=2)
_DATE = Field(name="", label="", type="date")


def is_aggregate(item: object) -> bool:
    """Tell whether a part of a query is an aggregate function."""
    return isinstance(item, Call) and item.function in AGGREGATES


def resolve_expression(scope: Scope, item: Path | Call) -> Resolved:
    """Return SQL and type of a field or of a function of one.

    Times are taken in UTC, as Salesforce does without convertTimezone.
    """
    if isinstance(item, Path):
        return scope.resolve(item)
    if item.argument is None:
        if item.function == "COUNT":
            return Resolved("count(*)", _INTEGER, scope.root, (item.function,))
        raise _unknown(scope, item)
    inner = resolve_expression(scope, item.argument)
    if item.function in AGGREGATES:
        _check_aggregatable(scope, item, inner.field)
        return Resolved(
            AGGREGATES[item.function].format(inner.sql),
            _aggregate_type(item.function, inner.field),
            inner.source,
            (item.alias or item.function,),
        )
    if item.function in _DATE_PARTS and inner.field.type in {"date", "datetime"}:
        sql = _DATE_PARTS[item.function].format(inner.sql)
        return Resolved(sql, _INTEGER, inner.source, inner.names)
    if item.function == "DAY_ONLY":
        return Resolved(f"substr({inner.sql}, 1, 10)", _DATE, inner.source, inner.names)
    if item.function in _UNCHANGED:
        return inner
    raise _unknown(scope, item)


def _unknown(scope: Scope, item: Call) -> Exception:
    return query_error(
        "MALFORMED_QUERY", f"unexpected token: '{item.function}'", scope.text, item.at
    )


def _check_aggregatable(scope: Scope, item: Call, field: Field) -> None:
    numeric = field.type in NUMBERS
    allowed = field.filterable and field.type not in {"boolean", "address"}
    if not allowed or (item.function in {"SUM", "AVG"} and not numeric):
        raise query_error(
            "MALFORMED_QUERY",
            f"field {field.name} does not support aggregate operator {item.function}",
            scope.text,
            item.at,
        )


def _aggregate_type(function: str, field: Field) -> Field:
    if function.startswith("COUNT"):
        return _INTEGER
    return field if function in {"MIN", "MAX"} else _DOUBLE
