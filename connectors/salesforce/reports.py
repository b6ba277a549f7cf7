"""Saved reports over the Analytics API: which there are, their columns, and their rows.

A run shows at most 2,000 rows, in the background too, and says so in ``allData``. Whatever
its format, a report is run as a plain table here: what it groups by becomes its first columns,
and nothing of that is saved.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from connectors.salesforce.client import SalesforceClient, field_of
from connectors.salesforce.errors import (
    AccessError,
    IncompleteBodyError,
    LimitError,
    NotFoundError,
    ReportUnavailableError,
)
from connectors.salesforce.ids import normalise_id
from connectors.salesforce.query import iterate_records
from connectors.salesforce.soql import Condition, Where, build_select, contains

LARGEST_RUN = 2_000

_FIELDS = ("Id", "Name", "FolderName", "Format", "OwnerId")
_FORMATS = frozenset({"Tabular", "Summary"})
_MOST_LISTED = 2_000
_USER = "005"
_ROW_COUNT = "RowCount"
_ALL = "T!T"
_NOTHING = "-"
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?", re.ASCII)
_OF_A_RECORD = re.compile(r"0[0-9A-Za-z]{2}", re.ASCII)


@dataclass(frozen=True)
class ReportSummary:
    """A report as a person chooses it."""

    id: str
    name: str
    folder: str


@dataclass(frozen=True)
class ReportColumn:
    """A column: its name in the API, its label, Salesforce's type, and whether one can filter."""

    name: str
    label: str
    data_type: str
    is_filterable: bool


@dataclass(frozen=True)
class Report:
    """A report as it is saved now; ``metadata`` is Salesforce's own form of it."""

    id: str
    name: str
    columns: tuple[ReportColumn, ...]
    metadata: Mapping[str, Any]


class ReportCell(NamedTuple):
    """What a cell shows as text (None: nothing), and the record that it is or leads to."""

    text: str | None
    record_id: str


@dataclass(frozen=True)
class ReportRows:
    """A run: rows in the order of the report's columns, and how many rows there are in all."""

    rows: Sequence[Sequence[ReportCell]]
    is_complete: bool
    row_count: int


def find_reports(client: SalesforceClient, search: str = "", *, limit: int) -> list[ReportSummary]:
    """Return the first tabular and summary reports by name, of folders open to the user."""
    return [
        _summary(record)
        for record in _query(client, contains("Name", search) if search else None, _MOST_LISTED)
        if record["Format"] in _FORMATS and not (record["OwnerId"] or "").startswith(_USER)
    ][:limit]


def read_report(client: SalesforceClient, report_id: str) -> ReportSummary:
    """Return one report; ReportUnavailableError when it is deleted, private or hidden."""
    for record in _query(client, Condition("Id", "=", report_id), 1):
        if not (record["OwnerId"] or "").startswith(_USER):
            return _summary(record)
    raise ReportUnavailableError("NOT_FOUND", "The report is deleted, private or hidden.")


def describe_report(client: SalesforceClient, report_id: str) -> Report:
    """Return a report's columns, those that it groups by first.

    Raises ReportUnavailableError when it is deleted, or in a folder that the user may not see.
    """
    with _report_errors():
        answer = client.get(f"analytics/reports/{normalise_id(report_id)}/describe")
    metadata, words = field_of(answer, "reportMetadata"), field_of(answer, "reportExtendedMetadata")
    groups = [*(metadata["groupingsDown"] or ()), *(metadata["groupingsAcross"] or ())]
    named = dict.fromkeys([*(each["name"] for each in groups), *metadata["detailColumns"]])
    infos = {**words["groupingColumnInfo"], **words["detailColumnInfo"]}
    return Report(
        id=normalise_id(report_id),
        name=metadata["name"],
        columns=tuple(_column(name, infos[name]) for name in named),
        metadata=metadata,
    )


def run_report(
    client: SalesforceClient, report: Report, *, sort_by: str = "", at_least: str = ""
) -> ReportRows:
    """Run a report and return its rows, at most LARGEST_RUN of them.

    With ``sort_by`` they come in the ascending order of that column, and with ``at_least``
    without those before that value. Raises ReportUnavailableError as ``describe_report``, and
    LimitError when the hour's runs are used up.
    """
    body = {"reportMetadata": _as_table(report, sort_by, at_least)}
    path = f"analytics/reports/{report.id}?includeDetails=true"
    with _report_errors():
        answer = client.send("POST", path, body, idempotent=True)
    everything = field_of(field_of(answer, "factMap"), _ALL)
    rows = [
        [_cell(cell) for cell in field_of(row, "dataCells")] for row in field_of(everything, "rows")
    ]
    if any(len(row) != len(report.columns) for row in rows):
        raise IncompleteBodyError("ROW_INCOMPLETE", "A row of the report has too few cells.")
    count = everything["aggregates"][answer["reportMetadata"]["aggregates"].index(_ROW_COUNT)]
    return ReportRows(rows, field_of(answer, "allData"), int(count["value"] or 0))


def _query(client: SalesforceClient, where: Where | None, limit: int) -> Iterator[dict[str, Any]]:
    soql = build_select(
        "Report", _FIELDS, known_fields=_FIELDS, where=where, order_by=["Name"], limit=limit
    )
    return iterate_records(client, soql)


def _summary(record: Mapping[str, Any]) -> ReportSummary:
    return ReportSummary(record["Id"], record["Name"], record["FolderName"] or "")


def _column(name: str, info: Mapping[str, Any]) -> ReportColumn:
    return ReportColumn(
        name, info["label"], info["dataType"], is_filterable=info.get("filterable", True)
    )


def _as_table(report: Report, sort_by: str, at_least: str) -> dict[str, Any]:
    table = {
        **report.metadata,
        "reportFormat": "TABULAR",
        "groupingsDown": [],
        "groupingsAcross": [],
        "detailColumns": [column.name for column in report.columns],
        "aggregates": [_ROW_COUNT],
        "hasDetailRows": True,
    }
    if sort_by:
        table["sortBy"] = [{"sortColumn": sort_by, "sortOrder": "Asc"}]
    if at_least:
        condition = {"column": sort_by, "operator": "greaterOrEqual", "value": _quoted(at_least)}
        table["reportFilters"] = [*(report.metadata["reportFilters"] or ()), condition]
        if logic := report.metadata["reportBooleanFilter"]:
            table["reportBooleanFilter"] = f"({logic}) AND {len(table['reportFilters'])}"
    return table


def _quoted(value: str) -> str:
    """Return one value of a filter, in which a comma would begin another one."""
    return '"' + value.replace('"', '""') + '"' if set(value) & set(',"') else value


def _cell(cell: Mapping[str, Any]) -> ReportCell:
    """Return a cell's text, the same for every user's language where there is a plain value.

    The value of a name that leads to a record is that record's id, its label is the name.
    """
    value, label = field_of(cell, "value"), field_of(cell, "label")
    if not isinstance(value, str):
        return ReportCell(_plain(value), "")
    record_id = _record_id(value)
    if not record_id or _record_id(label) == record_id:
        return ReportCell(value or None, record_id)
    return ReportCell(None if label == _NOTHING else label, record_id)


def _record_id(text: str) -> str:
    """Return the record id that a text is, with 18 characters; empty where it is none."""
    if not (_ID.fullmatch(text) and _OF_A_RECORD.match(text)):
        return ""
    try:
        return normalise_id(text)
    except ValueError:
        return ""


def _plain(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value["amount"]
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if value == int(value) else repr(value)


@contextmanager
def _report_errors() -> Iterator[None]:
    """Tell what the API refuses of one report from what it refuses of the connection.

    It says 403 both for a report that the user may not see and for too many runs in an hour.
    """
    try:
        yield
    except NotFoundError as error:
        raise ReportUnavailableError(error.code, error.message, status=error.status) from error
    except AccessError as error:
        if error.code != "FORBIDDEN":
            raise
        if "exceeded" in error.message.lower():
            raise LimitError(error.code, error.message, status=error.status) from error
        raise ReportUnavailableError(error.code, error.message, status=error.status) from error
