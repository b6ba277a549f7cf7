"""Writing one record by a call of its own: dear, but only its error names a duplicate's matches."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from connectors.salesforce.client import SalesforceClient, field_of
from connectors.salesforce.collection_writes import RowOutcome, WriteOptions
from connectors.salesforce.errors import RecordError, RowLockError, SalesforceError
from connectors.salesforce.ids import normalise_id


def upsert_record(
    client: SalesforceClient,
    sobject_type: str,
    external_id: tuple[str, str],
    values: Mapping[str, Any],
    options: WriteOptions,
) -> RowOutcome:
    """Create or update a record by its external id, given as field and value.

    A repeat after a lost answer is harmless. What Salesforce has against the record is in the
    outcome; any other error is raised.
    """
    field, value = external_id
    path = f"{_path(sobject_type)}/{quote(field, safe='')}/{quote(value, safe='')}"
    try:
        answer = client.send("PATCH", path, values, idempotent=True, headers=options.headers())
    except SalesforceError as error:
        return _refused(None, error)
    record_id = normalise_id(field_of(answer, "id"))
    return RowOutcome(record_id, created=bool(answer.get("created")), error=None)


def update_record(
    client: SalesforceClient,
    sobject_type: str,
    record_id: str,
    values: Mapping[str, Any],
    options: WriteOptions,
) -> RowOutcome:
    """Update a record by its id; otherwise as `upsert_record`."""
    path = f"{_path(sobject_type)}/{normalise_id(record_id)}"
    try:
        client.send("PATCH", path, values, idempotent=True, headers=options.headers())
    except SalesforceError as error:
        return _refused(record_id, error)
    return RowOutcome(record_id, created=False, error=None)


def _refused(record_id: str | None, error: SalesforceError) -> RowOutcome:
    """Return what Salesforce has against the record; raise an error that is about the call."""
    has_unknown_code = type(error) is SalesforceError and error.status == HTTPStatus.BAD_REQUEST
    if not (isinstance(error, RecordError | RowLockError) or has_unknown_code):
        raise error
    return RowOutcome(record_id, created=False, error=error)


def _path(sobject_type: str) -> str:
    return f"sobjects/{quote(sobject_type, safe='')}"
