"""Rules of field and object permissions."""

from typing import Any

from salesforce_simulator.organisation.catalogue import Field, SObject
from salesforce_simulator.organisation.dml.rules.base import Rules
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.errors import SalesforceError


class FieldPermissionsRules(Rules):
    """Field permissions: of a field that can be hidden, once per set; to edit is also to read."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Check the field, and write its name as the catalogue does."""
        sobject = _secured_object(tx, record)
        field = _grantable(sobject, str(record.get("Field")))
        record["SobjectType"] = sobject.name
        record["Field"] = f"{sobject.name}.{field.name}"
        _refuse_second(tx, "FieldPermissions", "Field", record)
        _follow_edit(record)
        _refuse_edit(field, record)

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Let the right to edit bring the right to read."""
        _follow_edit(changes)
        sobject_type, name = tx.values(record_id, "SobjectType", "Field")
        _refuse_edit(_grantable(tx.catalogue.get(sobject_type), name), changes)


class ObjectPermissionsRules(Rules):
    """Object permissions: once per set and object."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Check the object, and write its name as the catalogue does."""
        record["SobjectType"] = _secured_object(tx, record).name
        _refuse_second(tx, "ObjectPermissions", "SobjectType", record)


def _secured_object(tx: Transaction, record: dict[str, Any]) -> SObject:
    sobject = tx.catalogue.find(str(record.get("SobjectType")))
    if sobject is None:
        raise _bad_value("SobjectType", record.get("SobjectType"))
    return sobject


def _grantable(sobject: SObject, name: str) -> Field:
    """Return the field of `Lead.Phone`; a required or unknown one cannot be granted."""
    field = sobject.field(name.removeprefix(f"{sobject.name}."))
    if field is None or not field.permissionable:
        raise _bad_value("Field", name)
    return field


def _refuse_second(tx: Transaction, table: str, column: str, record: dict[str, Any]) -> None:
    found = tx.connection.execute(
        f"SELECT Id FROM {table} WHERE ParentId = ? AND {column} = ?",  # noqa: S608 - two callers above
        (record.get("ParentId"), record[column]),
    ).fetchone()
    if found:
        raise SalesforceError(
            "DUPLICATE_VALUE",
            f"duplicate value found: {column} duplicates value on record with id: {found[0]}",
            [],
        )


def _follow_edit(record: dict[str, Any]) -> None:
    if record.get("PermissionsEdit"):
        record["PermissionsRead"] = 1


def _refuse_edit(field: Field, record: dict[str, Any]) -> None:
    if record.get("PermissionsEdit") and not (field.createable or field.updateable):
        raise SalesforceError(
            "FIELD_INTEGRITY_EXCEPTION",
            f"Field {field.name} is read only: it cannot be made editable",
            ["PermissionsEdit"],
        )


def _bad_value(name: str, value: object) -> SalesforceError:
    return SalesforceError(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        f"{name}: bad value for restricted picklist field: {value}",
        [name],
    )
