"""The organisation's users as far as logging in goes: passwords, tokens, and what bars them.

Passwords stand in clear text: the organisation exists on this machine alone,
its users are invented, and the program prints the password when it starts.
"""

import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from salesforce_simulator.organisation.clock import Clock
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.permissions import permits
from salesforce_simulator.organisation.restrictions import check_login_hours, check_ranges

# What can be set on a user by hand: frozen, and with the permission "Use Any API Auth".
USER_FLAGS = frozenset({"frozen", "any_api_auth"})

_INVALID_LOGIN = "Invalid username, password, security token; or user locked out."
USER_FIELDS = (
    "Id",
    "Username",
    "FirstName",
    "LastName",
    "Email",
    "Alias",
    "ProfileId",
    "UserRoleId",
    "UserType",
    "TimeZoneSidKey",
    "LocaleSidKey",
    "LanguageLocaleKey",
    "EmailEncodingKey",
    "IsActive",
    "UserPermissionsMarketingUser",
    "CommunityNickname",
    "MobilePhone",
    "Street",
    "City",
    "State",
    "PostalCode",
    "Country",
    "LastModifiedDate",
)
_LONG_PAST_LOCKOUT = "9999-12-31T00:00:00.000Z"


@dataclass(frozen=True)
class LoginRow:
    """A user with all that decides whether he may log in."""

    user: dict[str, Any]
    password: str
    security_token: str
    failures: int
    locked_until: str | None
    password_expired: bool
    may_use_api: bool
    flags: frozenset[str]
    login_hours: Mapping[str, int]
    login_ip_ranges: Sequence[str]

    @property
    def id(self) -> str:
        """The user's id."""
        return str(self.user["Id"])

    @property
    def is_active(self) -> bool:
        """Whether the user may have sessions at all."""
        return bool(self.user["IsActive"])


class Users:
    """Reads and changes what stands for one organisation's users beside their records."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def find(self, username: str) -> LoginRow | None:
        """Return the user of that name, in any case of letters, or None."""
        with self._database.reader() as connection:
            return login_row(connection, username)

    def find_id(self, user_id: str) -> LoginRow | None:
        """Return the user with that 18-character id, or None."""
        with self._database.reader() as connection:
            return login_row(connection, user_id, "u.Id")

    def get(self, username: str) -> LoginRow:
        """Return the user of that name; INVALID_LOGIN when there is none."""
        row = self.find(username)
        if row is None:
            raise invalid_login()
        return row

    def credentials(self, username: str) -> dict[str, str]:
        """Return username, password and security_token of a user."""
        row = self.get(username)
        return {
            "username": row.user["Username"],
            "password": row.password,
            "security_token": row.security_token,
        }

    def all_credentials(self) -> list[dict[str, str]]:
        """Return the credentials of every user who has a password."""
        with self._database.reader() as connection:
            rows = connection.execute(
                'SELECT u.Username, p.password, p.security_token FROM "User" u'
                " JOIN org_password p ON p.user_id = u.Id ORDER BY u.number"
            ).fetchall()
        return [
            dict(zip(("username", "password", "security_token"), row, strict=True)) for row in rows
        ]

    def set_password(self, user_id: str, password: str, security_token: str | None = None) -> None:
        """Give a user a password and a token; this also ends a lock-out and an expiry."""
        token = secrets.token_urlsafe(18) if security_token is None else security_token
        with self._database.writer() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO org_password (user_id, password, security_token)"
                " VALUES (?, ?, ?)",
                (user_id, password, token),
            )

    def reset_security_token(self, username: str) -> str:
        """Give a user a new security token, as people do in Salesforce, and return it."""
        token = secrets.token_urlsafe(18)
        self._change_password_row(username, "security_token", token)
        return token

    def expire_password(self, username: str, *, expired: bool = True) -> None:
        """Let a user's password expire, or be good again."""
        self._change_password_row(username, "expired", int(expired))

    def lock(self, username: str, *, locked: bool = True) -> None:
        """Lock a user out until someone unlocks him, or unlock him."""
        self._change_password_row(username, "locked_until", _LONG_PAST_LOCKOUT if locked else None)
        self._change_password_row(username, "failures", 0)

    def _change_password_row(self, username: str, column: str, value: object) -> None:
        user_id = self.get(username).id
        with self._database.writer() as connection:
            connection.execute(
                f"UPDATE org_password SET {column} = ? WHERE user_id = ?",  # noqa: S608 - names of this class
                (value, user_id),
            )

    def set_flag(self, username: str, flag: str, *, on: bool) -> None:
        """Set or clear one of `USER_FLAGS`; ValueError for another name."""
        if flag not in USER_FLAGS:
            raise ValueError(f"no user has a flag {flag}")
        user_id = self.get(username).id
        with self._database.writer() as connection:
            connection.execute(
                "DELETE FROM org_user_flag WHERE user_id = ? AND flag = ?", (user_id, flag)
            )
            if on:
                connection.execute("INSERT INTO org_user_flag VALUES (?, ?)", (user_id, flag))

    def set_active(self, username: str, *, active: bool) -> None:
        """Activate or deactivate a user, as the check box on his record does."""
        user_id = self.get(username).id
        with self._database.writer() as connection:
            stamp = self._clock.stamp()
            connection.execute(
                'UPDATE "User" SET IsActive = ?, LastModifiedDate = ?, SystemModstamp = ?'
                " WHERE Id = ?",
                (int(active), stamp, stamp, user_id),
            )

    def restrict_profile(
        self, profile: str, login_hours: Mapping[str, int], login_ip_ranges: Sequence[str]
    ) -> None:
        """Set log-in hours and IP ranges of a profile, named by name or id.

        See `restrictions` for their form; empty means none. ValueError for an
        unknown profile or another form.
        """
        check_login_hours(login_hours)
        check_ranges(login_ip_ranges)
        with self._database.writer() as connection:
            found = connection.execute(
                "SELECT Id FROM Profile WHERE Name = ? OR Id = ?", (profile, profile)
            ).fetchone()
            if found is None:
                raise ValueError(f"no profile is called {profile}")
            connection.execute(
                "INSERT OR REPLACE INTO org_profile_restriction VALUES (?, ?, ?)",
                (found[0], orjson.dumps(dict(login_hours)), orjson.dumps(list(login_ip_ranges))),
            )


def login_row(
    connection: sqlite3.Connection, key: str, column: str = "u.Username"
) -> LoginRow | None:
    """Return the user by name, or by `u.Id`; user names differ by more than case."""
    cursor = connection.execute(
        " ".join(
            (
                "SELECT",
                ", ".join(f"u.{name}" for name in USER_FIELDS),
                ", p.password, p.security_token, p.failures, p.locked_until, p.expired",
                ", r.login_hours, r.login_ip_ranges",
                ", (SELECT group_concat(flag, ' ') FROM org_user_flag f WHERE f.user_id = u.Id)",
                'FROM "User" u LEFT JOIN org_password p ON p.user_id = u.Id',
                "LEFT JOIN org_profile_restriction r ON r.profile_id = u.ProfileId",
                f"WHERE {column} = ? COLLATE NOCASE",
            )
        ),
        (key,),
    )
    row = cursor.fetchone()
    if row is None:
        return None
    user: dict[str, Any] = dict(zip(USER_FIELDS, row, strict=False))
    password, token, failures, locked_until, expired, hours, ranges, flags = row[len(USER_FIELDS) :]
    return LoginRow(
        user=user,
        password=password or "",
        security_token=token or "",
        failures=failures or 0,
        locked_until=locked_until,
        password_expired=bool(expired),
        may_use_api=permits(connection, user["Id"], "ApiEnabled"),
        flags=frozenset((flags or "").split()),
        login_hours=orjson.loads(hours) if hours else {},
        login_ip_ranges=orjson.loads(ranges) if ranges else (),
    )


def invalid_login() -> SalesforceError:
    """Return the answer to an unknown user, a wrong password, and more that is not told."""
    return SalesforceError("INVALID_LOGIN", _INVALID_LOGIN)
