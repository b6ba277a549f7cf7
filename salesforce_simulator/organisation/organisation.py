"""The organisation as its callers see it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from salesforce_simulator.organisation.access import open_access
from salesforce_simulator.organisation.clock import Clock
from salesforce_simulator.organisation.customisation import Customisation
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.dml.transaction import (
    WriteOptions,
    WriteOutcome,
    WriteRow,
)
from salesforce_simulator.organisation.ids import make_id
from salesforce_simulator.organisation.layouts import Layouts
from salesforce_simulator.organisation.metadata.jobs import JobTable
from salesforce_simulator.organisation.metadata.service import Metadata
from salesforce_simulator.organisation.metadata.workspaces import Workspaces
from salesforce_simulator.organisation.oauth.service import OAuth
from salesforce_simulator.organisation.records import Records
from salesforce_simulator.organisation.reports.reports import Reports
from salesforce_simulator.organisation.schema import create_indexes
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.organisation.settings import Settings
from salesforce_simulator.seeds import plant, plant_missing
from salesforce_simulator.soql.result import ChildPages, Column, QueryResult

__all__ = [
    "ChildPages",
    "Column",
    "Organisation",
    "QueryResult",
    "Session",
    "WriteOptions",
    "WriteOutcome",
    "WriteRow",
]

_DATABASE = "organisation.sqlite3"


class Organisation(Records):
    """A Salesforce organisation that lives in one directory."""

    def __init__(self, database: Database, customisation: Customisation) -> None:
        super().__init__(database, customisation, Clock())
        database.stamp = self._clock.stamp
        self._settings = Settings(database)
        row = self._organisation_row()
        self.id: str = row["Id"]
        self.name: str = row["Name"]
        self.edition: str = row["OrganizationType"]
        self.is_sandbox = bool(row["IsSandbox"])
        self.instance_name: str = row["InstanceName"]
        self.seed = self._settings.require("seed")
        self.layouts = Layouts(database)
        access = open_access(database, self._clock, self.id, is_sandbox=self.is_sandbox)
        self.policies = access.policies
        self.users = access.users
        self.sessions = access.sessions
        self.logins = access.logins
        self.apps = access.apps
        self.oauth = OAuth(database, access)
        workspaces = Workspaces(database, customisation, self._clock, access, self.layouts)
        self.metadata = Metadata(workspaces, JobTable(database), self._permissions, self._clock)
        self.reports = Reports(database, self)

    @classmethod
    def open(cls, directory: Path, *, seed: str | None = None) -> "Organisation":
        """Open the organisation in `directory`; make and seed it when there is none.

        `seed` is `demo` (the default) or `leads:N[,contacts:M]`. An organisation
        that exists keeps its data whatever seed is asked for. ValueError for a
        seed of another form.
        """
        directory.mkdir(parents=True, exist_ok=True)
        database = Database(directory / _DATABASE)
        customisation = Customisation(database)
        settings = Settings(database)
        if settings.get("seed") is None:
            seed = "demo" if seed is None else seed
            # One transaction: whoever is interrupted here finds an empty organisation again.
            with database.writer():
                username = plant(database, customisation, seed)
                settings.put("integration_user", username)
                settings.put("seed", seed)
        with database.writer() as connection:
            plant_missing(connection, customisation)
            create_indexes(connection, customisation.catalogue)
        database.checkpoint()
        return cls(database, customisation)

    def close(self) -> None:
        """Give the database file back."""
        self.metadata.close()
        self._database.close()

    def _organisation_row(self) -> dict[str, Any]:
        with self._database.reader() as connection:
            cursor = connection.execute("SELECT * FROM Organization")
            row = cursor.fetchone()
        return dict(zip((column[0] for column in cursor.description), row, strict=True))

    # Time

    def shift_clock(self, seconds: float) -> None:
        """Move the organisation's time forward or back."""
        self._clock.shift(timedelta(seconds=seconds))
        self._bin.expire(self.catalogue)

    # Users

    def login(self, username: str, password_and_token: str, address: str = "127.0.0.1") -> Session:
        """Log a user in as the SOAP API does; see `Logins.by_soap` for the errors."""
        return self.logins.by_soap(username, password_and_token, address)

    def session(self, session_id: str, *, even_expired_password: bool = False) -> Session:
        """Return a live session for the data API and prolong it; see `Sessions.use`."""
        return self.sessions.use(session_id, even_expired_password=even_expired_password)

    def acting_as(self, user_id: str) -> Session:
        """Return a session value for work in the background in a user's name."""
        return self.sessions.acting_as(user_id)

    def end_session(self, session_id: str) -> None:
        """Log out."""
        self.sessions.end(id=session_id)

    def refresh(self) -> str:
        """Give the organisation a new id, as a sandbox refresh does, and end every session."""
        with self._database.writer() as connection:
            number = connection.execute("SELECT number FROM Organization").fetchone()[0] + 1
            self.id = self.sessions.organisation_id = make_id("00D", number)
            connection.execute("UPDATE Organization SET number = ?, Id = ?", (number, self.id))
        self.sessions.end()
        self.oauth.approvals.revoke_all()
        return self.id

    def credentials(self) -> dict[str, str]:
        """Return username, password and security_token of the integration user."""
        return self.users.credentials(self._settings.require("integration_user"))

    def reset_security_token(self, username: str) -> str:
        """Give a user a new security token and return it."""
        return self.users.reset_security_token(username)

    def expire_password(self, username: str) -> None:
        """Let a user's password expire."""
        self.users.expire_password(username)

    def integration_session(self) -> Session:
        """Return a session value of the integration user, for work without a log-in."""
        username = self._settings.require("integration_user")
        with self._database.reader() as connection:
            row = connection.execute('SELECT Id FROM "User" WHERE Username = ?', (username,))
            return self.acting_as(row.fetchone()[0])
