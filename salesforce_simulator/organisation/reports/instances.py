"""Runs in the background.

    New -> Running -> Success | Error

A run is a row; whoever processes it claims it by moving it from New to Running.
Its results are kept for 24 hours from the request on.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from salesforce_simulator.organisation.clock import to_stamp
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import make_id, normalise_id
from salesforce_simulator.organisation.reports.definition import Definition
from salesforce_simulator.organisation.reports.errors import bad_request, unavailable
from salesforce_simulator.organisation.reports.limits import RunLimits
from salesforce_simulator.organisation.reports.run import Runner
from salesforce_simulator.organisation.reports.source import Source
from salesforce_simulator.organisation.reports.store import definition_json, read_definition
from salesforce_simulator.organisation.session import Session

NEW, RUNNING, SUCCESS, ERROR = "New", "Running", "Success", "Error"
KEPT = timedelta(hours=24)
MOST_LISTED = 2_000
_PREFIX = "0LG"
_COLUMNS = "id, report_id, user_id, status, requested_at, completed_at, include_details"


@dataclass(frozen=True)
class Instance:
    """A run in the background; times are stamps in UTC."""

    id: str
    report_id: str
    user_id: str
    status: str
    requested_at: str
    completed_at: str | None
    details: bool


class Instances:
    """The background runs of all reports."""

    def __init__(self, database: Database, source: Source, limits: RunLimits) -> None:
        self._database = database
        self._source = source
        self._limits = limits

    def add(
        self, report_id: str, definition: Definition, session: Session, *, details: bool
    ) -> str:
        """Note a wish for a run and return its id; runs that are too old to be read go."""
        with self._database.writer() as connection:
            connection.execute(
                "DELETE FROM org_report_instance WHERE requested_at <= ?", (self._oldest(),)
            )
            number = connection.execute(
                "INSERT INTO org_report_instance (report_id, user_id, status, requested_at,"
                " definition, include_details) VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
                (
                    report_id,
                    session.user_id,
                    NEW,
                    to_stamp(self._source.now()),
                    definition_json(definition),
                    details,
                ),
            ).fetchone()[0]
            instance_id = make_id(_PREFIX, number)
            connection.execute(
                "UPDATE org_report_instance SET id = ? WHERE number = ?", (instance_id, number)
            )
        return instance_id

    def unfinished(self) -> list[str]:
        """Return the runs to process, those first that an earlier process had begun."""
        with self._database.writer() as connection:
            connection.execute(
                "UPDATE org_report_instance SET status = ? WHERE status = ?", (NEW, RUNNING)
            )
            rows = connection.execute(
                "SELECT id FROM org_report_instance WHERE status = ? ORDER BY number", (NEW,)
            )
            return [row[0] for row in rows]

    def process(self, instance_id: str) -> None:
        """Run what a new instance asks for and keep the results, or the error."""
        claimed = self._claim(instance_id)
        if claimed is None:
            return
        report_id, user_id, definition, details = claimed
        try:
            runner = Runner(self._source, self._source.acting_as(user_id))
            results = runner.run(read_definition(definition), report_id, details=details)
        except SalesforceError as error:
            self.fail(instance_id, error.code, error.message)
        else:
            self._finish(instance_id, SUCCESS, results)

    def fail(self, instance_id: str, code: str, message: str) -> None:
        """End a run with an error."""
        self._finish(instance_id, ERROR, {"errorCode": code, "errorMessage": message})

    def _finish(self, instance_id: str, status: str, results: dict[str, Any]) -> None:
        done = (status, to_stamp(self._source.now()), orjson.dumps(results).decode(), instance_id)
        with self._database.writer() as connection:
            connection.execute(
                "UPDATE org_report_instance SET status = ?, completed_at = ?, results = ?"
                " WHERE id = ?",
                done,
            )

    def _claim(self, instance_id: str) -> tuple[str, str, str, bool] | None:
        with self._database.writer() as connection:
            row = connection.execute(
                "UPDATE org_report_instance SET status = ? WHERE id = ? AND status = ?"
                " RETURNING report_id, user_id, definition, include_details",
                (RUNNING, instance_id, NEW),
            ).fetchone()
        return None if row is None else (row[0], row[1], row[2], bool(row[3]))

    def list(self, report_id: str) -> list[Instance]:
        """Return a report's runs of the last 24 hours, the newest first."""
        with self._database.reader() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM org_report_instance"  # noqa: S608 - a constant
                " WHERE report_id = ? AND requested_at > ? ORDER BY number DESC LIMIT ?",
                (report_id, self._oldest(), MOST_LISTED),
            ).fetchall()
        return [_instance(row) for row in rows]

    def get(self, report_id: str, instance_id: str) -> tuple[Instance, dict[str, Any] | None]:
        """Return a run and its results; NOT_FOUND when there is none, or it is too old."""
        with self._limits.reading.one(), self._database.reader() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS}, results FROM org_report_instance"  # noqa: S608 - a constant
                " WHERE report_id = ? AND id = ? AND requested_at > ?",
                (report_id, normalise_id(instance_id), self._oldest()),
            ).fetchone()
        if row is None:
            raise unavailable()
        return _instance(row[:-1]), None if row[-1] is None else orjson.loads(row[-1])

    def delete(self, report_id: str, instance_id: str) -> None:
        """Drop a run that has ended; BAD_REQUEST while it has not."""
        instance, _ = self.get(report_id, instance_id)
        if instance.status not in {SUCCESS, ERROR}:
            raise bad_request("The report instance can't be deleted while it's running.")
        with self._database.writer() as connection:
            connection.execute("DELETE FROM org_report_instance WHERE id = ?", (instance.id,))

    def _oldest(self) -> str:
        return to_stamp(self._source.now() - KEPT)


def _instance(row: tuple[Any, ...]) -> Instance:
    instance_id, report_id, user_id, status, requested_at, completed_at, details = row
    return Instance(
        instance_id, report_id, user_id, status, requested_at, completed_at, bool(details)
    )
