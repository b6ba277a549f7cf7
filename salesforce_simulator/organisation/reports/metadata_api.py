"""Reports as the Metadata API describes them, in `.report` files.

A parsed file is a mapping by element: texts, numbers, truth values (as texts too),
mappings, and lists of these. An element that is there once may stand without a list.
"""

from collections.abc import Mapping
from typing import Any

from salesforce_simulator.organisation.reports.definition import (
    JOINED,
    ROW_COUNT,
    DateFilter,
    Definition,
    Filter,
    Grouping,
    Sort,
    checked,
)

_FORMATS = {"Tabular": "TABULAR", "Summary": "SUMMARY", "Matrix": "MATRIX",
            "MultiBlock": JOINED, "Joined": JOINED}  # fmt: skip
_AGGREGATES = {"Sum": "s", "Average": "a", "Minimum": "m", "Maximum": "mx", "Unique": "u"}
_INTERVALS = {
    "INTERVAL_CUSTOM": "CUSTOM",
    "INTERVAL_CURRENT": "THIS_FISCAL_QUARTER",
    "INTERVAL_CURNEXT1": "THIS_AND_NEXT_FISCAL_QUARTER",
    "INTERVAL_PREVIOUS": "LAST_FISCAL_QUARTER",
    "INTERVAL_NEXTFQ": "NEXT_FISCAL_QUARTER",
    "INTERVAL_CURFY": "THIS_FISCAL_YEAR",
    "INTERVAL_PREVFY": "LAST_FISCAL_YEAR",
    "INTERVAL_NEXTFY": "NEXT_FISCAL_YEAR",
    "INTERVAL_CURY": "THIS_YEAR",
    "INTERVAL_PREVY": "LAST_YEAR",
    "INTERVAL_NEXTY": "NEXT_YEAR",
    "INTERVAL_CURRENTQ": "THIS_QUARTER",
    "INTERVAL_PREVQ": "LAST_QUARTER",
    "INTERVAL_NEXTQ": "NEXT_QUARTER",
    "INTERVAL_THISMONTH": "THIS_MONTH",
    "INTERVAL_LASTMONTH": "LAST_MONTH",
    "INTERVAL_NEXTMONTH": "NEXT_MONTH",
    "INTERVAL_THISWEEK": "THIS_WEEK",
    "INTERVAL_LASTWEEK": "LAST_WEEK",
    "INTERVAL_NEXTWEEK": "NEXT_WEEK",
    "INTERVAL_TODAY": "TODAY",
    "INTERVAL_YESTERDAY": "YESTERDAY",
    "INTERVAL_TOMORROW": "TOMORROW",
    **{f"INTERVAL_LAST{days}": f"LAST_N_DAYS:{days}" for days in (7, 30, 60, 90, 120)},
    **{f"INTERVAL_NEXT{days}": f"NEXT_N_DAYS:{days}" for days in (7, 30, 60, 90, 120)},
}


def report_definition(
    report: Mapping[str, Any], *, developer_name: str, folder_id: str
) -> Definition:
    """Return the definition that a parsed report file stands for.

    `folder_id` is a folder's id, the organisation's for unfiled public reports, or
    a user's for his private ones. Raises BAD_REQUEST for what no report may be.
    """
    columns = [item for item in _many(report, "columns") if item.get("field")]
    criteria = report.get("filter") or {}
    return checked(
        Definition(
            name=report.get("name") or developer_name,
            developer_name=developer_name,
            description=report.get("description"),
            folder_id=folder_id,
            report_type=report.get("reportType", ""),
            format=_FORMATS.get(report.get("format", ""), report.get("format", "")),
            detail_columns=tuple(item["field"] for item in columns),
            aggregates=(*_aggregates(columns), ROW_COUNT),
            groupings_down=_groupings(report, "groupingsDown"),
            groupings_across=_groupings(report, "groupingsAcross"),
            filters=tuple(
                Filter(
                    item["column"],
                    item["operator"],
                    item.get("value") or "",
                    _flag(item.get("isUnlocked"), default=True),
                )
                for item in _many(criteria, "criteriaItems")
            ),
            boolean_filter=criteria.get("booleanFilter"),
            date_filter=_date_filter(report.get("timeFrameFilter")),
            standard_filters={
                item["name"]: item.get("value") or ""
                for item in _many(report, "params")
                if item["name"] in {"open", "probability"}
            },
            scope=_scope(report.get("scope")),
            sort_by=_sorts(report),
            rows=int(report["rowLimit"]) if report.get("rowLimit") else None,
            rows_descending=report.get("sortOrder") == "Desc",
            has_detail_rows=_flag(report.get("showDetails"), default=True),
            show_grand_total=_flag(report.get("showGrandTotal"), default=True),
            show_subtotals=_flag(report.get("showSubTotals"), default=True),
        )
    )


def report_file(definition: Definition) -> dict[str, Any]:
    """Return a definition as the mapping that a report file is written from."""
    shown: dict[str, list[str]] = {name: [] for name in definition.detail_columns}
    words = {prefix: word for word, prefix in _AGGREGATES.items()}
    for aggregate in definition.aggregates:
        prefix, _, column = aggregate.partition("!")
        if column in shown:
            shown[column].append(words[prefix])
    body: dict[str, Any] = {
        "columns": [_column_element(name, totals) for name, totals in shown.items()],
        "description": definition.description,
        "filter": _filter_element(definition),
        "format": {value: key for key, value in reversed(_FORMATS.items())}[definition.format],
        "groupingsAcross": [_grouping_element(item) for item in definition.groupings_across],
        "groupingsDown": [_grouping_element(item) for item in definition.groupings_down],
        "name": definition.name,
        "params": [
            {"name": name, "value": value} for name, value in definition.standard_filters.items()
        ],
        "reportType": definition.report_type,
        "rowLimit": definition.rows,
        "scope": definition.scope,
        "showDetails": definition.has_detail_rows,
        "showGrandTotal": definition.show_grand_total,
        "showSubTotals": definition.show_subtotals,
        "timeFrameFilter": _time_frame_element(definition.date_filter),
    }
    if definition.sort_by:
        body["sortColumn"] = definition.sort_by[0].column
        body["sortOrder"] = "Desc" if definition.sort_by[0].descending else "Asc"
    return {name: value for name, value in sorted(body.items()) if value not in (None, [])}


def _many(parent: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = parent.get(name) or []
    return found if isinstance(found, list) else [found]


def _flag(value: Any, *, default: bool) -> bool:
    return default if value is None else str(value).lower() == "true"


def _scope(value: str | None) -> str:
    return {"org": "organization", None: "organization", "": "organization"}.get(value, value or "")


def _aggregates(columns: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(
        f"{_AGGREGATES.get(kind, kind)}!{item['field']}"
        for item in columns
        for kind in _texts(item.get("aggregateTypes"))
    )


def _texts(value: Any) -> list[str]:
    if not value:
        return []
    return value if isinstance(value, list) else [value]


def _groupings(report: Mapping[str, Any], name: str) -> tuple[Grouping, ...]:
    return tuple(
        Grouping(
            item["field"],
            item.get("sortOrder") == "Desc",
            item.get("dateGranularity") or "None",
        )
        for item in _many(report, name)
    )


def _date_filter(item: Mapping[str, Any] | None) -> DateFilter | None:
    if not item or not item.get("dateColumn"):
        return None
    interval = item.get("interval") or "INTERVAL_CUSTOM"
    return DateFilter(
        item["dateColumn"],
        _INTERVALS.get(interval, interval),
        item.get("startDate"),
        item.get("endDate"),
    )


def _sorts(report: Mapping[str, Any]) -> tuple[Sort, ...]:
    column = report.get("sortColumn")
    return (Sort(column, report.get("sortOrder") == "Desc"),) if column else ()


def _column_element(name: str, totals: list[str]) -> dict[str, Any]:
    return {"aggregateTypes": totals, "field": name} if totals else {"field": name}


def _grouping_element(item: Grouping) -> dict[str, str]:
    return {
        "dateGranularity": item.granularity,
        "field": item.column,
        "sortOrder": "Desc" if item.descending else "Asc",
    }


def _filter_element(definition: Definition) -> dict[str, Any] | None:
    if not definition.filters:
        return None
    items = [
        {
            "column": item.column,
            "isUnlocked": item.editable,
            "operator": item.operator,
            "value": item.value,
        }
        for item in definition.filters
    ]
    logic = {"booleanFilter": definition.boolean_filter} if definition.boolean_filter else {}
    return {**logic, "criteriaItems": items}


def _time_frame_element(item: DateFilter | None) -> dict[str, str] | None:
    if item is None:
        return None
    names = {duration: interval for interval, duration in _INTERVALS.items()}
    days = {"startDate": item.start, "endDate": item.end}
    return {
        "dateColumn": item.column,
        **{name: day for name, day in days.items() if day},
        "interval": names.get(item.duration, item.duration),
    }
