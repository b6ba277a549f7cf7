"""A report's definition: what is asked.

It says nothing of the organisation: whether its columns exist is known to `plan`
alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from salesforce_simulator.organisation.reports.errors import bad_request, unsupported

ROW_COUNT = "RowCount"
JOINED = "MULTI_BLOCK"
FORMATS = ("TABULAR", "SUMMARY", "MATRIX", JOINED)
MOST_COLUMNS = 100
MOST_FILTERS = 20


@dataclass(frozen=True)
class Filter:
    """One condition; `value` may list several values between commas."""

    column: str
    operator: str
    value: str
    editable: bool = True


@dataclass(frozen=True)
class Grouping:
    """A level of groups, by a column's values or by spans of its dates."""

    column: str
    descending: bool = False
    granularity: str = "None"
    sort_aggregate: str | None = None


@dataclass(frozen=True)
class DateFilter:
    """The span of the report's date column: a named one, or CUSTOM with its two days."""

    column: str
    duration: str = "CUSTOM"
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True)
class Sort:
    """A column that rows are sorted by."""

    column: str
    descending: bool = False


@dataclass(frozen=True)
class Definition:
    """What a report shows; see the Analytics API's `reportMetadata` for each part.

    `rows` limits a tabular report to its first rows. `standard_filters` are the
    report type's own questions with their answers, such as `open` and `all`.
    """

    name: str
    report_type: str
    developer_name: str | None = None
    description: str | None = None
    folder_id: str | None = None
    format: str = "TABULAR"
    detail_columns: tuple[str, ...] = ()
    aggregates: tuple[str, ...] = (ROW_COUNT,)
    groupings_down: tuple[Grouping, ...] = ()
    groupings_across: tuple[Grouping, ...] = ()
    filters: tuple[Filter, ...] = ()
    boolean_filter: str | None = None
    date_filter: DateFilter | None = None
    standard_filters: Mapping[str, str] = field(default_factory=dict)
    scope: str = "organization"
    sort_by: tuple[Sort, ...] = ()
    rows: int | None = None
    rows_descending: bool = False
    has_detail_rows: bool = True
    show_grand_total: bool = True
    show_subtotals: bool = True

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        """Return the levels of both directions."""
        return self.groupings_down + self.groupings_across


def require_unjoined(definition: Definition) -> Definition:
    """Return the definition; UNSUPPORTED for a joined report, which the API cannot run."""
    if definition.format == JOINED:
        raise unsupported()
    return definition


def checked(definition: Definition) -> Definition:
    """Return the definition in the format that its groupings make of it.

    Raises BAD_REQUEST for what no report may be, and for more columns or filters
    than the API takes.
    """
    if definition.format not in FORMATS:
        raise bad_request(f"The report format {definition.format} is not valid.")
    if not definition.name:
        raise bad_request("A report name is required.")
    if len(definition.detail_columns) > MOST_COLUMNS:
        raise bad_request(f"A report can have up to {MOST_COLUMNS} columns.")
    if len(definition.filters) > MOST_FILTERS:
        raise bad_request(f"You can add up to {MOST_FILTERS} field filters to a report.")
    return _formatted(definition)


def _formatted(definition: Definition) -> Definition:
    """Return the definition with the format that its groupings make of it.

    The API answers with TABULAR where a summary or matrix report has no groups.
    """
    if definition.format == JOINED:
        return definition
    if not definition.groupings:
        return replace(definition, format="TABULAR")
    if definition.format == "TABULAR":
        return replace(definition, format="MATRIX" if definition.groupings_across else "SUMMARY")
    if definition.format == "SUMMARY" and definition.groupings_across:
        raise bad_request("A summary report can't have column groupings.")
    return definition
