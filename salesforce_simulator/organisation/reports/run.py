"""Run a report as one user."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from salesforce_simulator.organisation.catalogue import Catalogue
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.reports.definition import (
    ROW_COUNT,
    Definition,
    Sort,
    require_unjoined,
)
from salesforce_simulator.organisation.reports.describe import (
    extended_metadata,
    report_metadata,
    report_type_metadata,
)
from salesforce_simulator.organisation.reports.errors import bad_request
from salesforce_simulator.organisation.reports.facts import Facts
from salesforce_simulator.organisation.reports.plan import (
    Plan,
    Setting,
    make_plan,
    without_hidden,
)
from salesforce_simulator.organisation.reports.report_types import (
    Column,
    ReportType,
    report_type,
)
from salesforce_simulator.organisation.reports.result import data_cells, fact_map, groupings
from salesforce_simulator.organisation.reports.source import Source
from salesforce_simulator.organisation.reports.values import Writer
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.soql.result import QueryResult

MOST_ROWS = 2_000

Row = Sequence[Any]


@dataclass(frozen=True)
class Sheet:
    """A report as a table without groups: its columns, and all of its rows."""

    columns: tuple[Column, ...]
    rows: Iterator[list[dict[str, Any]]]


def require_possible(definition: Definition, catalogue: Catalogue, now: datetime) -> None:
    """Raise BAD_REQUEST for a report that nobody could run, whoever sees its fields.

    `catalogue` is that of the whole organisation.
    """
    kind = report_type(catalogue, definition.report_type)
    if kind is None:
        raise bad_request(f"The report type {definition.report_type} doesn't exist.")
    make_plan(definition, kind, Setting("", ZoneInfo("UTC"), now))


class Runner:
    """One user's view on reports: what their types offer him, and what a run shows him."""

    def __init__(self, source: Source, session: Session) -> None:
        self._source = source
        self._session = session
        zone = ZoneInfo(session.user["TimeZoneSidKey"])
        self._setting = Setting(session.user_id, zone, source.now())
        self._writer = Writer(zone, session.user["LocaleSidKey"])

    def kind(self, name: str) -> ReportType:
        """Return a report type as the user sees it; BAD_REQUEST when there is none."""
        found = report_type(self._source.catalogue_for(self._session), name)
        if found is None:
            raise bad_request(f"The report type {name} isn't available to you.")
        return found

    def describe(self, definition: Definition, report_id: str | None) -> dict[str, Any]:
        """Return the three kinds of metadata of a report."""
        kind = self.kind(require_unjoined(definition).report_type)
        shown = without_hidden(definition, kind)
        make_plan(shown, kind, self._setting)
        return {
            "reportExtendedMetadata": extended_metadata(shown, kind),
            "reportMetadata": report_metadata(shown, kind, report_id, self._setting),
            "reportTypeMetadata": report_type_metadata(kind, self._setting),
        }

    def run(
        self, definition: Definition, report_id: str | None, *, details: bool
    ) -> dict[str, Any]:
        """Return a run's results but for its `attributes`.

        At most 2,000 rows are shown; the totals are those of all rows.
        """
        kind = self.kind(require_unjoined(definition).report_type)
        shown = without_hidden(definition, kind)
        plan = make_plan(shown, kind, self._setting)
        details = details and shown.has_detail_rows
        facts = Facts(plan, self._writer, MOST_ROWS if details else 0)
        self._take(plan, facts)
        exceeded = facts.row_count > MOST_ROWS
        metadata = report_metadata(shown, kind, report_id, self._setting)
        return {
            "allData": not exceeded if details else True,
            "factMap": fact_map(plan, facts, self._writer, details=details),
            "groupingsAcross": {"groupings": groupings(facts.tree_across())},
            "groupingsDown": {"groupings": groupings(facts.tree_down())},
            "hasDetailRows": details,
            "hasExceededTabularRowLimit": exceeded and shown.format == "TABULAR" and details,
            "picklistColors": {},
            "reportExtendedMetadata": extended_metadata(shown, kind),
            "reportMetadata": {**metadata, "hasDetailRows": details},
        }

    def _take(self, plan: Plan, facts: Facts) -> None:
        """Give the facts all rows; a mere list is counted by the database behind the cap."""
        countable = set(plan.definition.aggregates) <= {ROW_COUNT} and not plan.definition.groupings
        if not countable:
            facts.take(self._rows(plan.soql()))
            return
        rows = list(self._rows(plan.soql(MOST_ROWS + 1)))
        facts.take(rows)
        if len(rows) > MOST_ROWS:
            total = self._query(plan.count_soql()).total_size
            facts.take_unseen(min(total, plan.definition.rows or total) - len(rows))

    def _rows(self, soql: str) -> Iterator[Row]:
        yield from self._query(soql).rows()

    def _query(self, soql: str) -> QueryResult:
        """Run a query as the user; what SOQL refuses is a report that cannot be run."""
        try:
            return self._source.query(soql, self._session)
        except SalesforceError as error:
            raise bad_request(error.message) from error

    def sheet(self, definition: Definition) -> Sheet:
        """Return a report as a table: groups become its first columns, and no cap holds."""
        kind = self.kind(require_unjoined(definition).report_type)
        shown = without_hidden(definition, kind)
        grouped = dict.fromkeys(item.column for item in shown.groupings)
        flat = replace(
            shown,
            format="TABULAR",
            detail_columns=tuple(dict.fromkeys([*grouped, *shown.detail_columns])),
            sort_by=(
                *(Sort(item.column, item.descending) for item in shown.groupings),
                *(sort for sort in shown.sort_by if sort.column not in grouped),
            ),
            groupings_down=(),
            groupings_across=(),
            aggregates=(ROW_COUNT,),
        )
        plan = make_plan(flat, kind, self._setting)
        rows = (data_cells(plan, row, self._writer) for row in self._rows(plan.soql()))
        return Sheet(tuple(slot.column for slot in plan.details), rows)
