"""Writing up to 200 records with one API call, each with an outcome of its own.

Salesforce answers 200 even when every record failed; outcomes come in the order
of the records, and only for as many as were sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.error_rules import row_error
from connectors.salesforce.errors import IncompleteBodyError, SalesforceError
from connectors.salesforce.ids import normalise_id

LARGEST_COLLECTION = 200


@dataclass(frozen=True)
class WriteOptions:
    """What Salesforce does beside the write itself.

    ``run_assignment_rules`` lets the organisation's rules choose the owner, which
    the API does unless told not to; ``allow_duplicates`` saves past a duplicate rule
    that only warns.
    """

    run_assignment_rules: bool = False
    allow_duplicates: bool = False

    def headers(self) -> dict[str, str]:
        """Return the request headers that say so."""
        return {
            "Sforce-Auto-Assign": "TRUE" if self.run_assignment_rules else "FALSE",
            "Sforce-Duplicate-Rule-Header": f"allowSave={str(self.allow_duplicates).lower()}",
        }


@dataclass(frozen=True)
class RowOutcome:
    """What became of one record; ``id`` has 18 characters and is None for a failed create."""

    id: str | None
    created: bool
    error: SalesforceError | None

    @property
    def success(self) -> bool:
        """Whether the record was written."""
        return self.error is None


_DEFAULT = WriteOptions()


def upsert_records(
    client: SalesforceClient,
    sobject_type: str,
    external_id_field: str,
    records: Sequence[Mapping[str, Any]],
    options: WriteOptions = _DEFAULT,
) -> list[RowOutcome]:
    """Create or update records by their external id; a repeat after a lost answer is harmless."""
    path = f"composite/sobjects/{quote(sobject_type, safe='')}/{quote(external_id_field, safe='')}"
    body = _body(sobject_type, records)
    rows = client.send("PATCH", path, body, idempotent=True, headers=options.headers())
    return _outcomes(rows, len(records))


def update_records(
    client: SalesforceClient,
    sobject_type: str,
    records: Sequence[Mapping[str, Any]],
    options: WriteOptions = _DEFAULT,
) -> list[RowOutcome]:
    """Update records, each with its ``Id``; a repeat after a lost answer is harmless."""
    body = _body(sobject_type, records)
    rows = client.send(
        "PATCH", "composite/sobjects", body, idempotent=True, headers=options.headers()
    )
    return _outcomes(rows, len(records))


def insert_records(
    client: SalesforceClient,
    sobject_type: str,
    records: Sequence[Mapping[str, Any]],
    options: WriteOptions = _DEFAULT,
    *,
    idempotent: bool = False,
) -> list[RowOutcome]:
    """Create records. After a lost answer raises UnknownOutcomeError: look before repeating.

    ``idempotent`` where Salesforce itself refuses a second one of each: then they are sent again.
    """
    body = _body(sobject_type, records)
    rows = client.send(
        "POST", "composite/sobjects", body, idempotent=idempotent, headers=options.headers()
    )
    created = _outcomes(rows, len(records))
    return [RowOutcome(row.id, row.success, row.error) for row in created]


def delete_records(client: SalesforceClient, record_ids: Sequence[str]) -> list[RowOutcome]:
    """Move records to the recycle bin; one that is there already fails with ENTITY_IS_DELETED."""
    _check_size(record_ids)
    path = f"composite/sobjects?ids={','.join(map(normalise_id, record_ids))}&allOrNone=false"
    rows = client.send("DELETE", path, idempotent=True)
    return _outcomes(rows, len(record_ids))


def _body(sobject_type: str, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    _check_size(records)
    typed = [{"attributes": {"type": sobject_type}, **record} for record in records]
    return {"allOrNone": False, "records": typed}


def _check_size(rows: Sequence[object]) -> None:
    if not 0 < len(rows) <= LARGEST_COLLECTION:
        raise ValueError(f"1 to {LARGEST_COLLECTION} records go into one call, not {len(rows)}")


def _outcomes(rows: Any, expected: int) -> list[RowOutcome]:
    if not isinstance(rows, list) or len(rows) != expected:
        raise IncompleteBodyError(
            "OUTCOMES_MISSING", f"{expected} records were sent and not as many outcomes came."
        )
    return [_outcome(row) for row in rows]


def _outcome(row: Mapping[str, Any]) -> RowOutcome:
    record_id = normalise_id(row["id"]) if row.get("id") else None
    if row["success"]:
        return RowOutcome(record_id, bool(row.get("created", False)), None)
    return RowOutcome(record_id, created=False, error=_error(row.get("errors") or ()))


def _error(items: Iterable[Mapping[str, Any]]) -> SalesforceError:
    """Build one error of all that Salesforce says about a record; the first code decides."""
    found = list(items) or [{"statusCode": "UNKNOWN_EXCEPTION", "message": "No reason was given."}]
    message = "; ".join(str(item["message"]) for item in found)
    fields = [str(name) for item in found for name in item.get("fields") or ()]
    return row_error(str(found[0]["statusCode"]), message, fields)
