"""Which records a push sends, and what of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from connectors.models import SalesforceField
from lists.models import ListRecord
from sync.engine.options import Column
from sync.engine.values import InvalidValueError, to_json
from sync.models import Direction, RecordIssue

EXTERNAL_ID_FIELD = "ActOn_Record_Id__c"
NO_RECORD = UUID(int=0)


@dataclass(frozen=True)
class PushRow:
    """One record to send: `values` maps Salesforce fields to text (None clears the field)."""

    record_id: UUID
    salesforce_id: str | None
    email: str
    values: Mapping[str, str | None]

    @property
    def label(self) -> str:
        """What a person knows the record by."""
        return self.email or str(self.record_id)

    def refuse(
        self, code: str, message: str, advice: str = "", fields: tuple[str, ...] = ()
    ) -> "Refusal":
        """Set the record aside."""
        return Refusal(self, code, message, advice, fields)


@dataclass(frozen=True)
class Refusal:
    """A record that was set aside, and why."""

    row: PushRow
    code: str
    message: str
    advice: str = ""
    fields: tuple[str, ...] = ()

    def to_issue(self, *, account_id: int, run_id: int) -> RecordIssue:
        """Return the row that tells people."""
        return RecordIssue(
            account_id=account_id,
            run_id=run_id,
            direction=Direction.PUSH,
            record_key=str(self.row.record_id),
            salesforce_id=self.row.salesforce_id or "",
            label=self.row.label,
            code=self.code,
            message=self.message,
            advice=self.advice,
            fields=list(self.fields),
        )


@dataclass
class Batch:
    """Records up to `upto`: rows to send, rows to link (with the id), and what cannot be sent."""

    upto: UUID
    rows: list[PushRow] = field(default_factory=list)
    links: list[tuple[PushRow, str]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class PushFields:
    """The list's columns that Salesforce lets us write, with their types."""

    columns: tuple[Column, ...]
    catalogue: Mapping[str, SalesforceField]

    def creatable(self) -> list[Column]:
        """Return the columns that a new record may be given."""
        return [c for c in self.columns if self._allows(c, "is_createable")]

    def updatable(self, keys: frozenset[str]) -> list[Column]:
        """Return the columns among `keys` that an existing record may be given."""
        return [c for c in self.columns if c.key in keys and self._allows(c, "is_updateable")]

    def required(self) -> list[SalesforceField]:
        """Return the fields that a new record cannot do without."""
        return [described for described in self.catalogue.values() if described.is_required]

    def key_of(self, field_name: str) -> str:
        """Return the key of the column that mirrors a field."""
        return next(column.key for column in self.columns if column.field == field_name)

    def type_of(self, field_name: str) -> str:
        """Return the Salesforce type of a field; the external id is text."""
        described = self.catalogue.get(field_name)
        return described.data_type if described else "string"

    def _allows(self, column: Column, permission: str) -> bool:
        described = self.catalogue.get(column.field)
        return described is not None and bool(getattr(described, permission))


def new_records(list_id: int) -> QuerySet[ListRecord]:
    """Return the records that Salesforce does not know, in the order of their ids."""
    return ListRecord.objects.filter(list_id=list_id, salesforce_id=None).order_by("record_id")


def changed_records(list_id: int, columns: Iterable[Column]) -> QuerySet[ListRecord]:
    """Return the records known to Salesforce with a change in one of `columns`."""
    changed = Q()
    for column in columns:
        changed |= Q(dirty__has_key=column.key)
    if not changed:
        return ListRecord.objects.none()
    return ListRecord.objects.filter(
        changed, list_id=list_id, salesforce_id__isnull=False, dirty__isnull=False
    ).order_by("record_id")


def prepare_new(records: Sequence[ListRecord], fields: PushFields) -> Batch:
    """Build the rows of new records; records without a required value are set aside."""
    columns, required = fields.creatable(), fields.required()
    batch = Batch(upto=records[-1].record_id)
    for record in records:
        values = {c.field: record.data[c.key] for c in columns if record.data.get(c.key)}
        row = PushRow(record.record_id, None, record.email, values)
        missing = [described.label for described in required if not values.get(described.name)]
        _add(batch, row, _find_missing(row, missing) or _find_invalid(row, fields))
    return batch


def prepare_changed(
    records: Sequence[ListRecord], fields: PushFields, columns: list[Column]
) -> Batch:
    """Build the rows of changed records: the chosen fields that were changed here, no other."""
    batch = Batch(upto=records[-1].record_id)
    for record in records:
        changed: dict[str, Any] = record.dirty or {}
        values = {c.field: record.data.get(c.key) for c in columns if c.key in changed}
        row = PushRow(record.record_id, record.salesforce_id, record.email, values)
        _add(batch, row, _find_invalid(row, fields))
    return batch


def _add(batch: Batch, row: PushRow, refusal: Refusal | None) -> None:
    if refusal is None:
        batch.rows.append(row)
    else:
        batch.refusals.append(refusal)


def _find_invalid(row: PushRow, fields: PushFields) -> Refusal | None:
    for name, value in row.values.items():
        try:
            to_json(value, fields.type_of(name))
        except InvalidValueError as error:
            label = fields.catalogue[name].label
            advice = f"Correct {label} in the list, then run the sync again."
            return row.refuse("INVALID_VALUE", f"{label}: {error}", advice, (name,))
    return None


def _find_missing(row: PushRow, missing: list[str]) -> Refusal | None:
    if not missing:
        return None
    labels = ", ".join(missing)
    return row.refuse(
        "REQUIRED_FIELD_MISSING",
        f"A new record needs a value for: {labels}.",
        f"Fill in {labels} in the list, then run the sync again. "
        "A field that is no column yet is added under Sync Setup.",
    )
