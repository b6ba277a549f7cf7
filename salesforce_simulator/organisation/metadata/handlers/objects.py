"""Custom objects: they become objects of the catalogue with tables of their own."""

import re
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.ids import DIGITS
from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.handlers.base import Handler
from salesforce_simulator.organisation.metadata.nodes import Node, leaf
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.workspace import Workspace

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
_NAME_LENGTH = 80
_ABILITIES = frozenset(
    {"create", "update", "delete", "undelete", "feed", "layout", "mru", "search", "trigger"}
)
_NEEDED = ("label", "pluralLabel", "nameField", "sharingModel", "deploymentStatus")


class ObjectHandler(Handler):
    """Adds, changes and removes custom objects; a standard object keeps its own shape."""

    def names(self, work: Workspace, type_name: str) -> list[str]:  # noqa: ARG002 - as all handlers
        """Return the names of all objects, the standard ones too."""
        return sorted(sobject.name for sobject in work.catalogue)

    def current(self, work: Workspace, type_name: str, full_name: str) -> Node | None:
        """Return the definition; a standard object that was never deployed has its label alone."""
        kept = super().current(work, type_name, full_name)
        sobject = work.catalogue.find(full_name)
        if kept is not None or sobject is None:
            return kept
        return Node(
            "CustomObject",
            children=(leaf("label", sobject.label), leaf("pluralLabel", sobject.plural)),
        )

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Add an object, or change its labels."""
        definition, name = component.definition, component.full_name
        found = work.catalogue.find(name)
        if found is not None and not found.custom:
            return None
        if found is None and not _NAME.fullmatch(name):
            raise ComponentError(f"Entity of type 'CustomObject' named '{name}' cannot be found")
        for element in _NEEDED:
            if definition.child(element) is None:
                message = f"Must specify a {element} for CustomObject {name}"
                raise ComponentError(message, definition.line, definition.column)
        label, plural = definition.get("label").strip(), definition.get("pluralLabel").strip()
        name_label = _name_label(definition)
        prefix = found.prefix if found else _free_prefix(work.catalogue)
        fields = (*_standard_fields(name_label), *(_own_fields(found) if found else ()))
        sobject = SObject(name, label, plural, prefix, _ABILITIES, fields)
        work.customisation.put_object(sobject)
        return None

    def remove(self, work: Workspace, full_name: str) -> None:
        """Remove an object with its records and all that belongs to it."""
        sobject = work.catalogue.find(full_name)
        if sobject is None:
            return
        if not sobject.custom:
            raise ComponentError("Cannot delete a standard object")
        work.customisation.remove_object(sobject.name)
        work.store.remove_children(sobject.name)
        for table in ("FieldPermissions", "ObjectPermissions"):
            work.connection.execute(
                f"DELETE FROM {table} WHERE SobjectType = ? COLLATE NOCASE",  # noqa: S608 - constants
                (sobject.name,),
            )


def rename(work: Workspace, old: str, new: str) -> None:
    """Give a custom object another name; its records, fields and permissions go with it."""
    sobject = work.catalogue.find(old)
    if sobject is None or not sobject.custom:
        raise ComponentError(f"no CustomObject named {old} found")
    if work.catalogue.find(new) is not None or not _NAME.fullmatch(new):
        raise ComponentError(f"{new} is not a name that a custom object can get")
    work.customisation.rename_object(sobject.name, new)
    work.store.rename_object(sobject.name, new)
    for table in ("FieldPermissions", "ObjectPermissions"):
        work.connection.execute(
            f"UPDATE {table} SET SobjectType = ? WHERE SobjectType = ?",  # noqa: S608 - constants
            (new, sobject.name),
        )
    work.connection.execute(
        "UPDATE FieldPermissions SET Field = ? || substr(Field, ?) WHERE SobjectType = ?",
        (new, len(sobject.name) + 1, new),
    )


def _name_label(definition: Node) -> str:
    """Return the label of the Name field."""
    name_field = definition.child("nameField") or Node("nameField")
    if name_field.get("type").strip() != "Text":
        raise ComponentError(
            "Name fields of type AutoNumber are not available in this organisation",
            name_field.line,
            name_field.column,
        )
    return name_field.get("label", "Name").strip() or "Name"


def _free_prefix(catalogue: Catalogue) -> str:
    """Return the next id prefix for custom objects, from `a00` on."""
    pairs = (f"a{first}{second}" for first in DIGITS for second in DIGITS)
    return next(prefix for prefix in pairs if catalogue.of_id(prefix) is None)


def _own_fields(sobject: SObject) -> tuple[Field, ...]:
    return tuple(field for field in sobject.fields if field.custom)


def _standard_fields(name_label: str) -> tuple[Field, ...]:
    """Return the fields that every custom object has."""
    user: dict[str, Any] = {"length": 18, "reference_to": ("User",), "defaulted": True}
    return (
        Field("Id", "Record ID", "id", length=18, defaulted=True, id_lookup=True),
        Field(
            "OwnerId", "Owner ID", "reference", length=18, reference_to=("Group", "User"),
            relationship="Owner", createable=True, updateable=True, defaulted=True,
        ),
        Field("IsDeleted", "Deleted", "boolean", defaulted=True, default=False),
        Field(
            "Name", name_label, "string", length=_NAME_LENGTH, is_name=True, id_lookup=True,
            createable=True, updateable=True, nillable=True,
        ),
        Field("CreatedDate", "Created Date", "datetime", defaulted=True),
        Field("CreatedById", "Created By ID", "reference", relationship="CreatedBy", **user),
        Field("LastModifiedDate", "Last Modified Date", "datetime", defaulted=True),
        Field(
            "LastModifiedById", "Last Modified By ID", "reference",
            relationship="LastModifiedBy", **user,
        ),
        Field("SystemModstamp", "System Modstamp", "datetime", defaulted=True),
    )  # fmt: skip
