"""What the field pickers of a campaign's list offer: the member's own fields, and the person's."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from connectors.fields import FieldChoice
from connectors.members import CONTACT, LEAD, STATUS, WISHES, find_person_field
from lists.models import ListColumn
from sync.forms.pickers import OF_THE_MEMBER, OF_THE_PERSON, ColumnChoice
from sync.models import Direction


@dataclass(frozen=True)
class MemberColumnChoice(ColumnChoice):
    """A column of a campaign's list; `people` are the fields of its lead and its contact."""

    people: tuple[tuple[str, FieldChoice], ...] = ()

    @property
    def is_always_pushed(self) -> bool:
        """Whether the column is the status, which goes with every update (S72)."""
        return self.column.salesforce_field == STATUS

    def find_group(self, direction: Direction) -> str:
        """Return the heading: for a push, whose field it is."""
        if direction == Direction.PULL or self.field is None:
            return super().find_group(direction)
        return OF_THE_PERSON if self.people else OF_THE_MEMBER

    def find_obstacle(self, direction: Direction) -> str:
        """Return why the column's value cannot go this way; a person's is pushed to the person."""
        if direction == Direction.PULL or self.field is None or not self.people:
            return super().find_obstacle(direction)
        if self.column.salesforce_field in WISHES:
            return "Changed in Salesforce alone"
        return "" if self._takers else "Read-only in Salesforce"

    def find_warning(self, direction: Direction) -> str:
        """Return what to know before choosing the column for this way."""
        takers = self._takers
        if direction == Direction.PUSH and len(takers) == 1 and not self.find_obstacle(direction):
            return f"Of {takers[0].lower()}s only: a value of the others is set aside."
        return super().find_warning(direction)

    @property
    def _takers(self) -> list[str]:
        return [sobject_type for sobject_type, field in self.people if field.pushable]


def match_member_columns(
    columns: Iterable[ListColumn], catalogues: Mapping[str, Collection[FieldChoice]], member: str
) -> list[ColumnChoice]:
    """Put each column of a campaign's list beside the fields that it may be written to.

    `catalogues` are the fields by object, `member` is the object of the members themselves.
    """
    described = {
        (sobject_type, choice.name): choice
        for sobject_type, choices in catalogues.items()
        for choice in choices
    }
    matched: list[ColumnChoice] = []
    for column in columns:
        name = column.salesforce_field
        own = described.get((member, name))
        shown = [(each, find_person_field(name, each)) for each in (LEAD, CONTACT)]
        people = tuple((key[0], described[key]) for key in shown if key in described)
        is_own = own is not None and own.pushable
        matched.append(MemberColumnChoice(column, own, () if is_own else people))
    return matched
