"""What users have approved: which app, which scopes, and the refresh token for it."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.oauth.apps import App
from salesforce_simulator.organisation.oauth.scopes import allows_refresh
from salesforce_simulator.organisation.tokens import new_token
from salesforce_simulator.organisation.users import LoginRow

_MOST_REFRESH_TOKENS = 5
_COLUMNS = "id, user_id, client_id, scopes, refresh_token"


@dataclass(frozen=True)
class Approval:
    """One user's approval of one app."""

    id: int
    user_id: str
    client_id: str
    scopes: tuple[str, ...]
    refresh_token: str | None


class Approvals:
    """The approvals of one organisation; a user has up to five refresh tokens of an app."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user_id: str, app: App, scopes: Collection[str]) -> Approval:
        """Remember that a user has approved scopes of an app, with a refresh token if among them.

        The sixth refresh token ends the oldest of the user's five for this app.
        """
        token = _new_refresh_token() if allows_refresh(scopes) else None
        key = (user_id, app.client_id)
        with self._database.writer() as connection:
            if token is None:
                connection.execute(
                    "DELETE FROM org_approval WHERE user_id = ? AND client_id = ?"
                    " AND refresh_token IS NULL",
                    key,
                )
            cursor = connection.execute(
                "INSERT INTO org_approval (user_id, client_id, scopes, refresh_token)"
                " VALUES (?, ?, ?, ?)",
                (*key, " ".join(scopes), token),
            )
            connection.execute(
                "DELETE FROM org_approval WHERE id IN (SELECT id FROM org_approval"
                " WHERE user_id = ? AND client_id = ? AND refresh_token IS NOT NULL"
                " ORDER BY id DESC LIMIT -1 OFFSET ?)",
                (*key, _MOST_REFRESH_TOKENS),
            )
        return Approval(cursor.lastrowid or 0, *key, tuple(scopes), token)

    def of_token(self, refresh_token: str) -> Approval | None:
        """Return the approval that a refresh token stands for, or None."""
        with self._database.reader() as connection:
            return _approval(connection, "refresh_token = ?", refresh_token)

    def rotate(self, refresh_token: str) -> str | None:
        """Replace a refresh token and return the new one; None when somebody was quicker."""
        new = _new_refresh_token()
        with self._database.writer() as connection:
            approval = _approval(connection, "refresh_token = ?", refresh_token)
            if approval is None:
                return None
            connection.execute(
                "UPDATE org_approval SET refresh_token = ? WHERE id = ?", (new, approval.id)
            )
            connection.execute(
                "INSERT INTO org_rotated_token VALUES (?, ?)", (refresh_token, approval.id)
            )
        return new

    def revoke(self, refresh_token: str) -> bool:
        """End a refresh token and the sessions it has opened; tell whether there was one."""
        with self._database.writer() as connection:
            return _end(connection, _approval(connection, "refresh_token = ?", refresh_token))

    def revoke_successor(self, rotated: str, app: App) -> None:
        """End what took the place of a rotated refresh token: brought again, it may be stolen."""
        with self._database.writer() as connection:
            where = (
                "id = (SELECT approval_id FROM org_rotated_token WHERE refresh_token = ?)"
                " AND client_id = ?"
            )
            _end(connection, _approval(connection, where, rotated, app.client_id))

    def revoke_of_user(self, user_id: str) -> None:
        """End all that a user has approved, as under Setup > Connected Apps OAuth Usage."""
        with self._database.writer() as connection:
            while _end(connection, _approval(connection, "user_id = ?", user_id)):
                pass

    def revoke_all(self) -> None:
        """End every approval of the organisation."""
        with self._database.writer() as connection:
            connection.execute("DELETE FROM org_approval")

    def newest(self, user_id: str, app: App) -> Approval | None:
        """Return a user's newest approval of an app, or None."""
        with self._database.reader() as connection:
            return _approval(connection, "user_id = ? AND client_id = ?", user_id, app.client_id)

    def covers(self, user_id: str, app: App, scopes: Collection[str]) -> bool:
        """Tell whether a user has approved all these scopes of an app before."""
        with self._database.reader() as connection:
            rows = connection.execute(
                "SELECT scopes FROM org_approval WHERE user_id = ? AND client_id = ?",
                (user_id, app.client_id),
            ).fetchall()
        return any(set(scopes) <= set(row[0].split()) for row in rows)

    def pre_authorized(self, row: LoginRow, app: App) -> bool:
        """Tell whether an administrator has approved a user by profile or permission set."""
        if not app.admin_approved:
            return False
        if row.user["ProfileId"] in app.approved_by:
            return True
        with self._database.reader() as connection:
            assigned = connection.execute(
                "SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ?",
                (row.id,),
            ).fetchall()
        return not {found[0] for found in assigned}.isdisjoint(app.approved_by)


def _new_refresh_token() -> str:
    return "5Aep861" + new_token(60)


def _end(connection: sqlite3.Connection, approval: Approval | None) -> bool:
    if approval is None:
        return False
    connection.execute("DELETE FROM org_approval WHERE id = ?", (approval.id,))
    for table in ("org_login_session", "org_rotated_token"):
        connection.execute(
            f"DELETE FROM {table} WHERE approval_id = ?",  # noqa: S608 - two names above
            (approval.id,),
        )
    return True


def _approval(connection: sqlite3.Connection, where: str, *values: str) -> Approval | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM org_approval WHERE {where} ORDER BY id DESC LIMIT 1",  # noqa: S608 - conditions of this module
        values,
    ).fetchone()
    return Approval(row[0], row[1], row[2], tuple(row[3].split()), row[4]) if row else None
