"""The sessions of logged-in users, whether a password or a connected app opened them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from salesforce_simulator.organisation.clock import Clock, to_stamp
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import SHORT_LENGTH
from salesforce_simulator.organisation.policies import PolicyStore
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.organisation.tokens import new_token
from salesforce_simulator.organisation.users import LoginRow, login_row

_EXPIRED_PASSWORD = (
    "The users password has expired, you must call SetPassword before attempting any other"  # noqa: S105
    " API operations"
)
_NO_API_SCOPE = "This session is not valid for use with the REST API"
_API_DISABLED = "The REST API is not enabled for this Organization."
_API_DISABLED_FOR_USER = "API is disabled for this User"
_API_SCOPES = frozenset({"api", "full"})


@dataclass(frozen=True)
class OpenedBy:
    """The connected app behind a session, its scopes, and the user's approval of it."""

    client_id: str
    scopes: Collection[str]
    approval_id: int | None = None


@dataclass(frozen=True)
class SessionRow:
    """A session as it is kept."""

    id: str
    user_id: str
    issued_at: str
    expires_at: str
    client_id: str | None
    scopes: str | None
    approval_id: int | None


class Sessions:
    """Opens, finds and ends the sessions of one organisation."""

    def __init__(
        self, database: Database, clock: Clock, policies: PolicyStore, organisation_id: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._policies = policies
        self.organisation_id = organisation_id

    def open(self, row: LoginRow, opened_by: OpenedBy | None = None) -> Session:
        """Open a session of a user; its id begins with the organisation's 15-character id."""
        session_id = f"{self.organisation_id[:SHORT_LENGTH]}!{new_token(64)}"
        now = self._clock.stamp()
        client_id, scopes, approval_id = None, None, None
        if opened_by is not None:
            client_id, approval_id = opened_by.client_id, opened_by.approval_id
            scopes = " ".join(opened_by.scopes)
        kept = SessionRow(session_id, row.id, now, self._expiry(), client_id, scopes, approval_id)
        with self._database.writer() as connection:
            connection.execute(
                "INSERT INTO org_login_session VALUES (?, ?, ?, ?, ?, ?, ?)",
                tuple(kept.__dict__.values()),
            )
            connection.execute('UPDATE "User" SET LastLoginDate = ? WHERE Id = ?', (now, row.id))
        return self._session(kept, row)

    def use(
        self, session_id: str, *, even_expired_password: bool = False, for_api: bool = True
    ) -> Session:
        """Return the live session of that id and prolong it.

        Raises INVALID_SESSION_ID when it ended, and
        INVALID_OPERATION_WITH_EXPIRED_PASSWORD while the user has to choose a
        new password. For the data API it also has to have the scope `api`, and
        organisation and user the API itself.
        """
        kept = self.find(session_id)
        row = self._user(kept.user_id) if kept else None
        if kept is None or row is None:
            raise dead_session()
        if row.password_expired and kept.client_id is None and not even_expired_password:
            raise SalesforceError("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", _EXPIRED_PASSWORD)
        if for_api:
            self._check_api(kept, row)
        self._prolong(kept)
        return self._session(kept, row)

    def _check_api(self, kept: SessionRow, row: LoginRow) -> None:
        if kept.scopes is not None and not _API_SCOPES & set(kept.scopes.split()):
            raise SalesforceError("INVALID_SESSION_ID", _NO_API_SCOPE)
        if not self._policies.current.api_enabled:
            raise SalesforceError("API_DISABLED_FOR_ORG", _API_DISABLED)
        if not row.may_use_api:
            raise SalesforceError("API_CURRENTLY_DISABLED", _API_DISABLED_FOR_USER)

    def find(self, session_id: str) -> SessionRow | None:
        """Return a session that has not ended, without prolonging it, or None."""
        if not session_id.isascii():
            return None
        with self._database.reader() as connection:
            found = connection.execute(
                "SELECT * FROM org_login_session WHERE id = ?", (session_id,)
            ).fetchone()
        kept = SessionRow(*found) if found else None
        return kept if kept and kept.expires_at > self._clock.stamp() else None

    def acting_as(self, user_id: str) -> Session:
        """Return a session value, without an id, for work in an active user's name."""
        row = self._user(user_id)
        if row is None:
            raise dead_session()
        return self._session(SessionRow("", user_id, "", "", None, None, None), row)

    def _user(self, user_id: str) -> LoginRow | None:
        with self._database.reader() as connection:
            row = login_row(connection, user_id, "u.Id")
        return row if row and row.is_active else None

    def _prolong(self, kept: SessionRow) -> None:
        """Slide the expiry, at most once a minute to spare the database the writes."""
        soonest = self._clock.now() + timedelta(seconds=self._policies.current.session_seconds - 60)
        if kept.expires_at < to_stamp(soonest):
            with self._database.writer() as connection:
                connection.execute(
                    "UPDATE org_login_session SET expires_at = ? WHERE id = ?",
                    (self._expiry(), kept.id),
                )

    def _expiry(self) -> str:
        seconds = self._policies.current.session_seconds
        return to_stamp(self._clock.now() + timedelta(seconds=seconds))

    def _session(self, kept: SessionRow, row: LoginRow) -> Session:
        name = " ".join(filter(None, (row.user["FirstName"], row.user["LastName"])))
        return Session(
            id=kept.id,
            user_id=row.id,
            username=row.user["Username"],
            organisation_id=self.organisation_id,
            user={**row.user, "IsActive": row.is_active, "Name": name},
            password_expired=row.password_expired,
            seconds_valid=self._policies.current.session_seconds,
            client_id=kept.client_id,
            scopes=None if kept.scopes is None else frozenset(kept.scopes.split()),
        )

    def end(self, **which: object) -> None:
        """End the sessions whose columns have these values (`id`, `user_id`, ...), or all."""
        where = " AND ".join(f"{column} = ?" for column in which) or "1 = 1"
        with self._database.writer() as connection:
            connection.execute(
                f"DELETE FROM org_login_session WHERE {where}",  # noqa: S608 - names from callers' keywords
                tuple(which.values()),
            )


def dead_session() -> SalesforceError:
    """Return the answer to a session that ended or never was."""
    return SalesforceError("INVALID_SESSION_ID", "Session expired or invalid")
