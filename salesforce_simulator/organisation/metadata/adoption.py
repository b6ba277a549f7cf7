"""Brings into the store what came into the organisation in other ways than by a deployment."""

from collections.abc import Iterator

from salesforce_simulator.organisation.metadata.components import Component, file_name_of
from salesforce_simulator.organisation.metadata.custom_fields import write_field
from salesforce_simulator.organisation.metadata.nodes import Node, leaf
from salesforce_simulator.organisation.metadata.workspace import Workspace


def adopt(work: Workspace) -> None:
    """Keep a definition of every custom field and permission set, and of nothing that is gone."""
    fields = {component.full_name.lower(): component for component in _fields(work)}
    kept = {name.lower() for name in work.store.names("CustomField")}
    for name in kept - fields.keys():
        if name.endswith("__c"):
            work.store.remove("CustomField", name)
    for name, component in fields.items():
        if name not in kept:
            work.store.put(component, work.user_id, work.stamp)
    _adopt_permission_sets(work)


def _fields(work: Workspace) -> Iterator[Component]:
    for sobject in work.catalogue:
        for field in sobject.fields:
            if field.custom:
                full_name = f"{sobject.name}.{field.name}"
                path = file_name_of("CustomField", full_name)
                yield Component("CustomField", full_name, path, write_field(field))


def _adopt_permission_sets(work: Workspace) -> None:
    rows = work.connection.execute(
        "SELECT Name, Label, Id FROM PermissionSet WHERE IsOwnedByProfile = 0"
    ).fetchall()
    kept = {name.lower() for name in work.store.names("PermissionSet")}
    for name in kept - {row[0].lower() for row in rows}:
        work.store.remove("PermissionSet", name)
    for name, label, record_id in rows:
        if name.lower() not in kept:
            definition = Node("PermissionSet", children=(leaf("label", label),))
            path = file_name_of("PermissionSet", name)
            component = Component("PermissionSet", name, path, definition)
            work.store.put(component, work.user_id, work.stamp, record_id)
