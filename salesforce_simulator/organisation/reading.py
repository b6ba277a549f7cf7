"""Single records and counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue, SObject
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.dml.coerce import coerce
from salesforce_simulator.organisation.dml.references import (
    external_id_field,
    find_state,
    ids_with,
)
from salesforce_simulator.organisation.errors import SalesforceError, not_found
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.soql.query import QueryOptions, run_query


def url_id(sobject: SObject, text: str) -> str:
    """Return the 18-character id meant by a part of a URL.

    Salesforce takes what is no id for the name of an external id field: NOT_FOUND
    with that text. An id of another object is just not found.
    """
    record_id = normalise_id(text)
    if record_id is None:
        raise SalesforceError(
            "NOT_FOUND",
            f"Provided external ID field does not exist or is not accessible: {text}",
        )
    if not record_id.startswith(sobject.prefix):
        raise not_found()
    return record_id


def read_record(
    database: Database,
    catalogue: Catalogue,
    sobject: SObject,
    text: str,
    session: Session,
    fields: Sequence[str] | None,
    version: str,
    now: datetime,
) -> dict[str, Any]:
    """Return a record in REST's form; NOT_FOUND or ENTITY_IS_DELETED when it is not there."""
    record_id = url_id(sobject, text)
    names = with_id(fields) if fields else [field.name for field in sobject.fields]
    result = run_query(
        database,
        catalogue,
        f"SELECT {', '.join(names)} FROM {sobject.name} WHERE Id = '{record_id}'",  # noqa: S608 - SOQL, checked by its parser
        now=now,
        time_zone=session.user["TimeZoneSidKey"],
        user_id=session.user_id,
        options=QueryOptions(include_deleted=True),
    )
    record = next(result.records(version), None)
    if record is None:
        raise not_found()
    with database.reader() as connection:
        if find_state(connection, sobject, record_id) == "deleted":
            raise SalesforceError("ENTITY_IS_DELETED", "entity is deleted", [])
    return record


def with_id(fields: Sequence[str]) -> list[str]:
    """Return the names of fields with Id among them, which every record shows."""
    return [*fields] if "id" in {name.lower() for name in fields} else [*fields, "Id"]


def find_by_key(
    database: Database, sobject: SObject, key_field: str, value: str
) -> tuple[str, ...]:
    """Return the ids of the live records whose external id or lookup field has the value.

    Raises NOT_FOUND when the field is no key, or when no record has the value.
    """
    field = external_id_field(sobject, key_field)
    with database.reader() as connection:
        ids = ids_with(connection, sobject, field, coerce(field, value))
    if not ids:
        raise not_found()
    return tuple(ids)


def record_count(database: Database, sobject: SObject) -> int:
    """Return the number of live records."""
    live = "WHERE IsDeleted = 0" if sobject.recyclable else ""
    with database.reader() as connection:
        statement = " ".join(("SELECT count(*) FROM", quoted(sobject.name), live))
        return int(connection.execute(statement).fetchone()[0])
