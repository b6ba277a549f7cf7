"""Everything that changes lists and their columns."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import Account, User
from lists.models import (
    DEFAULT_FOLDER,
    Folder,
    ListColumn,
    ListKind,
    ListRecord,
    MarketingList,
    SystemUsage,
)


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
) -> MarketingList:
    """Make a list with its columns in the default folder.

    Raises ValidationError when the name is blank or taken.
    """
    marketing_list = MarketingList(
        account=account,
        folder=get_default_folder(account=account),
        name=name.strip(),
        kind=kind,
        created_by=actor,
    )
    marketing_list.full_clean()
    marketing_list.save()
    _append_columns(marketing_list, columns)
    record_event(
        actor=actor,
        action="list.created",
        subject=marketing_list,
        after={"kind": kind, "columns": [column.name for column in columns]},
    )
    return marketing_list


def get_default_folder(*, account: Account) -> Folder:
    """Return the account's default folder, making it first where it is missing."""
    folder, _ = Folder.objects.get_or_create(
        account=account, is_default=True, defaults={"name": DEFAULT_FOLDER}
    )
    return folder


@transaction.atomic
def add_columns(
    *, marketing_list: MarketingList, columns: Sequence[NewColumn], actor: User | None
) -> list[ListColumn]:
    """Add columns behind the existing ones."""
    added = _append_columns(marketing_list, columns)
    if added:
        record_event(
            actor=actor,
            action="list.columns_added",
            subject=marketing_list,
            after={"columns": [column.name for column in columns]},
        )
    return added


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


def refresh_record_count(*, marketing_list: MarketingList) -> int:
    """Count a list's records anew and keep the number at the list."""
    count = ListRecord.objects.filter(list=marketing_list).count()
    MarketingList.objects.filter(pk=marketing_list.pk).update(record_count=count)
    return count
