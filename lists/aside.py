"""Columns whose Salesforce field is gone, hidden or another one: set aside, and taken back.

This is the one place that writes a column's `aside_...`. Whatever happens here, the values of the
records stay as they are.
"""

from django.db import transaction
from django.utils import timezone

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import User
from lists.models import AsideReason, ListColumn, MarketingList

_WRITTEN = [
    "salesforce_field",
    "data_type",
    "filled_at",
    "aside_since",
    "aside_reason",
    "aside_type",
    "aside_is_seen",
]


def set_aside(*, column: ListColumn, reason: AsideReason, found_type: str = "") -> None:
    """Leave a column out of the syncs; `found_type` is the other type of a field that changed.

    What is known already keeps its time and that a person has seen it.
    """
    if (column.aside_reason, column.aside_type) == (reason, found_type):
        return
    column.aside_since = timezone.now()
    column.aside_reason, column.aside_type, column.aside_is_seen = reason, found_type, False
    column.save(update_fields=_WRITTEN)


def take_back(*, column: ListColumn) -> None:
    """Let a column take part again: its field is what it was.

    What changed while it could not be read was missed, so its values are read anew.
    """
    if AsideReason(column.aside_reason).stops_pull:
        column.filled_at = None
    _clear(column)
    column.save(update_fields=_WRITTEN)


@transaction.atomic
def use_field(*, column: ListColumn, field: str, data_type: str, actor: User | None) -> None:
    """Let a column that is set aside mirror another field; key, name and values stay."""
    column.salesforce_field, column.data_type, column.filled_at = field, data_type, None
    _clear(column)
    _save(column, actor=actor, action="list.column_field_changed")


@transaction.atomic
def accept_type(*, column: ListColumn, actor: User | None) -> None:
    """Let a column have the type that its field has now; its values are read anew."""
    column.data_type, column.filled_at = column.aside_type, None
    _clear(column)
    _save(column, actor=actor, action="list.column_type_accepted")


@transaction.atomic
def leave_aside(*, column: ListColumn, actor: User | None) -> None:
    """Note that a person has seen a column that is set aside, and leaves it so."""
    column.aside_is_seen = True
    _save(column, actor=actor, action="list.column_left_aside")


def forget_aside(*, marketing_list: MarketingList) -> None:
    """Let no column of a list be set aside: its columns are about to get other fields."""
    marketing_list.columns.update(
        aside_since=None, aside_reason="", aside_type="", aside_is_seen=False
    )


def follow_type(*, column: ListColumn, data_type: str) -> None:
    """Note a field's other type where it makes no difference to the values."""
    column.data_type = data_type
    column.save(update_fields=["data_type"])


def _clear(column: ListColumn) -> None:
    column.aside_since, column.aside_reason, column.aside_type = None, "", ""
    column.aside_is_seen = False


def _save(column: ListColumn, *, actor: User | None, action: str) -> None:
    """Store what a person chose; what a run finds stands at the column and in the run itself."""
    before = ListColumn.objects.select_for_update().get(pk=column.pk)
    column.save(update_fields=_WRITTEN)
    record_event(
        actor=actor,
        action=action,
        subject=column.list,
        before=_describe(before),
        after=_describe(column),
    )


def _describe(column: ListColumn) -> dict[str, str]:
    return {
        "column": column.name,
        "salesforce_field": column.salesforce_field,
        "data_type": column.data_type,
        "set_aside": column.aside_reason,
    }
