"""The groups that a row belongs to: by a column's values or by spans of its dates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from salesforce_simulator.organisation.catalogue.model import NUMBERS
from salesforce_simulator.organisation.reports.report_types import Column
from salesforce_simulator.organisation.reports.values import NOTHING, Writer, whole

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTHS_PER_QUARTER = 3
_DAYS_PER_WEEK = 7

Value = str | float | bool | None


@dataclass(frozen=True)
class Group:
    """A group of one level: its value tells it from the others, the label is for people."""

    value: Value
    label: str


@dataclass(frozen=True)
class _Span:
    """How days are put together: the first day of a day's span, and the span's label."""

    start: Callable[[date], date]
    label: Callable[[date, Writer], str]


def _quarter(day: date) -> date:
    month = day.month - (day.month - 1) % _MONTHS_PER_QUARTER
    return date(day.year, month, 1)


def _week(day: date) -> date:
    return day - timedelta((day.weekday() + 1) % _DAYS_PER_WEEK)


def _quarter_number(day: date) -> int:
    return (day.month - 1) // _MONTHS_PER_QUARTER + 1


_DAY = _Span(lambda day: day, lambda day, writer: writer.day(day))
GRANULARITIES: Mapping[str, _Span] = {
    "None": _DAY,
    "Day": _DAY,
    "Week": _Span(
        _week, lambda day, writer: f"{writer.day(day)} - {writer.day(day + timedelta(6))}"
    ),
    "Month": _Span(
        lambda day: day.replace(day=1), lambda day, _: f"{_MONTHS[day.month - 1]} {day.year}"
    ),
    "Quarter": _Span(_quarter, lambda day, _: f"Q{_quarter_number(day)} CY{day.year}"),
    "Year": _Span(lambda day: day.replace(month=1, day=1), lambda day, _: f"CY{day.year}"),
    "FiscalQuarter": _Span(_quarter, lambda day, _: f"Q{_quarter_number(day)} FY{day.year}"),
    "FiscalYear": _Span(lambda day: day.replace(month=1, day=1), lambda day, _: f"FY{day.year}"),
}
GRANULARITY_LABELS = {
    "Day": "Day",
    "Week": "Calendar Week",
    "Month": "Calendar Month",
    "Quarter": "Calendar Quarter",
    "Year": "Calendar Year",
    "FiscalQuarter": "Fiscal Quarter",
    "FiscalYear": "Fiscal Year",
}


def group_of(
    column: Column, granularity: str, stored: Any, link: str | None, writer: Writer
) -> Group:
    """Return the group of a stored value.

    Records with the same name are groups of their own, known by their ids; other
    columns that lead to a record, such as a first name, are put together by text.
    """
    if stored is None:
        return Group(None, NOTHING)
    kind = column.field.type
    if kind in {"date", "datetime"}:
        span = GRANULARITIES[granularity]
        start = span.start(writer.local_day(column.field, stored))
        return Group(start.isoformat(), span.label(start, writer))
    if kind == "boolean":
        return Group(bool(stored), "true" if stored else "false")
    if kind in NUMBERS or kind == "int":
        return Group(whole(stored), writer.number(column.field, stored))
    return Group(link if link and column.field.is_name else stored, stored)


def sort_key(column: Column, group: Group) -> tuple[Any, ...]:
    """Return what groups are sorted by: null first, picklists in the order of their values."""
    if group.value is None:
        return (0,)
    if isinstance(group.value, (bool, int, float)):
        return (1, group.value)
    if column.field.type in {"date", "datetime"}:
        return (1, group.value)
    if column.field.type == "picklist" and group.value in column.field.values:
        return (1, column.field.values.index(group.value), "")
    return (1, len(column.field.values), group.label.casefold(), group.value)
