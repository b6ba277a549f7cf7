"""Everything that changes lists and their columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import Account, User
from lists.cells import change_cell, clean_value
from lists.emails import normalise_email
from lists.errors import InUseError
from lists.folders import add_folder, delete_folder, get_default_folder, rename_folder
from lists.models import (
    Folder,
    ListColumn,
    ListKind,
    ListRecord,
    MarketingList,
    SystemUsage,
)
from lists.selectors import find_edit_obstacle, find_mirrored_field, is_mirrored
from lists.signals import list_deletion_requested

__all__ = [
    "NewColumn",
    "add_columns",
    "add_folder",
    "create_list",
    "delete_folder",
    "delete_list",
    "edit_value",
    "get_default_folder",
    "move_list",
    "refresh_record_count",
    "rename_folder",
    "rename_list",
]


@dataclass(frozen=True)
class NewColumn:
    """A column to add: its key in a record's data, its name, and the field that it mirrors."""

    key: str
    name: str
    salesforce_field: str = ""
    data_type: str = "string"
    system_usage: str = SystemUsage.NONE


@transaction.atomic
def create_list(
    *,
    account: Account,
    name: str,
    kind: ListKind,
    columns: Sequence[NewColumn],
    actor: User | None,
    source_id: str = "",
) -> MarketingList:
    """Make a list with its columns in the default folder.

    `source_id` is the campaign or the report that the list comes from.
    Raises ValidationError when the name is blank or taken.
    """
    # Of two who take one name at once the second waits here until the first has it, and is told.
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    marketing_list = MarketingList(
        account=account,
        folder=get_default_folder(account=account),
        name=name.strip(),
        kind=kind,
        source_id=source_id,
        created_by=actor,
    )
    _require_sound_name(marketing_list)
    marketing_list.save()
    _append_columns(marketing_list, columns)
    record_event(
        actor=actor,
        action="list.created",
        subject=marketing_list,
        after={"kind": kind, "columns": [column.name for column in columns]},
    )
    return marketing_list


@transaction.atomic
def rename_list(*, marketing_list: MarketingList, name: str, actor: User | None) -> None:
    """Give a list another name. Raises ValidationError when it is blank or taken."""
    before, marketing_list.name = marketing_list.name, name.strip()
    if marketing_list.name == before:
        return
    _require_sound_name(marketing_list)
    marketing_list.save(update_fields=["name"])
    record_event(
        actor=actor,
        action="list.renamed",
        subject=marketing_list,
        before={"name": before},
        after={"name": marketing_list.name},
    )


@transaction.atomic
def move_list(*, marketing_list: MarketingList, folder: Folder, actor: User | None) -> None:
    """Put a list into another folder."""
    before = marketing_list.folder
    if folder == before:
        return
    marketing_list.folder = folder
    marketing_list.save(update_fields=["folder"])
    record_event(
        actor=actor,
        action="list.moved",
        subject=marketing_list,
        before={"folder": before.name},
        after={"folder": folder.name},
    )


@transaction.atomic
def delete_list(*, marketing_list: MarketingList, actor: User | None) -> None:
    """Delete a list with its columns and records; Salesforce keeps its own.

    Raises InUseError when something above needs the list (`signals.list_deletion_requested`).
    """
    # The account comes first, as where a set-up is saved: two orders would block each other.
    Account.objects.select_for_update(no_key=True).get(pk=marketing_list.account_id)
    answers = list_deletion_requested.send(sender=MarketingList, marketing_list=marketing_list)
    for _, obstacle in answers:
        if obstacle:
            raise InUseError(obstacle)
    # Asked first: a page of a running sync holds the list, and would be waited for.
    locked = MarketingList.objects.select_for_update().get(pk=marketing_list.pk)
    locked.delete()
    record_event(
        actor=actor,
        action="list.deleted",
        subject=marketing_list,
        before={"kind": locked.kind, "records": locked.record_count},
    )


def _require_sound_name(marketing_list: MarketingList) -> None:
    same = MarketingList.objects.filter(name__iexact=marketing_list.name)
    if same.exclude(pk=marketing_list.pk).exists():
        raise ValidationError({"name": "There is a list of this name already."})
    # A command has no person who would stand in `created_by`.
    marketing_list.full_clean(exclude=["created_by"])


@transaction.atomic
def add_columns(
    *, marketing_list: MarketingList, columns: Sequence[NewColumn], actor: User | None
) -> list[ListColumn]:
    """Add columns behind the existing ones.

    A key that is taken, as by a column whose field has another name now, gets a number.
    """
    taken = set(marketing_list.columns.values_list("key", flat=True))
    columns = [replace(column, key=_find_free_key(column.key, taken)) for column in columns]
    added = _append_columns(marketing_list, columns)
    if added:
        record_event(
            actor=actor,
            action="list.columns_added",
            subject=marketing_list,
            after={"columns": [column.name for column in columns]},
        )
    return added


def _find_free_key(key: str, taken: Collection[str]) -> str:
    numbered = (f"{key} {number}" for number in count(2))
    return next(each for each in chain([key], numbered) if each not in taken)


def _append_columns(
    marketing_list: MarketingList, columns: Sequence[NewColumn]
) -> list[ListColumn]:
    first = marketing_list.columns.count()
    return ListColumn.objects.bulk_create(
        [
            ListColumn(
                account_id=marketing_list.account_id,
                list=marketing_list,
                position=first + place,
                key=column.key,
                name=column.name,
                salesforce_field=column.salesforce_field,
                data_type=column.data_type,
                system_usage=column.system_usage,
            )
            for place, column in enumerate(columns)
        ]
    )


@transaction.atomic
def follow_columns(*, marketing_list: MarketingList, columns: Sequence[NewColumn]) -> list[str]:
    """Make the list's columns those that its campaign or report has now.

    New ones are added, renamed ones get their name. One that is no longer there stays with the
    values that it has, as a column of this list alone, and goes on when it is back. Return the
    names of those that have just left.
    """
    present = {column.key: column for column in marketing_list.columns.all()}
    wanted = {column.key: column for column in columns}
    left = [
        column
        for column in present.values()
        if column.salesforce_field and column.key not in wanted
    ]
    for column in left:
        column.salesforce_field, column.system_usage = "", SystemUsage.NONE
        column.save(update_fields=["salesforce_field", "system_usage"])
    for key, column in present.items():
        if key in wanted:
            _follow_column(column, wanted[key])
    taken = set(marketing_list.columns.values_list("system_usage", flat=True))
    _append_columns(
        marketing_list,
        [
            replace(column, system_usage=SystemUsage.NONE)
            if column.system_usage in taken
            else column
            for column in columns
            if column.key not in present
        ],
    )
    return [column.name for column in left]


def _follow_column(column: ListColumn, wanted: NewColumn) -> None:
    if not column.salesforce_field:  # it was away: its values are out of date
        column.filled_at = None
        taken = column.list.columns.filter(system_usage=wanted.system_usage).exists()
        column.system_usage = SystemUsage.NONE if taken else wanted.system_usage
    column.salesforce_field, column.name = wanted.salesforce_field, wanted.name
    column.data_type = wanted.data_type
    column.save(
        update_fields=["salesforce_field", "name", "data_type", "filled_at", "system_usage"]
    )


def note_filled(*, marketing_list: MarketingList, keys: Collection[str]) -> None:
    """Note that a complete pull has brought the values of columns."""
    marketing_list.columns.filter(key__in=keys, filled_at=None).update(filled_at=Now())


def refresh_record_count(*, marketing_list: MarketingList) -> int:
    """Count a list's records anew and keep the number at the list."""
    # Without the account, which the list implies, an index answers alone.
    count = ListRecord.objects.unscoped().filter(list=marketing_list).count()
    MarketingList.objects.filter(pk=marketing_list.pk).update(record_count=count)
    return count


@transaction.atomic
def edit_value(
    *, record: ListRecord, column: ListColumn, value: str | None, actor: User | None
) -> ListRecord:
    """Put a value (text, None = blank) into a record's cell and return the changed record.

    Raises ValidationError when Salesforce would not take the value, ListRecord.DoesNotExist when
    the record was removed meanwhile. The audit log says which cell was changed, not the values:
    it is kept for ever, and what it knew of a person could not be erased.
    """
    locked = ListRecord.objects.select_for_update().get(
        list_id=column.list_id, record_id=record.record_id
    )
    cleaned = _clean(locked, column, value)
    if cleaned == locked.data.get(column.key):
        return locked
    locked.data, locked.dirty = change_cell(
        locked.data,
        locked.dirty,
        column.key,
        cleaned,
        is_mirrored=is_mirrored(locked, column),
    )
    if column.system_usage == SystemUsage.EMAIL:
        locked.email = normalise_email(cleaned)
    locked.updated_at = locked.edited_at = timezone.now()
    locked.save(update_fields=["data", "dirty", "email", "updated_at", "edited_at"])
    record_event(
        actor=actor,
        action="record.edited",
        subject=column.list,
        after={"record": str(locked.record_id), "column": column.name},
    )
    return locked


def _clean(record: ListRecord, column: ListColumn, value: str | None) -> str | None:
    field = find_mirrored_field(column)
    obstacle = find_edit_obstacle(column, field, is_in_salesforce=record.salesforce_id is not None)
    if obstacle:
        raise ValidationError(obstacle)
    is_email = column.system_usage == SystemUsage.EMAIL
    data_type = "email" if is_email else column.data_type
    return clean_value(value, data_type, max_length=field.length if field else 0)
