"""Which records a push sends, and what of each."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, JSONObject

from connectors.models import SalesforceField
from lists.models import MAY_BE_PUSHED, ListRecord
from lists.records.index_order import walk_index
from sync.engine.values import CSV_NULL, TYPES_TO_CHECK, InvalidValueError, to_json
from sync.models import Direction, RecordIssue
from sync.options import Column

EXTERNAL_ID_FIELD = "ActOn_Record_Id__c"
# Of leads and contacts only these have a parent that is locked with them.
PARENT_FIELD = "AccountId"
NO_RECORD = UUID(int=0)
MOST_PUT_ASIDE = 5_000
# To pick so many values out of a record costs less than to read all that it has.
FEW_KEYS = 8


class StoredRecord(NamedTuple):
    """What the list holds of a record; `data` and `dirty` are JSON."""

    record_id: UUID
    salesforce_id: str | None
    email: str
    data: str
    dirty: str | None


class PushRow(NamedTuple):
    """One record to send: `values` maps Salesforce fields to text (None clears the field).

    `parent` is the record that Salesforce locks together with this one, where the list knows it.
    """

    record_id: UUID
    salesforce_id: str | None
    email: str
    values: Mapping[str, str | None]
    parent: str = ""

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
    """Records up to `upto`: those to link (with the id), and those that cannot be sent."""

    upto: UUID
    links: list[tuple[PushRow, str]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether so many were put aside that they should be stored before more are read."""
        return len(self.links) + len(self.refusals) >= MOST_PUT_ASIDE


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

    @cached_property
    def parent_key(self) -> str:
        """The key of the column that names a record's parent; empty where there is none."""
        return next((c.key for c in self.columns if c.field == PARENT_FIELD), "")

    @cached_property
    def to_check(self) -> frozenset[str]:
        """The fields that do not take every text."""
        names = {name for name, each in self.catalogue.items() if each.data_type in TYPES_TO_CHECK}
        return frozenset(names)

    def key_of(self, field_name: str) -> str:
        """Return the key of the column that mirrors a field."""
        return next(column.key for column in self.columns if column.field == field_name)

    def type_of(self, field_name: str) -> str:
        """Return the Salesforce type of a field; the external id is text."""
        described = self.catalogue.get(field_name)
        return described.data_type if described else "string"

    def _allows(self, column: Column, permission: str) -> bool:
        described = self.catalogue.get(column.field)
        # Our record id is written by the upsert itself, whether or not it is a column too.
        is_ours = column.field == EXTERNAL_ID_FIELD
        return described is not None and not is_ours and bool(getattr(described, permission))


def new_records(list_id: int) -> QuerySet[ListRecord]:
    """Return the records that Salesforce does not know, in the order of their ids."""
    # Not `salesforce_id IS NULL` alone: SQLite would look it up in the index of Salesforce's ids,
    # and sort all that it finds for each page.
    unknown = ListRecord.objects.annotate(known_as=Coalesce("salesforce_id", Value("")))
    records = unknown.filter(MAY_BE_PUSHED, list_id=list_id, known_as="")
    return records.order_by("record_id")


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


def read_records(
    records: QuerySet[ListRecord], after: UUID, at_once: int, keys: Collection[str] | None = None
) -> Iterator[StoredRecord]:
    """Yield the records behind `after` in the order of their ids, read some at a time.

    Where only some `keys` of their data are needed, it may hold no others. Each page costs what
    it holds, however many records are behind it: `walk_index`.
    """
    columns = records.values_list(
        "record_id",
        "salesforce_id",
        "email",
        Cast(_pick(keys), TextField()),
        Cast("dirty", TextField()),
    )
    while True:
        with walk_index():
            page = list(columns.filter(record_id__gt=after)[:at_once])
        yield from map(StoredRecord._make, page)
        if len(page) < at_once:
            return
        after = page[-1][0]


def _pick(keys: Collection[str] | None) -> JSONObject | F:
    # SQLite would say "null" of a blank, and reads all values to pick some.
    if keys is None or len(keys) > FEW_KEYS or connection.vendor != "postgresql":
        return F("data")
    return JSONObject(**{key: KeyTextTransform(key, "data") for key in keys})


# None: nothing of the record is to be sent.
Prepare = Callable[[StoredRecord], PushRow | Refusal | None]


def preparing_new(fields: PushFields) -> Callable[[StoredRecord], PushRow | Refusal]:
    """Return what builds the row of a new record; one without a required value is set aside."""
    columns = [(column.field, column.key) for column in fields.creatable()]
    required = fields.required()

    def prepare(record: StoredRecord) -> PushRow | Refusal:
        data = orjson.loads(record.data)
        values = {name: data[key] for name, key in columns if data.get(key)}
        parent = data.get(fields.parent_key) or ""
        row = PushRow(record.record_id, None, record.email, values, parent)
        missing = [described.label for described in required if not values.get(described.name)]
        return _find_missing(row, missing) or _find_invalid(row, fields) or row

    return prepare


def preparing_changed(
    fields: PushFields, columns: list[Column], clearing: frozenset[str]
) -> Prepare:
    """Return what builds the row of a changed record: the chosen fields that were changed here.

    A blank is sent where the column's key is in `clearing`; elsewhere Salesforce keeps its value.
    """
    names = [(column.field, column.key) for column in columns]

    def prepare(record: StoredRecord) -> PushRow | Refusal | None:
        data, changed = orjson.loads(record.data), orjson.loads(record.dirty or "{}")
        values = {
            name: data.get(key)
            for name, key in names
            if key in changed and (data.get(key) or key in clearing)
        }
        if not values:
            return None
        parent = data.get(fields.parent_key) or ""
        row = PushRow(record.record_id, record.salesforce_id, record.email, values, parent)
        return _find_invalid(row, fields) or row

    return prepare


def _find_invalid(row: PushRow, fields: PushFields) -> Refusal | None:
    for name, value in row.values.items():
        if value != CSV_NULL and name not in fields.to_check:
            continue
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
