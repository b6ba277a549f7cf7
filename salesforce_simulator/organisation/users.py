"""Who may log in, and the sessions that come of it.

Passwords stand in clear text: the organisation exists on this machine alone,
its users are invented, and the program prints the password when it starts.
"""

import hmac
import secrets
import sqlite3
from datetime import timedelta
from typing import Any

from salesforce_simulator.organisation.clock import Clock, to_stamp
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import SHORT_LENGTH
from salesforce_simulator.organisation.session import Session

SESSION_SECONDS = 7200
_FAILURES_BEFORE_LOCKOUT = 10
_LOCKOUT = timedelta(minutes=15)
_INVALID_LOGIN = "Invalid username, password, security token; or user locked out."
_NEEDS_TOKEN = (
    f"{_INVALID_LOGIN} Are you at a new location? When accessing Salesforce--either via a"
    " desktop client or the API--from outside of your company's trusted networks, you must"
    " add a security token to your password to log in."
)
_EXPIRED = (
    "The users password has expired, you must call SetPassword before attempting any other"
    " API operations"
)
_USER_FIELDS = (
    "Id, Username, FirstName, LastName, Email, Alias, ProfileId, UserType, TimeZoneSidKey,"
    " LocaleSidKey, LanguageLocaleKey, EmailEncodingKey, IsActive, UserPermissionsMarketingUser"
)


class Users:
    """Log-ins and sessions of one organisation."""

    def __init__(self, database: Database, clock: Clock, organisation_id: str) -> None:
        self._database = database
        self._clock = clock
        self._organisation_id = organisation_id

    def set_password(self, user_id: str, password: str, security_token: str) -> None:
        """Give a user a password and token; this also ends a lock-out and an expiry."""
        with self._database.writer() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO org_password (user_id, password, security_token)"
                " VALUES (?, ?, ?)",
                (user_id, password, security_token),
            )

    def credentials(self, username: str) -> dict[str, str]:
        """Return username, password and security_token of a user."""
        with self._database.reader() as connection:
            row = _login_row(connection, username)
        if row is None:
            raise SalesforceError("INVALID_LOGIN", _INVALID_LOGIN)
        return {
            "username": row["Username"],
            "password": row["password"],
            "security_token": row["security_token"],
        }

    def reset_security_token(self, username: str) -> str:
        """Give a user a new security token, as people do in Salesforce, and return it."""
        token = secrets.token_urlsafe(18)
        self._change(username, "security_token = ?", token)
        return token

    def expire_password(self, username: str) -> None:
        """Let a user's password expire."""
        self._change(username, "expired = ?", 1)

    def _change(self, username: str, assignment: str, value: object) -> None:
        with self._database.writer() as connection:
            row = _login_row(connection, username)
            if row is None:
                raise SalesforceError("INVALID_LOGIN", _INVALID_LOGIN)
            connection.execute(
                f"UPDATE org_password SET {assignment} WHERE user_id = ?",  # noqa: S608 - two callers above
                (value, row["Id"]),
            )

    def login(self, username: str, password_and_token: str) -> Session:
        """Check password and token, written one after the other, and open a session.

        Raises INVALID_LOGIN, LOGIN_MUST_USE_SECURITY_TOKEN when the token alone
        is missing, and PASSWORD_LOCKOUT after ten wrong passwords, for 15 minutes.
        """
        error = None
        with self._database.writer() as connection:
            row = _login_row(connection, username)
            if row is None or not row["IsActive"]:
                raise SalesforceError("INVALID_LOGIN", _INVALID_LOGIN)
            if row["locked_until"] and row["locked_until"] > self._clock.stamp():
                raise SalesforceError("PASSWORD_LOCKOUT", _INVALID_LOGIN)
            if not _same(password_and_token, row["password"] + row["security_token"]):
                error = self._refuse(connection, row, password_and_token)
            else:
                session = self._open(connection, row)
        if error is not None:
            raise error
        return session

    def _refuse(
        self, connection: sqlite3.Connection, row: dict[str, Any], given: str
    ) -> SalesforceError:
        """Count a wrong password and return the error; the count must be committed."""
        if _same(given, row["password"]):
            return SalesforceError("LOGIN_MUST_USE_SECURITY_TOKEN", _NEEDS_TOKEN)
        failures = row["failures"] + 1
        locked = None
        if failures >= _FAILURES_BEFORE_LOCKOUT:
            failures, locked = 0, to_stamp(self._clock.now() + _LOCKOUT)
        connection.execute(
            "UPDATE org_password SET failures = ?, locked_until = ? WHERE user_id = ?",
            (failures, locked, row["Id"]),
        )
        return SalesforceError("INVALID_LOGIN", _INVALID_LOGIN)

    def _open(self, connection: sqlite3.Connection, row: dict[str, Any]) -> Session:
        session_id = f"{self._organisation_id[:SHORT_LENGTH]}!{secrets.token_urlsafe(64)}"
        connection.execute(
            "UPDATE org_password SET failures = 0, locked_until = NULL WHERE user_id = ?",
            (row["Id"],),
        )
        connection.execute(
            'UPDATE "User" SET LastLoginDate = ? WHERE Id = ?', (self._clock.stamp(), row["Id"])
        )
        connection.execute(
            "INSERT INTO org_session VALUES (?, ?, ?)", (session_id, row["Id"], self._expiry())
        )
        return self._session(session_id, row)

    def session(self, session_id: str, *, even_expired_password: bool = False) -> Session:
        """Return the live session of that id and prolong it.

        Raises INVALID_SESSION_ID when it ended, and
        INVALID_OPERATION_WITH_EXPIRED_PASSWORD while the user has to choose a
        new password.
        """
        with self._database.reader() as connection:
            found = connection.execute(
                "SELECT user_id, expires_at FROM org_session WHERE id = ?", (session_id,)
            ).fetchone()
            if found is None or found[1] <= self._clock.stamp():
                raise _dead_session()
            row = _login_row(connection, found[0], "u.Id")
        if row is None or not row["IsActive"]:
            raise _dead_session()
        if row["expired"] and not even_expired_password:
            raise SalesforceError("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", _EXPIRED)
        self._prolong(session_id, found[1])
        return self._session(session_id, row)

    def acting_as(self, user_id: str) -> Session:
        """Return a session value, without an id, for work in an active user's name."""
        with self._database.reader() as connection:
            row = _login_row(connection, user_id, "u.Id")
        if row is None or not row["IsActive"]:
            raise _dead_session()
        return self._session("", row)

    def _prolong(self, session_id: str, expires_at: str) -> None:
        """Slide the expiry, at most once a minute to spare the database the writes."""
        soonest = to_stamp(self._clock.now() + timedelta(seconds=SESSION_SECONDS - 60))
        if expires_at < soonest:
            with self._database.writer() as connection:
                connection.execute(
                    "UPDATE org_session SET expires_at = ? WHERE id = ?",
                    (self._expiry(), session_id),
                )

    def _expiry(self) -> str:
        return to_stamp(self._clock.now() + timedelta(seconds=SESSION_SECONDS))

    def _session(self, session_id: str, row: dict[str, Any]) -> Session:
        user = {name: row[name] for name in _USER_FIELDS.replace(",", "").split()}
        user["IsActive"] = bool(row["IsActive"])
        user["Name"] = " ".join(filter(None, (row["FirstName"], row["LastName"])))
        return Session(
            id=session_id,
            user_id=row["Id"],
            username=row["Username"],
            organisation_id=self._organisation_id,
            user=user,
            password_expired=bool(row["expired"]),
            seconds_valid=SESSION_SECONDS,
        )

    def end_session(self, session_id: str) -> None:
        """End one session; an unknown one is no error."""
        with self._database.writer() as connection:
            connection.execute("DELETE FROM org_session WHERE id = ?", (session_id,))

    def expire_all_sessions(self) -> None:
        """End every session of the organisation."""
        with self._database.writer() as connection:
            connection.execute("DELETE FROM org_session")


def _login_row(
    connection: sqlite3.Connection, key: str, column: str = "u.Username"
) -> dict[str, Any] | None:
    """Return a user's fields and password row; user names differ by more than case."""
    cursor = connection.execute(
        " ".join(
            (
                "SELECT",
                ", ".join(f"u.{name}" for name in _USER_FIELDS.replace(",", "").split()),
                ", p.password, p.security_token, p.failures, p.locked_until, p.expired",
                'FROM "User" u JOIN org_password p ON p.user_id = u.Id',
                f"WHERE {column} = ? COLLATE NOCASE",
            )
        ),
        (key,),
    )
    row = cursor.fetchone()
    if row is None:
        return None
    return dict(zip((column[0] for column in cursor.description), row, strict=True))


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _dead_session() -> SalesforceError:
    return SalesforceError("INVALID_SESSION_ID", "Session expired or invalid")
