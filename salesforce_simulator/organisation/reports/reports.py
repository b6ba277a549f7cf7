"""The organisation's reports as their callers see them."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from salesforce_simulator.organisation.clock import to_stamp
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.reports.definition import Definition, require_unjoined
from salesforce_simulator.organisation.reports.errors import forbidden, unavailable
from salesforce_simulator.organisation.reports.instances import Instances
from salesforce_simulator.organisation.reports.limits import RunLimits
from salesforce_simulator.organisation.reports.metadata_json import changed
from salesforce_simulator.organisation.reports.report_types import (
    ReportType,
    report_type_names,
)
from salesforce_simulator.organisation.reports.run import Runner, Sheet, require_possible
from salesforce_simulator.organisation.reports.source import Source
from salesforce_simulator.organisation.reports.store import (
    StoredReport,
    add_report,
    api_format,
    change_report,
    put_report,
    read_report,
    remove_report,
)
from salesforce_simulator.organisation.session import Session

MOST_RECENT = 200
# The guide: standard and cross filters cannot be changed for one run.
_FIXED = frozenset({"standardFilters", "crossFilters", "name", "developerName", "folderId"})


@dataclass(frozen=True)
class ViewedReport:
    """A report in the list of those viewed lately; the format is the Analytics API's word."""

    id: str
    name: str
    format: str


class Reports:
    """Saves, describes and runs reports; each call is a session's user's."""

    def __init__(self, database: Database, source: Source) -> None:
        self._database = database
        self._source = source
        self.limits = RunLimits(source.now)
        self.instances = Instances(database, source, self.limits)

    # Definitions

    def save(self, definition: Definition, session: Session) -> str:
        """Save a report under its unique name, in place of one that has it; return its id.

        This is how a deployment brings reports. The definition comes from
        `metadata_api.report_definition`, or from JSON.
        """
        self._require_possible(definition)
        with self._transaction(session) as tx:
            return put_report(tx, definition)

    def create(self, metadata: Mapping[str, Any], session: Session) -> str:
        """Save a new report; the columns are its type's first ones if it names none."""
        blank = Definition(name="", report_type="", folder_id=session.user_id)
        definition = changed(blank, metadata)
        if not definition.detail_columns:
            columns = tuple(self._runner(session).kind(definition.report_type).columns)
            definition = replace(definition, detail_columns=columns[:_FIRST_COLUMNS])
        self._require_possible(definition)
        with self._transaction(session) as tx:
            return add_report(tx, definition)

    def clone(self, report_id: str, metadata: Mapping[str, Any], session: Session) -> str:
        """Save a copy of a report with changes, in the user's private folder; return its id."""
        copy = replace(
            self.get(report_id, session).definition, developer_name=None, folder_id=session.user_id
        )
        definition = changed(copy, metadata)
        self._require_possible(definition)
        with self._transaction(session) as tx:
            return add_report(tx, definition)

    def update(self, report_id: str, metadata: Mapping[str, Any], session: Session) -> None:
        """Save changes to a report."""
        stored = self.get(report_id, session)
        definition = changed(stored.definition, metadata)
        self._require_possible(definition)
        with self._transaction(session) as tx:
            change_report(tx, stored.id, definition)

    def delete(self, report_id: str, session: Session) -> None:
        """Move a report to the recycle bin."""
        stored = self.get(report_id, session)
        with self._transaction(session) as tx:
            remove_report(tx, stored.id)

    def get(self, report_id: str, session: Session) -> StoredReport:
        """Return a report that the user may see.

        Raises NOT_FOUND when there is none, and FORBIDDEN when it is deleted, in
        another user's private folder, or in a folder hidden from this one.
        """
        full_id = normalise_id(report_id)
        with self._database.reader() as connection:
            stored = read_report(connection, full_id) if full_id else None
            if stored is None:
                raise unavailable()
            if stored.deleted:
                raise forbidden("The report definition has been deleted.")
            if not _visible(connection, stored, session):
                raise forbidden("You don't have sufficient privileges to access this report.")
        return stored

    def describe(self, report_id: str, session: Session) -> dict[str, Any]:
        """Return the three kinds of metadata of a report, and note that it was viewed."""
        stored = self.get(report_id, session)
        body = self._runner(session).describe(stored.definition, stored.id)
        self._note_view(stored.id, session)
        return body

    def recent(self, session: Session) -> list[ViewedReport]:
        """Return the reports that the user has viewed last, the newest first."""
        with self._database.reader() as connection:
            rows = connection.execute(
                "SELECT r.Id, r.Name, r.Format FROM org_report_view v"
                " JOIN Report r ON r.Id = v.report_id AND r.IsDeleted = 0"
                " WHERE v.user_id = ? ORDER BY v.viewed_at DESC, v.rowid DESC LIMIT ?",
                (session.user_id, MOST_RECENT),
            ).fetchall()
        return [ViewedReport(row[0], row[1], api_format(row[2])) for row in rows]

    # Types

    def types(self, session: Session) -> list[ReportType]:
        """Return the report types that the user may build reports on."""
        runner = self._runner(session)
        return [runner.kind(name) for name in report_type_names()]

    def describe_type(self, name: str, session: Session) -> dict[str, Any]:
        """Return the metadata of a new report of a type; NOT_FOUND when there is none."""
        if name not in report_type_names():
            raise unavailable()
        runner = self._runner(session)
        kind = runner.kind(name)
        columns = tuple(kind.columns)[:_FIRST_COLUMNS]
        blank = Definition(name=f"New {kind.label} Report", report_type=name)
        return runner.describe(replace(blank, detail_columns=columns), None)

    # Runs

    def prepared(
        self, report_id: str, metadata: Mapping[str, Any] | None, session: Session
    ) -> tuple[StoredReport, Definition]:
        """Return a report and the definition to run: with `metadata` in place of its own."""
        self._require_permission(session, "RunReports")
        stored = self.get(report_id, session)
        require_unjoined(stored.definition)
        wanted = {key: item for key, item in (metadata or {}).items() if key not in _FIXED}
        if not wanted:
            return stored, stored.definition
        definition = changed(stored.definition, wanted)
        self._require_possible(definition)
        return stored, definition

    def run(
        self,
        report_id: str,
        session: Session,
        *,
        details: bool,
        metadata: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Run a report now and return its results but for `attributes`.

        FORBIDDEN when the hour's runs are used up, too many are under way, or the
        user may not run reports.
        """
        self.limits.sync.take()
        with self.limits.running.one():
            stored, definition = self.prepared(report_id, metadata, session)
            body = self._runner(session).run(definition, stored.id, details=details)
        self._note_run(stored.id, session)
        return body

    def run_unsaved(
        self, metadata: Mapping[str, Any], session: Session, *, details: bool
    ) -> dict[str, Any]:
        """Run a definition that is saved nowhere."""
        self._require_permission(session, "RunReports")
        self.limits.sync.take()
        with self.limits.running.one():
            definition = changed(
                Definition(name="", report_type="", folder_id=self._source.id), metadata
            )
            self._require_possible(definition)
            return self._runner(session).run(definition, None, details=details)

    def request(
        self,
        report_id: str,
        session: Session,
        *,
        details: bool,
        metadata: Mapping[str, Any] | None = None,
    ) -> str:
        """Ask for a run in the background and return its id; `instances` has the rest."""
        stored, definition = self.prepared(report_id, metadata, session)
        self.limits.asynchronous.take()
        self._note_run(stored.id, session)
        return self.instances.add(stored.id, definition, session, details=details)

    def sheet(self, report_id: str, session: Session) -> tuple[StoredReport, Sheet]:
        """Return a report as a table of all its rows, for a spreadsheet.

        FORBIDDEN also for users who may run reports and not export them.
        """
        for permission in ("RunReports", "ExportReport"):
            self._require_permission(session, permission)
        self.limits.sync.take()
        stored = self.get(report_id, session)
        sheet = self._runner(session).sheet(stored.definition)
        self._note_run(stored.id, session)
        return stored, sheet

    # Inside

    def _runner(self, session: Session) -> Runner:
        return Runner(self._source, session)

    def _require_permission(self, session: Session, permission: str) -> None:
        if not self._source.permits(session, permission):
            raise forbidden("You don't have sufficient privileges to perform this operation.")

    def _require_possible(self, definition: Definition) -> None:
        require_possible(definition, self._source.catalogue, self._source.now())

    @contextmanager
    def _transaction(self, session: Session) -> Iterator[Transaction]:
        with self._database.writer() as connection:
            stamp = to_stamp(self._source.now())
            catalogue = self._source.catalogue
            yield Transaction(connection, catalogue, catalogue, session.user_id, stamp)

    def _note_view(self, report_id: str, session: Session) -> None:
        with self._database.writer() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO org_report_view VALUES (?, ?, ?)",
                (session.user_id, report_id, to_stamp(self._source.now())),
            )

    def _note_run(self, report_id: str, session: Session) -> None:
        self._note_view(report_id, session)
        with self._database.writer() as connection:
            connection.execute(
                "UPDATE Report SET LastRunDate = ? WHERE Id = ?",
                (to_stamp(self._source.now()), report_id),
            )


_FIRST_COLUMNS = 10


def _visible(connection: sqlite3.Connection, stored: StoredReport, session: Session) -> bool:
    """Tell whether the report's folder is open to the user."""
    if stored.private:
        return stored.owner_id == session.user_id
    row = connection.execute(
        "SELECT AccessType, CreatedById FROM Folder WHERE Id = ?", (stored.owner_id,)
    ).fetchone()
    return row is None or row[0] != "Hidden" or row[1] == session.user_id
