"""From a definition to one SOQL query, and to what stands where in its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from salesforce_simulator.organisation.reports.aggregates import Aggregate, read_aggregate
from salesforce_simulator.organisation.reports.definition import DateFilter, Definition, Grouping
from salesforce_simulator.organisation.reports.durations import CUSTOM, days_of
from salesforce_simulator.organisation.reports.errors import bad_request
from salesforce_simulator.organisation.reports.filters import condition
from salesforce_simulator.organisation.reports.groups import GRANULARITIES
from salesforce_simulator.organisation.reports.logic import combine
from salesforce_simulator.organisation.reports.report_types import Column, ReportType
from salesforce_simulator.organisation.reports.standard_filters import standard_conditions
from salesforce_simulator.soql.dates import start_of_day

_SCOPES = {"organization", "org", "user", "team"}
_MOST_LEVELS_DOWN = 3
_MOST_LEVELS_ACROSS = 2


@dataclass(frozen=True)
class Setting:
    """For whom and when a report runs."""

    user_id: str
    zone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        """Return the user's day."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Slot:
    """A column with the places of its value and of its record's id in a row."""

    column: Column
    value: int
    link: int | None


@dataclass(frozen=True)
class Level:
    """A grouping with the place of its values."""

    grouping: Grouping
    slot: Slot


@dataclass(frozen=True)
class Plan:
    """A report ready to run: SOQL's parts, and the places of what it shows."""

    definition: Definition
    kind: ReportType
    paths: tuple[str, ...]
    where: str
    order: str
    details: tuple[Slot, ...]
    down: tuple[Level, ...]
    across: tuple[Level, ...]
    aggregates: tuple[Aggregate, ...]
    aggregate_slots: tuple[int | None, ...]

    def soql(self, limit: int | None = None) -> str:
        """Return the query of the rows, at most `limit` of them."""
        most = [number for number in (limit, self.definition.rows) if number is not None]
        tail = f" LIMIT {min(most)}" if most else ""
        return (
            f"SELECT {', '.join(self.paths)} FROM {self.kind.sobject}{self.where}{self.order}{tail}"  # noqa: S608 - SOQL, checked by its parser
        )

    def count_soql(self) -> str:
        """Return the query that counts the rows."""
        return f"SELECT COUNT() FROM {self.kind.sobject}{self.where}"  # noqa: S608 - likewise


def make_plan(definition: Definition, kind: ReportType, setting: Setting) -> Plan:
    """Return the plan of a report; BAD_REQUEST when it asks for what its type does not have."""
    _check_groupings(definition)
    paths: list[str] = []
    aggregates = tuple(read_aggregate(name, kind) for name in definition.aggregates)
    return Plan(
        definition=definition,
        kind=kind,
        details=tuple(_slot(paths, _column(kind, name)) for name in definition.detail_columns),
        down=_levels(paths, kind, definition.groupings_down),
        across=_levels(paths, kind, definition.groupings_across),
        aggregates=aggregates,
        aggregate_slots=tuple(
            None if item.column is None else _place(paths, item.column.path) for item in aggregates
        ),
        where=_where(definition, kind, setting),
        order=_order(definition, kind),
        paths=tuple(paths) or ("Id",),
    )


def without_hidden(definition: Definition, kind: ReportType) -> Definition:
    """Return a saved report as a user sees it: without the columns hidden from him."""
    known = kind.columns
    return replace(
        definition,
        detail_columns=tuple(name for name in definition.detail_columns if name in known),
        aggregates=tuple(
            name for name in definition.aggregates if "!" not in name or name.split("!")[1] in known
        ),
        sort_by=tuple(sort for sort in definition.sort_by if sort.column in known),
    )


def _column(kind: ReportType, name: str) -> Column:
    column = kind.columns.get(name)
    if column is None:
        raise bad_request(f"The column {name} isn't available in the report type {kind.name}.")
    return column


def _place(paths: list[str], path: str) -> int:
    if path not in paths:
        paths.append(path)
    return paths.index(path)


def _slot(paths: list[str], column: Column) -> Slot:
    value = _place(paths, column.path)
    return Slot(column, value, None if column.link is None else _place(paths, column.link))


def _levels(paths: list[str], kind: ReportType, groupings: Sequence[Grouping]) -> tuple[Level, ...]:
    return tuple(Level(item, _slot(paths, _column(kind, item.column))) for item in groupings)


def _check_groupings(definition: Definition) -> None:
    if len(definition.groupings_down) > _MOST_LEVELS_DOWN:
        raise bad_request(f"A report can have up to {_MOST_LEVELS_DOWN} row groupings.")
    if len(definition.groupings_across) > _MOST_LEVELS_ACROSS:
        raise bad_request(f"A report can have up to {_MOST_LEVELS_ACROSS} column groupings.")
    for grouping in definition.groupings:
        if grouping.granularity not in GRANULARITIES:
            raise bad_request(f"The date granularity {grouping.granularity} is not valid.")
        if grouping.sort_aggregate and grouping.sort_aggregate not in definition.aggregates:
            raise bad_request(f"The report has no aggregate {grouping.sort_aggregate}.")


def _where(definition: Definition, kind: ReportType, setting: Setting) -> str:
    parts = []
    if definition.filters:
        conditions = [
            condition(item, _column(kind, item.column), setting.zone) for item in definition.filters
        ]
        parts.append(f"({combine(definition.boolean_filter, conditions)})")
    if definition.date_filter:
        parts += _within(kind, definition.date_filter, setting)
    parts += standard_conditions(kind, definition.standard_filters)
    parts += _scope(definition, kind, setting)
    return " WHERE " + " AND ".join(parts) if parts else ""


def _within(kind: ReportType, item: DateFilter, setting: Setting) -> list[str]:
    """Return the conditions that a date filter sets; a custom one may be open at both ends."""
    column = _column(kind, item.column)
    if column.field.type not in {"date", "datetime"}:
        raise bad_request(f"The column {item.column} isn't a date.")
    first, last = filter_days(item, setting.today)
    conditions = []
    if first:
        conditions.append(f"{column.path} >= {_edge(column, first, setting)}")
    if last:
        conditions.append(f"{column.path} < {_edge(column, last + timedelta(1), setting)}")
    return conditions


def filter_days(item: DateFilter, today: date) -> tuple[date | None, date | None]:
    """Return first and last day of a date filter; BAD_REQUEST for an unknown span."""
    try:
        if item.duration == CUSTOM:
            return _day(item.start), _day(item.end)
        days = days_of(item.duration, today)
    except (ValueError, OverflowError):
        days = None
    if days is None:
        raise bad_request(f"The date filter {item.duration} is not valid.")
    return days


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _edge(column: Column, day: date, setting: Setting) -> str:
    return day.isoformat() if column.field.type == "date" else start_of_day(day, setting.zone)


def _scope(definition: Definition, kind: ReportType, setting: Setting) -> list[str]:
    if definition.scope not in _SCOPES:
        raise bad_request(f"The scope {definition.scope} is not valid.")
    if definition.scope == "user":
        return [f"{kind.owner} = '{setting.user_id}'"]
    if definition.scope == "team":
        me = setting.user_id
        team = f"SELECT Id FROM User WHERE Id = '{me}' OR ManagerId = '{me}'"  # noqa: S608 - SOQL
        return [f"{kind.owner} IN ({team})"]
    return []


def _order(definition: Definition, kind: ReportType) -> str:
    parts = []
    for sort in definition.sort_by:
        column = _column(kind, sort.column)
        if not column.field.sortable:
            raise bad_request(f"The report can't be sorted by the column {sort.column}.")
        descending = definition.rows_descending if definition.rows else sort.descending
        parts.append(f"{column.path} {'DESC' if descending else 'ASC'}")
    return " ORDER BY " + ", ".join(parts) if parts else ""
