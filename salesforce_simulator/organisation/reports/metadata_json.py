"""Definitions as JSON: the part of `reportMetadata` that a report is made of."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from salesforce_simulator.organisation.reports.definition import (
    DateFilter,
    Definition,
    Filter,
    Grouping,
    Sort,
    checked,
)
from salesforce_simulator.organisation.reports.errors import bad_request
from salesforce_simulator.organisation.reports.values import plain_text

_ORDERS = frozenset({"Asc", "Desc"})


def changed(base: Definition, metadata: Mapping[str, Any]) -> Definition:
    """Return the definition with the parts that a `reportMetadata` names put in their place.

    Raises BAD_REQUEST for parts of another shape, and as `checked` does.
    """
    try:
        parts = {_PARTS[key][0]: _PARTS[key][1](value) for key, value in _named(metadata)}
        result = replace(base, **parts, **_top_rows(metadata))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise bad_request(f"The report metadata is not valid: {problem}") from None
    return checked(result)


def _named(metadata: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in metadata.items() if key in _PARTS]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _optional_text(value: Any) -> str | None:
    return None if value is None else _text(value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, _list(value)))


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is not true or false")
    return value


def _descending(value: Any) -> bool:
    if value not in _ORDERS:
        raise ValueError(f"{value!r} is not Asc or Desc")
    return bool(value == "Desc")


def _type_name(value: Any) -> str:
    return _text(value["type"] if isinstance(value, dict) else value)


def _groupings(value: Any) -> tuple[Grouping, ...]:
    return tuple(
        Grouping(
            _text(item["name"]),
            _descending(item.get("sortOrder") or "Asc"),
            _text(item.get("dateGranularity") or "None"),
            _optional_text(item.get("sortAggregate")),
        )
        for item in _list(value)
    )


def _filters(value: Any) -> tuple[Filter, ...]:
    return tuple(_filter(item) for item in _list(value))


def _filter(item: Mapping[str, Any]) -> Filter:
    if item.get("filterType", "fieldValue") != "fieldValue":
        raise ValueError(f"filters of type {item['filterType']!r} are not supported")
    return Filter(
        _text(item["column"]),
        _text(item["operator"]),
        plain_text(item.get("value")),
        _flag(item.get("isRunPageEditable", True)),
    )


def _date_filter(value: Any) -> DateFilter | None:
    if value is None:
        return None
    return DateFilter(
        _text(value["column"]),
        _text(value.get("durationValue") or "CUSTOM"),
        _optional_text(value.get("startDate")),
        _optional_text(value.get("endDate")),
    )


def _sorts(value: Any) -> tuple[Sort, ...]:
    return tuple(
        Sort(_text(item["sortColumn"]), _descending(item.get("sortOrder") or "Asc"))
        for item in _list(value)
    )


def _standard_filters(value: Any) -> dict[str, str]:
    return {_text(item["name"]): _text(item["value"]) for item in _list(value)}


def _top_rows(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a definition that `topRows` stands for."""
    if "topRows" not in metadata:
        return {}
    top = metadata["topRows"]
    if top is None:
        return {"rows": None}
    limit = int(top["rowLimit"])
    if limit < 1:
        raise ValueError(f"rowLimit {limit} is less than 1")
    return {"rows": limit, "rows_descending": _descending(top.get("direction") or "Asc")}


_PARTS: Mapping[str, tuple[str, Any]] = {
    "name": ("name", _text),
    "developerName": ("developer_name", _optional_text),
    "description": ("description", _optional_text),
    "folderId": ("folder_id", _optional_text),
    "reportType": ("report_type", _type_name),
    "reportFormat": ("format", _text),
    "detailColumns": ("detail_columns", _texts),
    "aggregates": ("aggregates", _texts),
    "groupingsDown": ("groupings_down", _groupings),
    "groupingsAcross": ("groupings_across", _groupings),
    "reportFilters": ("filters", _filters),
    "reportBooleanFilter": ("boolean_filter", _optional_text),
    "standardDateFilter": ("date_filter", _date_filter),
    "standardFilters": ("standard_filters", _standard_filters),
    "scope": ("scope", _text),
    "sortBy": ("sort_by", _sorts),
    "hasDetailRows": ("has_detail_rows", _flag),
    "showGrandTotal": ("show_grand_total", _flag),
    "showSubtotals": ("show_subtotals", _flag),
}


def as_metadata(definition: Definition) -> dict[str, Any]:
    """Return the definition as JSON, from which `changed` makes the same one again."""
    date_filter = definition.date_filter
    return {
        "aggregates": list(definition.aggregates),
        "description": definition.description,
        "detailColumns": list(definition.detail_columns),
        "developerName": definition.developer_name,
        "folderId": definition.folder_id,
        "groupingsAcross": [_grouping_json(item) for item in definition.groupings_across],
        "groupingsDown": [_grouping_json(item) for item in definition.groupings_down],
        "hasDetailRows": definition.has_detail_rows,
        "name": definition.name,
        "reportBooleanFilter": definition.boolean_filter,
        "reportFilters": [_filter_json(item) for item in definition.filters],
        "reportFormat": definition.format,
        "reportType": {"type": definition.report_type},
        "scope": definition.scope,
        "showGrandTotal": definition.show_grand_total,
        "showSubtotals": definition.show_subtotals,
        "sortBy": [
            {"sortColumn": item.column, "sortOrder": _order(descending=item.descending)}
            for item in definition.sort_by
        ],
        "standardDateFilter": date_filter
        and {
            "column": date_filter.column,
            "durationValue": date_filter.duration,
            "endDate": date_filter.end,
            "startDate": date_filter.start,
        },
        "standardFilters": [
            {"name": name, "value": value} for name, value in definition.standard_filters.items()
        ],
        "topRows": None
        if definition.rows is None
        else {
            "direction": _order(descending=definition.rows_descending),
            "rowLimit": definition.rows,
        },
    }


def _order(*, descending: bool) -> str:
    return "Desc" if descending else "Asc"


def _grouping_json(item: Grouping) -> dict[str, Any]:
    return {
        "dateGranularity": item.granularity,
        "name": item.column,
        "sortAggregate": item.sort_aggregate,
        "sortOrder": _order(descending=item.descending),
    }


def _filter_json(item: Filter) -> dict[str, Any]:
    return {
        "column": item.column,
        "filterType": "fieldValue",
        "isRunPageEditable": item.editable,
        "operator": item.operator,
        "value": item.value,
    }
