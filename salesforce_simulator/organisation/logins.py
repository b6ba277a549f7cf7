"""Logging in with a user name and a password: over SOAP, on the log-in page, through OAuth."""

import hmac
import sqlite3
from collections import deque
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from salesforce_simulator.organisation.clock import Clock, to_stamp
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.policies import PolicyStore
from salesforce_simulator.organisation.restrictions import in_ranges, within_login_hours
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.organisation.sessions import Sessions
from salesforce_simulator.organisation.users import LoginRow, Users, invalid_login, login_row

_FAILURES_BEFORE_LOCKOUT = 10
_LOCKOUT = timedelta(minutes=15)
_RATE_WINDOW = timedelta(hours=1)
_NEEDS_TOKEN = (
    f"{invalid_login().message} Are you at a new location? When accessing Salesforce--either via a"
    " desktop client or the API--from outside of your company's trusted networks, you must"
    " add a security token to your password to log in."
)


class Logins:
    """Checks who may log in, now and from where, and opens sessions."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        policies: PolicyStore,
        users: Users,
        sessions: Sessions,
    ) -> None:
        self._database = database
        self._clock = clock
        self._policies = policies
        self._users = users
        self._sessions = sessions
        self._recent: dict[str, deque[datetime]] = {}

    def by_soap(self, username: str, password_and_token: str, address: str) -> Session:
        """Check password and token, written one after the other, and open a session.

        Raises what the partner API's login() raises: INVALID_LOGIN,
        LOGIN_MUST_USE_SECURITY_TOKEN when the token alone is missing,
        PASSWORD_LOCKOUT after ten wrong passwords for 15 minutes,
        LOGIN_DURING_RESTRICTED_DOMAIN and _TIME, ORG_LOCKED,
        API_DISABLED_FOR_ORG, INVALID_OPERATION where login() is switched off,
        INSUFFICIENT_ACCESS without "Use Any API Auth", LOGIN_RATE_EXCEEDED.
        """
        self._users.get(username)
        policies = self._policies.current
        if not policies.soap_login_enabled:
            message = "SOAP API login() is disabled by default in this org."
            raise SalesforceError("INVALID_OPERATION", message)
        row = self.check(username, password_and_token, address, needs_token=True)
        if not policies.api_enabled:
            message = "API is not enabled for this Organization or Partner"
            raise SalesforceError("API_DISABLED_FOR_ORG", message)
        if not row.may_use_api:
            raise SalesforceError("API_CURRENTLY_DISABLED", "API is disabled for this User")
        if policies.any_api_auth_required and "any_api_auth" not in row.flags:
            message = 'The user needs the permission "Use Any API Auth" to call login()'
            raise SalesforceError("INSUFFICIENT_ACCESS", message)
        return self._sessions.open(row)

    def by_page(self, username: str, password: str, address: str) -> Session:
        """Log a person in on the log-in page, where no security token is asked for."""
        return self._sessions.open(self.check(username, password, address, needs_token=False))

    def check(self, username: str, given: str, address: str, *, needs_token: bool) -> LoginRow:
        """Return the user if the password is right and nothing bars the log-in; count failures."""
        with self._database.writer() as connection:
            row = login_row(connection, username)
            if row is None:
                raise invalid_login()
            error = self.obstacle(row, address)
            if error is None:
                error = self._password_error(connection, row, given, address, needs_token)
        if error is not None:
            raise error
        self.count(row.id)
        return row

    def count(self, user_id: str) -> None:
        """Count a log-in of a user; LOGIN_RATE_EXCEEDED when there are too many in an hour."""
        recent = self._recent.setdefault(user_id, deque())
        now = self._clock.now()
        while recent and recent[0] <= now - _RATE_WINDOW:
            recent.popleft()
        if len(recent) >= self._policies.current.logins_per_hour:
            raise SalesforceError("LOGIN_RATE_EXCEEDED", "login rate exceeded")
        recent.append(now)

    def obstacle(self, row: LoginRow, address: str) -> SalesforceError | None:
        """Return what bars the user however he proves who he is, or None."""
        if self._policies.current.locked:
            return SalesforceError("ORG_LOCKED", "This organization has been locked")
        if row.login_ip_ranges and not in_ranges(address, row.login_ip_ranges):
            message = "cannot log in from current domain"
            return SalesforceError("LOGIN_DURING_RESTRICTED_DOMAIN", message)
        if not within_login_hours(self._clock.now().astimezone(self._zone()), row.login_hours):
            message = "cannot log in during restricted hours"
            return SalesforceError("LOGIN_DURING_RESTRICTED_TIME", message)
        if not row.is_active or "frozen" in row.flags:
            return invalid_login()
        return None

    def _zone(self) -> ZoneInfo:
        """Return the organisation's time zone, which log-in hours are told in."""
        with self._database.reader() as connection:
            zone = connection.execute("SELECT TimeZoneSidKey FROM Organization").fetchone()[0]
        return ZoneInfo(zone)

    def _password_error(
        self,
        connection: sqlite3.Connection,
        row: LoginRow,
        given: str,
        address: str,
        needs_token: bool,
    ) -> SalesforceError | None:
        """Compare the password; count a wrong one and forget the count after a right one."""
        if not row.password:
            return invalid_login()
        if row.locked_until and row.locked_until > self._clock.stamp():
            return SalesforceError("PASSWORD_LOCKOUT", invalid_login().message)
        tokenless = not needs_token or in_ranges(address, self._policies.current.trusted_networks)
        with_token = needs_token and _same(given, row.password + row.security_token)
        if with_token or (tokenless and _same(given, row.password)):
            _remember_failures(connection, row.id, 0, None)
            return None
        if _same(given, row.password):
            return SalesforceError("LOGIN_MUST_USE_SECURITY_TOKEN", _NEEDS_TOKEN)
        failures, locked = row.failures + 1, None
        if failures >= _FAILURES_BEFORE_LOCKOUT:
            failures, locked = 0, to_stamp(self._clock.now() + _LOCKOUT)
        _remember_failures(connection, row.id, failures, locked)
        return invalid_login()


def _remember_failures(
    connection: sqlite3.Connection, user_id: str, failures: int, locked_until: str | None
) -> None:
    connection.execute(
        "UPDATE org_password SET failures = ?, locked_until = ? WHERE user_id = ?",
        (failures, locked_until, user_id),
    )


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
