"""What the field pickers of the sync's pages offer, and why something cannot be chosen."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from acton_connector.kit import FieldGroup, FieldOption
from connectors.fields import TYPE_NAMES, FieldChoice
from lists.models import AsideReason, ListColumn
from sync.models import Direction

OF_THE_MEMBER = "Of the membership"
OF_THE_PERSON = "Of the lead or contact"
GROUP_ORDER = (OF_THE_MEMBER, OF_THE_PERSON, "Standard fields", "Custom fields")
ONLY_HERE = "Columns of this list alone"
ALWAYS_PUSHED = "Always pushed"
STAYS_CHOSEN = ": set aside, and stays chosen"


def group_fields(
    choices: Iterable[FieldChoice],
    *,
    chosen: Collection[str],
    locked: dict[str, str] | None = None,
) -> list[FieldGroup]:
    """Return the picker of an object's fields.

    `chosen` are the API names that are ticked; `locked` maps those that a person cannot change to
    the reason.
    """
    locked = locked or {}
    return _group(
        (
            choice.group,
            FieldOption(
                value=choice.name,
                label=choice.label,
                type=choice.type_name,
                checked=choice.name in chosen,
                locked=locked.get(choice.name, ""),
                warning=" ".join(choice.warnings),
            ),
        )
        for choice in choices
    )


@dataclass(frozen=True)
class ColumnChoice:
    """A column of a list beside the Salesforce field that it mirrors, None where there is none."""

    column: ListColumn
    field: FieldChoice | None

    @property
    def key(self) -> str:
        """What the form calls the column."""
        return self.column.key

    @property
    def is_always_pushed(self) -> bool:
        """Whether the column goes to Salesforce with every update, chosen or not."""
        return False

    def find_group(self, direction: Direction) -> str:  # noqa: ARG002 - of members it depends
        """Return the heading under which the picker of one direction shows the column."""
        return self.field.group if self.field else ONLY_HERE

    def find_obstacle(self, direction: Direction) -> str:
        """Return why the column's value cannot go this way; empty where it can."""
        if not self.column.salesforce_field:
            return "Not in Salesforce"
        if self.field is None:
            return "Not visible in Salesforce any more"
        if self.column.aside_reason == AsideReason.TYPE_CHANGED:
            return "Another type in Salesforce now"
        if direction == Direction.PUSH and not self.field.pushable:
            calculated = self.field.field.is_calculated
            return "Calculated by Salesforce" if calculated else "Read-only in Salesforce"
        return ""

    def find_warning(self, direction: Direction) -> str:
        """Return what to know before choosing the column for this way."""
        if self.field is None or self.find_obstacle(direction):
            return ""
        return " ".join(self.field.warnings)


def match_columns(
    columns: Iterable[ListColumn], choices: Iterable[FieldChoice]
) -> list[ColumnChoice]:
    """Put each column beside its field of the catalogue."""
    by_name = {choice.name: choice for choice in choices}
    return [ColumnChoice(column, by_name.get(column.salesforce_field)) for column in columns]


def group_columns(
    columns: Iterable[ColumnChoice], *, direction: Direction, chosen: Collection[str]
) -> list[FieldGroup]:
    """Return the picker of a list's columns for one direction; `chosen` are keys."""
    return _group(
        (column.find_group(direction), _make_option(column, direction, chosen))
        for column in columns
    )


def _make_option(
    column: ColumnChoice, direction: Direction, chosen: Collection[str]
) -> FieldOption:
    obstacle = column.find_obstacle(direction)
    waits = bool(obstacle and column.column.salesforce_field and column.key in chosen)
    is_always = direction == Direction.PUSH and column.is_always_pushed and not obstacle
    return FieldOption(
        value=column.key,
        label=column.column.name,
        type=_name_type(column),
        checked=is_always or (column.key in chosen and not obstacle),
        locked=ALWAYS_PUSHED if is_always else obstacle + (STAYS_CHOSEN if waits else ""),
        warning=column.find_warning(direction),
        # The keys of a file's columns say nothing to anybody.
        name=column.column.salesforce_field if column.column.list.is_from_file else None,
    )


def _name_type(column: ColumnChoice) -> str:
    if column.field:
        return column.field.type_name
    return TYPE_NAMES.get(column.column.data_type, column.column.data_type)


def _group(options: Iterable[tuple[str, FieldOption]]) -> list[FieldGroup]:
    by_group: dict[str, list[FieldOption]] = {name: [] for name in (*GROUP_ORDER, ONLY_HERE)}
    for name, option in options:
        by_group[name].append(option)
    return [FieldGroup(name, found) for name, found in by_group.items() if found]
