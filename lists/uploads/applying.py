"""Taking a checked file's rows over into the list, in the caller's transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import BinaryIO, NamedTuple

from django.core.exceptions import ValidationError
from django.db import reset_queries
from django.utils import timezone

from lists.cells import change_cell
from lists.csv_cells import unguard
from lists.models import ListRecord, MarketingList
from lists.selectors import is_mirrored
from lists.uploads.checks import iter_filled
from lists.uploads.columns import TargetColumn
from lists.uploads.errors import Problems, quote
from lists.uploads.header import Layout

ROWS_AT_ONCE = 1_000
WRITTEN = ["data", "dirty", "updated_at", "edited_at"]


class Counts(NamedTuple):
    """How many records a file added, changed and left as they were."""

    added: int
    changed: int
    unchanged: int


class Row(NamedTuple):
    """A row of the file: its number in a spreadsheet, its address, and its cells."""

    number: int
    email: str
    cells: list[str]


class Applier:
    """Adds and changes the records of one list, batch by batch."""

    def __init__(self, marketing_list: MarketingList, layout: Layout) -> None:
        self._list = marketing_list
        self._layout = layout
        self._email_key = layout.columns[layout.email_position].key
        self._targets = {
            place: TargetColumn.of(column)
            for place, column in layout.columns.items()
            if place != layout.email_position
        }
        self._blank = {target.key: target.blank for target in self._targets.values()}
        self._columns = {target.key: target.column for target in self._targets.values()}
        self._problems = Problems()
        self._now = timezone.now()

    def apply(self, file: BinaryIO) -> Counts:
        """Take all rows over.

        Raises UploadError when the list has an address several times, or when Salesforce would
        not take a value; the caller rolls back.
        """
        added = changed = total = 0
        filled = iter_filled(file, self._layout)
        rows = (Row(number, self._layout.email_of(cells), cells) for number, cells in filled)
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            present = self._find_present(batch)
            new = [self._make(row) for row in batch if row.email not in present]
            edited = [
                record
                for row in batch
                if row.email in present and (record := self._edit(present[row.email], row))
            ]
            if not self._problems:
                _write(new, edited)
            total, added, changed = total + len(batch), added + len(new), changed + len(edited)
        self._problems.check()
        return Counts(added, changed, total - added - changed)

    def _find_present(self, batch: Sequence[Row]) -> Mapping[str, list[ListRecord]]:
        """Return the list's records of the batch's addresses, locked."""
        records = ListRecord.objects.filter(list=self._list)
        # Found first and locked then: an order by id in the search for addresses would lead
        # through the whole list.
        found = records.filter(email__in=[row.email for row in batch]).order_by("email")
        ids = list(found.values_list("record_id", flat=True))
        present = defaultdict(list)
        # One order for all keeps two transactions from waiting for each other.
        for record in records.filter(record_id__in=ids).order_by("record_id").select_for_update():
            present[record.email].append(record)
        return present

    def _make(self, row: Row) -> ListRecord:
        record = ListRecord(
            account_id=self._list.account_id,
            list=self._list,
            email=row.email,
            data={self._email_key: row.email, **self._blank},
            updated_at=self._now,
            edited_at=self._now,
        )
        record.data |= self._read_changes(record, row)
        return record

    def _edit(self, records: Sequence[ListRecord], row: Row) -> ListRecord | None:
        """Return the changed record; None when the row changes nothing or cannot be applied."""
        if len(records) > 1:
            count = f"{len(records):,}"
            self._problems.add(row.number, f"{count} records of the list have {quote(row.email)}.")
            return None
        record = records[0]
        changes = self._read_changes(record, row)
        for key, value in changes.items():
            record.data, record.dirty = change_cell(
                record.data,
                record.dirty,
                key,
                value,
                is_mirrored=is_mirrored(record, self._columns[key]),
            )
        record.updated_at = record.edited_at = self._now
        return record if changes else None

    def _read_changes(self, record: ListRecord, row: Row) -> dict[str, str | None]:
        """Return the values that a row changes in a record; a blank cell changes none."""
        if problem := _find_other_record(record, self._layout.id_of(row.cells)):
            self._problems.add(row.number, problem)
        is_known = record.salesforce_id is not None
        changes: dict[str, str | None] = {}
        for place, target in self._targets.items():
            text, present = unguard(row.cells[place]), record.data.get(target.key)
            # What is there already is no edit, even where one would be refused.
            if not text.strip() or text == present:
                continue
            try:
                value = target.clean(text, is_known=is_known)
            except ValidationError as error:
                self._problems.add(row.number, f"column {quote(target.name)}: {error.messages[0]}")
                continue
            if value != present:
                changes[target.key] = value
        return changes


def _find_other_record(record: ListRecord, salesforce_id: str) -> str:
    """Return why a row that names a Salesforce id is not this record's; empty where it is."""
    if salesforce_id in ("", record.salesforce_id):
        return ""
    return (
        f"the list has no record with the Salesforce ID {quote(salesforce_id)} and this address. "
        "Correct the address, or leave the ID blank."
    )


def _write(new: Sequence[ListRecord], edited: Sequence[ListRecord]) -> None:
    ListRecord.objects.bulk_create(new)
    # One statement for all: the records are there, so each one is a conflict that is updated.
    ListRecord.objects.bulk_create(
        edited,
        update_conflicts=True,
        unique_fields=["list", "record_id"],
        update_fields=WRITTEN,
    )
    # In DEBUG mode Django keeps every statement, and these hold the whole file.
    reset_queries()
