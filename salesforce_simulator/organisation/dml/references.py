"""Find records by id or by key, and check what a reference points at."""

import sqlite3

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.schema import quoted


def check_reference(
    connection: sqlite3.Connection, catalogue: Catalogue, owner: SObject, field: Field, value: str
) -> None:
    """Refuse a reference to the wrong kind of record, to none, or to a deleted one.

    An owner has to be an active user: INACTIVE_OWNER_OR_USER.
    """
    target = catalogue.of_id(value)
    if target is None or target.name not in field.reference_to:
        raise SalesforceError(
            "FIELD_INTEGRITY_EXCEPTION",
            f"{field.label}: id value of incorrect type: {value}",
            [field.name],
        )
    if target.name == "User":
        _check_user(connection, owner, field, value)
    elif find_state(connection, target, value) != "live":
        raise SalesforceError(
            "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name]
        )


def _check_user(connection: sqlite3.Connection, owner: SObject, field: Field, user_id: str) -> None:
    row = connection.execute('SELECT IsActive FROM "User" WHERE Id = ?', (user_id,)).fetchone()
    if row is None:
        raise SalesforceError(
            "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name]
        )
    if not row[0] and field.name == "OwnerId":
        raise SalesforceError(
            "INACTIVE_OWNER_OR_USER",
            f"operation performed with inactive user [{user_id}] as owner of {owner.name}",
            [],
        )


def find_state(connection: sqlite3.Connection, sobject: SObject, record_id: str) -> str:
    """Return `live`, `deleted` (in the recycle bin) or `unknown`."""
    column = "IsDeleted" if sobject.recyclable else "0"
    row = connection.execute(
        " ".join(("SELECT", column, "FROM", quoted(sobject.name), "WHERE Id = ?")), (record_id,)
    ).fetchone()
    if row is None:
        return "unknown"
    return "deleted" if row[0] else "live"


def require_live(connection: sqlite3.Connection, sobject: SObject, record_id: str) -> None:
    """Refuse a record that is unknown or deleted, as a change to it is refused."""
    state = find_state(connection, sobject, record_id)
    if state == "deleted":
        raise SalesforceError("ENTITY_IS_DELETED", "entity is deleted", [])
    if state == "unknown":
        raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])


def ids_with(
    connection: sqlite3.Connection, sobject: SObject, field: Field, value: object
) -> list[str]:
    """Return the ids of the live records with a value, in any case unless the case matters."""
    live = "AND IsDeleted = 0" if sobject.recyclable else ""
    any_case = isinstance(value, str) and field.type != "id" and not field.case_sensitive
    collation = "COLLATE NOCASE" if any_case else ""
    rows = connection.execute(
        " ".join(
            (
                "SELECT Id FROM",
                quoted(sobject.name),
                f"WHERE {quoted(field.name)} = ? {collation} {live} ORDER BY Id",
            )
        ),
        (value,),
    )
    return [row[0] for row in rows]


def external_id_field(sobject: SObject, name: str) -> Field:
    """Return the field that an upsert may use as its key; NOT_FOUND for any other."""
    field = sobject.field(name)
    if field is None or not (field.external_id or field.id_lookup):
        raise SalesforceError(
            "NOT_FOUND",
            f"Provided external ID field does not exist or is not accessible: {name}",
        )
    return field
