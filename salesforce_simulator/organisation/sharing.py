"""Who sees which records of objects that the organisation keeps private.

An object is private when the rulebook says so. Its records are then seen by their
owners and by the members of the queue that owns them, and by users whose
permission sets let them view all.
"""

import sqlite3
from dataclasses import replace

from salesforce_simulator.organisation.catalogue import Catalogue, SObject
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import SHORT_LENGTH
from salesforce_simulator.organisation.permissions import Permissions
from salesforce_simulator.organisation.rulebook.store import RulebookStore
from salesforce_simulator.organisation.schema import quoted

_SEES_ALL = ("ViewAllData", "ModifyAllData")
_VIEWED = """
SELECT o.SobjectType FROM ObjectPermissions o
JOIN PermissionSet s ON s.Id = o.ParentId
WHERE (o.PermissionsViewAllRecords = 1 OR o.PermissionsModifyAllRecords = 1)
AND (s.ProfileId = (SELECT ProfileId FROM "User" WHERE Id = ?)
     OR s.Id IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ?))
"""


def owned_by(alias: str, user_id: str) -> str:
    """Return the SQL condition that a user, or a queue that he is in, owns a record."""
    user = f"'{user_id}'"  # an id of this organisation: letters and digits
    parts = (
        f"({alias}.OwnerId = {user} OR {alias}.OwnerId IN",
        f"(SELECT m.GroupId FROM GroupMember m WHERE m.UserOrGroupId = {user}))",  # noqa: S608 - see above
    )
    return " ".join(parts)


def check_visible(
    connection: sqlite3.Connection, sobject: SObject, record_id: str, user_id: str
) -> None:
    """Refuse a change to a record that the user does not see.

    INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY, with the id in its short form.
    """
    if not sobject.owners_only:
        return
    statement = " ".join(("SELECT 1 FROM", quoted(sobject.name), "t WHERE t.Id = ? AND"))
    found = connection.execute(f"{statement} {owned_by('t', user_id)}", (record_id,)).fetchone()
    if found is None:
        raise SalesforceError(
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            f"insufficient access rights on cross-reference id: {record_id[:SHORT_LENGTH]}",
            [],
        )


class Sharing:
    """Marks the objects of a user's catalogue of which he sees his own records only."""

    def __init__(self, database: Database, permissions: Permissions, rules: RulebookStore) -> None:
        self._database = database
        self._permissions = permissions
        self._rules = rules
        self._kept: dict[str, tuple[Catalogue, frozenset[str], Catalogue]] = {}

    def catalogue_for(self, user_id: str) -> Catalogue:
        """Return what the user sees, as `Permissions.catalogue_for` does, with those marks."""
        seen = self._permissions.catalogue_for(user_id)
        hidden = frozenset(self._rules.read().private_objects)
        if not hidden or any(self._permissions.permits(user_id, name) for name in _SEES_ALL):
            return seen
        hidden -= self._viewed(user_id)
        kept = self._kept.get(user_id)
        if kept is None or kept[0] is not seen or kept[1] != hidden:
            marked = Catalogue(
                replace(sobject, owners_only=sobject.name in hidden and sobject.has("OwnerId"))
                for sobject in seen
            )
            kept = self._kept[user_id] = (seen, hidden, marked)
        return kept[2]

    def _viewed(self, user_id: str) -> frozenset[str]:
        with self._database.reader() as connection:
            rows = connection.execute(_VIEWED, (user_id, user_id)).fetchall()
        return frozenset(row[0] for row in rows)
