"""What each user may see and change: object permissions and field-level security.

They are records like any other (PermissionSet, PermissionSetAssignment,
FieldPermissions, ObjectPermissions), so administrators change them through the
API. A profile is a permission set that it owns. What a user's sets grant adds up.

`Permissions.catalogue_for` turns them into a catalogue of the user's own: an object
or field that is not in it does not exist for him. Objects of administration and
fields that are not `permissionable` are there for everyone; to change the former
takes the permission "Manage Users".
"""

import itertools
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.customisation import Customisation
from salesforce_simulator.organisation.database import Database

# Standard objects that need object permissions; of the others everyone sees all.
SECURED_OBJECTS = frozenset({"Account", "Campaign", "Contact", "Lead", "Opportunity"})
# Users are not among them: everyone may change what others read of himself.
_ADMINISTRATION = frozenset(
    {
        "FieldPermissions",
        "Group",
        "GroupMember",
        "ObjectPermissions",
        "PermissionSet",
        "PermissionSetAssignment",
        "Profile",
        "QueueSobject",
        "UserRole",
    }
)
_OF_A_USER = ("IsActive", "ProfileId", "UserPermissionsMarketingUser", "UserRoleId", "Username")
_SETS_OF_USER = """
SELECT s.Id FROM PermissionSet s JOIN "User" u ON s.ProfileId = u.ProfileId WHERE u.Id = ?
UNION
SELECT a.PermissionSetId FROM PermissionSetAssignment a WHERE a.AssigneeId = ? AND a.IsRevoked = 0
"""
_RIGHTS = {
    "create": "PermissionsCreate",
    "read": "PermissionsRead",
    "update": "PermissionsEdit",
    "delete": "PermissionsDelete",
}


@dataclass(frozen=True)
class Grants:
    """What a user's permission sets grant together.

    `objects` maps an object's name to rights such as `update`; `readable` and `editable` hold
    fields such as `Lead.Phone`. Names are in lower case.

    `refused` are rights to objects, and fields that may not be changed, for want of more than a
    grant: the permission "Manage Users", or for campaigns the user's box "Marketing User".
    """

    objects: dict[str, frozenset[str]]
    readable: frozenset[str]
    editable: frozenset[str]
    refused: frozenset[tuple[str, str]] = frozenset()


class Permissions:
    """Looks permissions up, and remembers what they make of the catalogue."""

    def __init__(self, database: Database, customisation: Customisation) -> None:
        self._database = database
        self._customisation = customisation
        self._kept: dict[str, tuple[int, Catalogue, Catalogue]] = {}
        with database.writer() as connection:
            _watch_changes(connection)

    def catalogue_for(self, user_id: str) -> Catalogue:
        """Return the objects and fields that the user sees, with what he may do to them."""
        full = self._customisation.catalogue
        with self._database.reader() as connection:
            revision = _revision(connection)
            kept = self._kept.get(user_id)
            if kept is not None and kept[:2] == (revision, full):
                return kept[2]
            granted = read_grants(connection, _sets_of(connection, user_id))
            grants = replace(granted, refused=frozenset(_refused(connection, user_id)))
        seen = Catalogue(_seen_objects(full, grants))
        if not self._database.in_transaction:  # what is rolled back must not be remembered
            self._kept[user_id] = (revision, full, seen)
        return seen

    def permits(self, user_id: str, permission: str) -> bool:
        """Tell whether one of the user's sets has a permission such as `ModifyAllData`."""
        with self._database.reader() as connection:
            return permits(connection, user_id, permission)


def permits(connection: sqlite3.Connection, user_id: str, permission: str) -> bool:
    """Tell whether one of a user's permission sets has a permission such as `ModifyAllData`."""
    sets = _sets_of(connection, user_id)
    found = connection.execute(
        f"SELECT 1 FROM PermissionSet WHERE Permissions{permission} = 1"  # noqa: S608 - named by our own code
        f" AND Id IN ({_marks(sets)})",
        sets,
    )
    return found.fetchone() is not None


def secured(sobject: SObject) -> bool:
    """Tell whether a user needs object permissions for this object."""
    return sobject.custom or sobject.name in SECURED_OBJECTS


def needs_grant(sobject: SObject, field: Field) -> bool:
    """Tell whether a user needs field permissions to see this field."""
    return field.permissionable and (field.custom or secured(sobject))


def read_grants(connection: sqlite3.Connection, sets: list[str]) -> Grants:
    """Add up what the permission sets with these ids grant."""
    rights = ", ".join(_RIGHTS.values())
    objects: dict[str, frozenset[str]] = {}
    for name, *flags in connection.execute(
        f"SELECT SobjectType, {rights} FROM ObjectPermissions WHERE ParentId IN ({_marks(sets)})",  # noqa: S608 - names of this module
        sets,
    ):
        granted = {right for right, flag in zip(_RIGHTS, flags, strict=True) if flag}
        objects[name.lower()] = objects.get(name.lower(), frozenset()) | granted
    fields = connection.execute(
        "SELECT Field, PermissionsRead, PermissionsEdit FROM FieldPermissions"  # noqa: S608 - question marks
        f" WHERE ParentId IN ({_marks(sets)})",
        sets,
    ).fetchall()
    return Grants(
        objects,
        frozenset(name.lower() for name, read, edit in fields if read or edit),
        frozenset(name.lower() for name, _, edit in fields if edit),
    )


def _refused(connection: sqlite3.Connection, user_id: str) -> Iterable[tuple[str, str]]:
    if not permits(connection, user_id, "ManageUsers"):
        yield "User", "create"
        yield from itertools.product(["User"], _OF_A_USER)
        yield from itertools.product(_ADMINISTRATION, ("create", "update", "delete"))
    marketing = 'SELECT UserPermissionsMarketingUser FROM "User" WHERE Id = ?'
    if connection.execute(marketing, (user_id,)).fetchone() != (1,):
        yield "Campaign", "create"


def _seen_objects(catalogue: Catalogue, grants: Grants) -> Iterable[SObject]:
    everything = frozenset(_RIGHTS)
    for sobject in catalogue:
        rights = everything
        if secured(sobject):
            rights = grants.objects.get(sobject.name.lower(), frozenset())
        if "read" in rights:
            refused = {right for name, right in grants.refused if name == sobject.name}
            abilities = sobject.abilities - (everything - rights) - refused
            fields = tuple(_seen_fields(sobject, grants))
            yield replace(sobject, fields=fields, abilities=abilities)


def _seen_fields(sobject: SObject, grants: Grants) -> Iterable[Field]:
    for field in sobject.fields:
        name = f"{sobject.name}.{field.name}".lower()
        if (sobject.name, field.name) in grants.refused:
            yield replace(field, updateable=False)
        elif not needs_grant(sobject, field) or name in grants.editable:
            yield field
        elif name in grants.readable:
            yield replace(field, createable=False, updateable=False)


def _sets_of(connection: sqlite3.Connection, user_id: str) -> list[str]:
    return [row[0] for row in connection.execute(_SETS_OF_USER, (user_id, user_id))]


def _marks(values: list[str]) -> str:
    return ", ".join("?" * len(values))


def _revision(connection: sqlite3.Connection) -> int:
    (value,) = connection.execute(
        "SELECT value FROM org_setting WHERE name = 'permissions_revision'"
    ).fetchone()
    return int(value)


def _watch_changes(connection: sqlite3.Connection) -> None:
    """Let the database itself count every change of a permission, whoever makes it."""
    connection.execute("INSERT OR IGNORE INTO org_setting VALUES ('permissions_revision', '1')")
    tables = ("PermissionSet", "PermissionSetAssignment", "FieldPermissions", "ObjectPermissions")
    watched = [(table, event) for table in tables for event in ("INSERT", "UPDATE", "DELETE")]
    of_user = ("User", "UPDATE OF ProfileId"), ("User", "UPDATE OF UserPermissionsMarketingUser")
    for table, event in (*watched, *of_user):
        name = f"permissions_{table}_{event.replace(' ', '_')}".lower()
        count = "UPDATE org_setting SET value = value + 1 WHERE name = 'permissions_revision'"
        connection.execute(
            f'CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON "{table}" BEGIN {count}; END'
        )
