"""Reports and report types in words: what `describe` and every run answer with."""

from typing import Any

from salesforce_simulator.organisation.reports.aggregates import read_aggregate
from salesforce_simulator.organisation.reports.definition import (
    ROW_COUNT,
    DateFilter,
    Definition,
)
from salesforce_simulator.organisation.reports.durations import duration_groups
from salesforce_simulator.organisation.reports.groups import GRANULARITY_LABELS
from salesforce_simulator.organisation.reports.logic import tidied
from salesforce_simulator.organisation.reports.metadata_json import as_metadata
from salesforce_simulator.organisation.reports.operators import operator_map
from salesforce_simulator.organisation.reports.plan import Setting, filter_days
from salesforce_simulator.organisation.reports.report_types import Column, ReportType
from salesforce_simulator.organisation.reports.standard_filters import (
    DEFAULTS,
    standard_filter_infos,
)


def report_metadata(
    definition: Definition, kind: ReportType, report_id: str | None, setting: Setting
) -> dict[str, Any]:
    """Return `reportMetadata`: the definition with every key of the API."""
    metadata = {
        **as_metadata(definition),
        "chart": None,
        "crossFilters": [],
        "currency": None,
        "dashboardSetting": None,
        "division": None,
        "hasRecordCount": ROW_COUNT in definition.aggregates,
        "historicalSnapshotDates": [],
        "id": report_id,
        "presentationOptions": {"hasStackedSummaries": True},
        "reportBooleanFilter": tidied(definition.boolean_filter),
        "reportType": {"label": kind.label, "type": kind.name},
        "saveRoleHierarchy": False,
        "standardDateFilter": _date_filter(definition, kind, setting),
        "standardFilters": _standard_filters(definition, kind),
        "supportsRoleHierarchy": bool(kind.standard_filters),
        "userOrHierarchyFilterId": None,
    }
    return dict(sorted(metadata.items()))


def _date_filter(definition: Definition, kind: ReportType, setting: Setting) -> dict[str, Any]:
    """Return the date filter with its days; a report without one has an open custom span."""
    item = definition.date_filter or DateFilter(kind.date_column)
    first, last = filter_days(item, setting.today)
    return {
        "column": item.column,
        "durationValue": item.duration,
        "endDate": last.isoformat() if last else None,
        "startDate": first.isoformat() if first else None,
    }


def _standard_filters(definition: Definition, kind: ReportType) -> list[dict[str, str]] | None:
    if not kind.standard_filters:
        return None
    return [
        {"name": name, "value": definition.standard_filters.get(name, DEFAULTS[name])}
        for name in kind.standard_filters
    ]


def extended_metadata(definition: Definition, kind: ReportType) -> dict[str, Any]:
    """Return `reportExtendedMetadata`: labels and types of what the report shows."""
    grouped = {}
    for levels in (definition.groupings_down, definition.groupings_across):
        for level, item in enumerate(levels):
            grouped[item.column] = {**_column(kind.columns[item.column]), "groupingLevel": level}
    aggregates = [read_aggregate(name, kind) for name in definition.aggregates]
    return {
        "aggregateColumnInfo": {
            item.name: {"dataType": item.field.type, "label": item.label} for item in aggregates
        },
        "availableDashboardSettings": None,
        "detailColumnInfo": {
            name: _column(kind.columns[name]) for name in definition.detail_columns
        },
        "groupingColumnInfo": grouped,
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "dataType": column.data_type,
        "filterValues": _filter_values(column),
        "filterable": column.field.filterable,
        "inactiveFilterValues": [],
        "isLookup": column.is_lookup,
        "label": column.label,
        "uniqueCountable": column.data_type != "boolean",
    }


def _filter_values(column: Column) -> list[dict[str, str]]:
    values = ("True", "False") if column.field.type == "boolean" else column.field.values
    return [{"apiName": value, "label": value, "name": value} for value in values]


def report_type_metadata(kind: ReportType, setting: Setting) -> dict[str, Any]:
    """Return `reportTypeMetadata`: the columns to choose from, and how each can be filtered."""
    return {
        "categories": [
            {
                "columns": {column.name: _choice(column) for column in section.columns},
                "label": section.label,
                "labelSuffix": None,
            }
            for section in kind.sections
        ],
        "dataTypeFilterOperatorMap": operator_map(),
        "dateGranularityInfos": [
            {"label": label, "value": value} for value, label in GRANULARITY_LABELS.items()
        ],
        "divisionInfo": None,
        "hasOuterJoin": False,
        "isExternalObjectReport": False,
        "isHistorical": False,
        "objectRelationships": [],
        "scopeInfo": _scopes(kind),
        "standardDateFilterDurationGroups": duration_groups(setting.today),
        "standardFilterInfos": standard_filter_infos(kind),
        "supportsJoinedFormat": True,
    }


def _choice(column: Column) -> dict[str, Any]:
    """Return a column as the report builder offers it."""
    text = column.field.type in {"string", "email", "phone", "url", "textarea"}
    return {
        "allowedInCustomDetailFormula": column.field.filterable,
        "bucketable": column.data_type not in {"date", "datetime", "boolean"},
        **_column(column),
        "isCustom": column.field.custom,
        "maxLength": column.field.length if text else None,
    }


def _scopes(kind: ReportType) -> dict[str, Any]:
    noun = kind.label.lower()
    scopes = (
        ("user", f"My {noun}"),
        ("team", f"My team's {noun}"),
        ("organization", f"All {noun}"),
    )
    return {
        "defaultValue": "organization",
        "values": [
            {"allowsDivision": False, "label": label, "value": value} for value, label in scopes
        ],
    }
