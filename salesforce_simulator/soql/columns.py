"""What the columns of a query are, told instead of its records: `columns=true`."""

from collections.abc import Sequence
from typing import Any

from salesforce_simulator.organisation.catalogue import Field, SObject
from salesforce_simulator.organisation.catalogue.model import NUMBERS
from salesforce_simulator.soql.nodes import Call, Expression, Query, Selected
from salesforce_simulator.soql.scope import Resolved
from salesforce_simulator.soql.statement import Child, Statement
from salesforce_simulator.soql.typeof import TypeofPart

_APEX_TYPES = {
    "address": "Address", "boolean": "Boolean", "currency": "Double", "date": "Date",
    "datetime": "Datetime", "double": "Double", "id": "Id", "int": "Integer",
    "percent": "Double", "reference": "Id", "time": "Time",
}  # fmt: skip
_TEXT = "String"

Column = dict[str, Any]


def describe_columns(query: Query, statement: Statement) -> dict[str, Any]:
    """Return the answer to a query that asks for its columns: `columnMetadata` and the object.

    A parent is a column with its own fields as `joinColumns`; so are the records
    of a sub-query and the value of a function, which both count as `aggregate`.
    """
    columns = _columns(query, statement)
    return {
        "columnMetadata": columns,
        "entityName": statement.sobject.name,
        "groupBy": bool(query.group),
        "idSelected": any(column["columnName"] == "Id" for column in columns),
        "keyPrefix": statement.sobject.prefix or None,
    }


def _columns(query: Query, statement: Statement) -> list[Column]:
    if statement.kind == "aggregate":
        selected = [item.expression for item in query.select if isinstance(item, Selected)]
        return [
            _grouped(expression, column, label)
            for expression, column, label in zip(
                selected, statement.columns, statement.labels, strict=True
            )
        ]
    columns: list[Column] = []
    queries = iter([item for item in query.select if isinstance(item, Query)])
    for item in statement.items:
        if isinstance(item, Child):
            inner = _columns(next(queries), item.statement)
            columns.append(_column(item.name, aggregate=True, join=inner))
        elif isinstance(item, TypeofPart):
            columns.append(_typeof(item, statement.sobject))
        else:
            _add(columns, statement.sobject, item.names, item.field)
    return columns


def _add(columns: list[Column], sobject: SObject | None, names: Sequence[str], item: Field) -> None:
    """Add a field to the columns, under those of its parents, which are there once."""
    for name in names[:-1]:
        link = sobject.by_relationship.get(name.lower()) if sobject else None
        found = next((column for column in columns if column["columnName"] == name), None)
        if found is None:
            found = _column(name, foreign_key=link.name if link else None)
            columns.append(found)
        columns, sobject = found["joinColumns"], None
    columns.append(_field(names[-1], item))


def _field(name: str, item: Field) -> Column:
    return _column(name, item, apex_type=_APEX_TYPES.get(item.type, _TEXT))


def _grouped(expression: Expression, column: Resolved, label: str) -> Column:
    """Return a column of a GROUP BY: a grouped field, or a function under its alias."""
    if not isinstance(expression, Call):
        return _field(label, column.field)
    shown = f"{expression.function.lower()}({expression.argument or ''})"
    value = _column(label, column.field, display=shown, aggregate=True)
    return {**value, "custom": False, "insertable": False, "updatable": False}


def _typeof(item: TypeofPart, sobject: SObject) -> Column:
    columns: list[Column] = []
    for variant in (*item.variants.values(), *filter(None, (item.otherwise,))):
        known = {column["columnName"] for column in columns}
        for found in variant.columns:
            if found.names[-1] not in known:
                _add(columns, variant.source.sobject, found.names, found.field)
    link = sobject.by_relationship.get(item.name.lower())
    return _column(item.name, foreign_key=link.name if link else None, join=columns)


def _column(
    name: str,
    item: Field | None = None,
    *,
    apex_type: str | None = None,
    display: str | None = None,
    aggregate: bool = False,
    foreign_key: str | None = None,
    join: list[Column] | None = None,
) -> Column:
    kind = _APEX_TYPES.get(item.type, _TEXT) if item else None
    return {
        "aggregate": aggregate,
        "apexType": apex_type,
        "booleanType": kind == "Boolean",
        "columnName": name,
        "custom": item is not None and item.custom,
        "displayName": display or name,
        "foreignKeyName": foreign_key,
        "insertable": item is not None and item.createable,
        "joinColumns": [] if join is None else join,
        "numberType": item is not None and item.type in NUMBERS,
        "textType": kind == _TEXT,
        "updatable": item is not None and item.updateable,
    }
