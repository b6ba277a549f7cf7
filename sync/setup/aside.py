"""Columns that are set aside: what a person reads of them, and may choose to do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from acton_connector.accounts.models import User
from connectors.field_types import is_compatible
from connectors.fields import TYPE_NAMES, UNLISTABLE_TYPES
from connectors.renames import KnownField, find_likely_name
from connectors.selectors import list_field_choices
from lists import aside
from lists.models import AsideReason, ListColumn, MarketingList, SystemUsage
from sync.errors import InvalidSetupError

NO_NEW_RECORDS = (
    "Without the e-mail address nobody can be recognised: until it is back, no new records are "
    "added to Salesforce, where they could be there already."
)


@dataclass(frozen=True)
class AsideColumn:
    """A column that is set aside, the field that it may have become, and those it may mirror."""

    column: ListColumn
    proposal: KnownField | None = None
    candidates: Sequence[KnownField] = ()

    @property
    def sentence(self) -> str:
        """What happened, and what it means."""
        return describe_aside(self.column)

    @property
    def new_type(self) -> str:
        """The type in words that a person may accept; empty where there is none."""
        found = self.column.aside_type
        return "" if found in UNLISTABLE_TYPES else TYPE_NAMES.get(found, found)


def describe_aside(column: ListColumn) -> str:
    """Return in words why a column is set aside, and what becomes of it."""
    name, field = column.name, f"{column.list.sobject_type}.{column.salesforce_field}"
    if column.aside_reason == AsideReason.READ_ONLY:
        return (
            f"The connected user may no longer change {field}. Changes of “{name}” wait here and "
            "are not pushed; its values are still read."
        )
    if column.aside_reason == AsideReason.TYPE_CHANGED:
        was, now = (TYPE_NAMES.get(each, each) for each in (column.data_type, column.aside_type))
        happened = f"{field} has another type in Salesforce: {now}, before it was {was}."
    else:
        happened = f"Salesforce no longer has {field}, or the connected user may no longer see it."
    is_email = column.system_usage == SystemUsage.EMAIL
    return (
        f"{happened} “{name}” keeps its values and is left out of the sync."
        f"{' ' + NO_NEW_RECORDS if is_email else ''}"
    )


def list_aside(marketing_list: MarketingList) -> list[AsideColumn]:
    """Return a list's columns that are set aside, in their order."""
    columns = list(marketing_list.columns.exclude(aside_reason="").select_related("list"))
    if not columns:
        return []
    proposals = find_proposals(marketing_list, columns)
    free = _list_free_fields(marketing_list)
    return [
        AsideColumn(
            column,
            proposals.get(column.pk),
            _list_fit(column, free),
        )
        for column in columns
    ]


def count_unseen_by_list() -> Mapping[int, int]:
    """Return for each list how many of its columns are set aside and wait for a person."""
    waiting = ListColumn.objects.exclude(aside_reason="").filter(aside_is_seen=False)
    counts: dict[int, int] = {}
    for list_id in waiting.values_list("list_id", flat=True):
        counts[list_id] = counts.get(list_id, 0) + 1
    return counts


def find_proposals(
    marketing_list: MarketingList, columns: Collection[ListColumn]
) -> dict[int, KnownField]:
    """Return the likely new field of columns whose field is gone, by the column's key."""
    candidates = _list_free_fields(marketing_list)
    found = {
        column.pk: find_likely_name(
            KnownField(column.salesforce_field, column.name, column.data_type), candidates
        )
        for column in columns
        if column.aside_reason == AsideReason.GONE
    }
    return {key: field for key, field in found.items() if field}


def _list_fit(column: ListColumn, fields: Sequence[KnownField]) -> list[KnownField]:
    """Return the fields that could take the place of the column's own, where that is lost."""
    if not AsideReason(column.aside_reason).stops_pull:
        return []
    return [field for field in fields if is_compatible(column.data_type, field.data_type)]


def _list_free_fields(marketing_list: MarketingList) -> list[KnownField]:
    """Return the fields that no column of the list mirrors."""
    mirrored = set(marketing_list.columns.values_list("salesforce_field", flat=True))
    return [
        KnownField(choice.name, choice.label, choice.data_type)
        for choice in list_field_choices(marketing_list.sobject_type)
        if choice.name not in mirrored
    ]


@transaction.atomic
def use_field(*, column: ListColumn, field: str, actor: User | None) -> None:
    """Let a column that is set aside mirror a field of another name, of the same kind of values.

    Raises InvalidSetupError when the column is back meanwhile, or the field is not fit for it.
    """
    _require_aside(column)
    choices = {choice.name: choice for choice in list_field_choices(column.list.sobject_type)}
    choice = choices.get(field)
    if choice is None:
        raise InvalidSetupError(f"Salesforce has no field {field} that could be a column.")
    if column.list.columns.filter(salesforce_field=field).exclude(pk=column.pk).exists():
        raise InvalidSetupError(f"{field} is another column of this list already.")
    if not is_compatible(column.data_type, choice.data_type):
        raise InvalidSetupError(
            f"{field} has values of another type: {choice.type_name}. "
            "Add it as a column of its own, under Add List Columns."
        )
    aside.use_field(column=column, field=field, data_type=choice.data_type, actor=actor)


@transaction.atomic
def accept_type(*, column: ListColumn, actor: User | None) -> None:
    """Let a column take over the type that its field has now.

    Raises InvalidSetupError when there is no other type, or none that a cell can hold.
    """
    _require_aside(column)
    if column.aside_reason != AsideReason.TYPE_CHANGED or column.aside_type in UNLISTABLE_TYPES:
        raise InvalidSetupError(f"“{column.name}” has no new type that a column can have.")
    aside.accept_type(column=column, actor=actor)


@transaction.atomic
def leave_aside(*, column: ListColumn, actor: User | None) -> None:
    """Note that a person leaves a column aside; raises InvalidSetupError when it is back."""
    _require_aside(column)
    aside.leave_aside(column=column, actor=actor)


def _require_aside(column: ListColumn) -> None:
    column.refresh_from_db(from_queryset=ListColumn.objects.select_for_update())
    if not column.aside_reason:
        raise InvalidSetupError(f"“{column.name}” takes part in the sync again.")
