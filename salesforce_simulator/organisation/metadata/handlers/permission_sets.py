"""Permission sets: they become records, and so open objects and fields to whom they are given."""

from functools import cache
from importlib.resources import files

from salesforce_simulator.organisation.dml import writer
from salesforce_simulator.organisation.dml.recycle import delete
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.handlers.base import Handler
from salesforce_simulator.organisation.metadata.nodes import Node, leaf
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.workspace import Workspace

_OBJECT_RIGHTS = {
    "allowCreate": "PermissionsCreate",
    "allowDelete": "PermissionsDelete",
    "allowEdit": "PermissionsEdit",
    "allowRead": "PermissionsRead",
    "modifyAllRecords": "PermissionsModifyAllRecords",
    "viewAllRecords": "PermissionsViewAllRecords",
}
# A right that brings others with it: who may edit all records may read all, and so on.
_DEPENDS = {
    "allowCreate": "allowRead",
    "allowEdit": "allowRead",
    "allowDelete": "allowEdit",
    "viewAllRecords": "allowRead",
    "modifyAllRecords": "viewAllRecords",
}
_REFERENCES = {
    "pageAccesses": ("apexPage", "ApexPage"),
    "classAccesses": ("apexClass", "ApexClass"),
    "tabSettings": ("tab", "CustomTab"),
}
_STANDARD_TAB = "standard-"


class PermissionSetHandler(Handler):
    """Keeps the records of a permission set as its definition says."""

    def current(self, work: Workspace, type_name: str, full_name: str) -> Node | None:
        """Return the definition with the permissions that the records hold now."""
        kept = super().current(work, type_name, full_name)
        row = _find(work, full_name)
        if row is None:
            return None
        record_id, label = row
        if kept is None:
            kept = Node("PermissionSet", children=(leaf("label", label),))
        rest = kept.without("fieldPermissions", "objectPermissions")
        return rest.plus((*_field_permissions(work, record_id), *_objects(work, record_id)))

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Write the set and its permissions, and drop those that it does not name."""
        definition = component.definition
        _check(work, definition)
        values: dict[str, object] = {
            "Name": component.full_name,
            "Label": definition.get("label").strip(),
            "Description": definition.get("description").strip() or None,
            "HasActivationRequired": definition.flag("hasActivationRequired"),
            **_user_permissions(work, definition),
        }
        tx = work.transaction()
        sobject = work.catalogue.get("PermissionSet")
        try:
            found = _find(work, component.full_name)
            if found is None:
                record_id = writer.create(tx, sobject, values)
            else:
                record_id = found[0]
                writer.update(tx, sobject, record_id, values)
                _empty(work, record_id)
            _grant(work, record_id, definition)
        except SalesforceError as error:
            raise ComponentError(error.message) from error
        return record_id

    def remove(self, work: Workspace, full_name: str) -> None:
        """Delete the set's record with its permissions and assignments."""
        found = _find(work, full_name)
        if found is None:
            return
        _empty(work, found[0])
        tx = work.transaction()
        assigned = work.connection.execute(
            "SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = ?", found[:1]
        ).fetchall()
        for (assignment,) in assigned:
            delete(tx, work.catalogue.get("PermissionSetAssignment"), assignment)
        delete(tx, work.catalogue.get("PermissionSet"), found[0])


@cache
def known_permissions() -> frozenset[str]:
    """Return the names of the user permissions of an organisation."""
    return frozenset((files(__package__) / "user_permissions.txt").read_text("utf-8").split())


def _find(work: Workspace, full_name: str) -> tuple[str, str] | None:
    row = work.connection.execute(
        "SELECT Id, Label FROM PermissionSet WHERE Name = ? COLLATE NOCASE"
        " AND IsOwnedByProfile = 0",
        (full_name,),
    ).fetchone()
    return None if row is None else (row[0], row[1])


def _check(work: Workspace, definition: Node) -> None:
    for element, (name, type_name) in _REFERENCES.items():
        for access in definition.all(element):
            target = access.get(name).strip()
            if not target.startswith(_STANDARD_TAB):
                work.need(type_name, target, None, name)
    for access in definition.all("objectPermissions"):
        work.need("CustomObject", access.get("object").strip(), None, "object")
        _check_rights(access)
    for access in definition.all("fieldPermissions"):
        _check_field(work, access)
    for permission in definition.all("userPermissions"):
        name = permission.get("name").strip()
        if name not in known_permissions():
            raise ComponentError(f"Unknown user permission: {name}")


def _check_rights(access: Node) -> None:
    name = access.get("object").strip()
    for right, needed in _DEPENDS.items():
        if access.flag(right) and not access.flag(needed):
            raise ComponentError(
                f"Permission {_verb(right)} {name} depends on permission(s): {_verb(needed)} {name}"
            )


def _verb(right: str) -> str:
    words = {"viewAllRecords": "View All", "modifyAllRecords": "Modify All"}
    return words.get(right, right.removeprefix("allow"))


def _check_field(work: Workspace, access: Node) -> None:
    full_name = access.get("field").strip()
    work.need("CustomField", full_name, None, "field")
    sobject_name, _, name = full_name.partition(".")
    field = work.catalogue.get(sobject_name).by_name[name.lower()]
    if not field.permissionable:
        raise ComponentError(f"You cannot deploy to a required field: {full_name}")
    if access.flag("editable") and not (field.createable or field.updateable):
        raise ComponentError(f"Field {full_name} is not editable: it is read only")
    if access.flag("editable") and not access.flag("readable", default=True):
        raise ComponentError(f"Field permission edit depends on read: {full_name}")


def _user_permissions(work: Workspace, definition: Node) -> dict[str, object]:
    """Return the columns of the user permissions that this organisation acts on."""
    enabled = {
        permission.get("name").strip()
        for permission in definition.all("userPermissions")
        if permission.flag("enabled")
    }
    prefix = "Permissions"
    columns = [field.name for field in work.catalogue.get("PermissionSet").fields]
    return {
        name: name.removeprefix(prefix) in enabled for name in columns if name.startswith(prefix)
    }


def _empty(work: Workspace, record_id: str) -> None:
    for table in ("FieldPermissions", "ObjectPermissions"):
        work.connection.execute(f"DELETE FROM {table} WHERE ParentId = ?", (record_id,))  # noqa: S608 - constants


def _grant(work: Workspace, record_id: str, definition: Node) -> None:
    tx = work.transaction()
    for access in definition.all("objectPermissions"):
        rights = {column: access.flag(name) for name, column in _OBJECT_RIGHTS.items()}
        if any(rights.values()):
            values = {"ParentId": record_id, "SobjectType": access.get("object").strip(), **rights}
            writer.create(tx, work.catalogue.get("ObjectPermissions"), values)
    for access in definition.all("fieldPermissions"):
        editable = access.flag("editable")
        if editable or access.flag("readable"):
            full_name = access.get("field").strip()
            values = {
                "ParentId": record_id,
                "SobjectType": full_name.partition(".")[0],
                "Field": full_name,
                "PermissionsRead": True,
                "PermissionsEdit": editable,
            }
            writer.create(tx, work.catalogue.get("FieldPermissions"), values)


def _field_permissions(work: Workspace, record_id: str) -> list[Node]:
    rows = work.connection.execute(
        "SELECT Field, PermissionsEdit, PermissionsRead FROM FieldPermissions"
        " WHERE ParentId = ? ORDER BY Field",
        (record_id,),
    )
    return [
        Node(
            "fieldPermissions",
            children=(
                leaf("editable", bool(edit)), leaf("field", name), leaf("readable", bool(read))
            ),
        )
        for name, edit, read in rows
    ]  # fmt: skip


def _objects(work: Workspace, record_id: str) -> list[Node]:
    columns = ", ".join(_OBJECT_RIGHTS.values())
    rows = work.connection.execute(
        f"SELECT SobjectType, {columns} FROM ObjectPermissions"  # noqa: S608 - constants
        " WHERE ParentId = ? ORDER BY SobjectType",
        (record_id,),
    )
    return [
        Node("objectPermissions").plus(
            [leaf("object", name), *map(_right, _OBJECT_RIGHTS, rights)],
        )
        for name, *rights in rows
    ]


def _right(name: str, granted: int) -> Node:
    return leaf(name, bool(granted))
