"""What the page components are fed with (`templates/components/`)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldSelect:
    """A choice that belongs to an option of a field picker and counts while that is ticked.

    `choices` are (value, label); `errors` says what was wrong with what was sent.
    """

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    chosen: str
    errors: Sequence[str] = ()


@dataclass(frozen=True)
class FieldOption:
    """One checkbox of a field picker.

    `locked` says in two words why a person cannot change it ("Required"); a locked and checked
    option is sent with the form. `warning` says what does not go well with the field. `name` is
    Salesforce's for it, empty where there is none; None says that the value is the name.
    """

    value: str
    label: str
    type: str
    checked: bool = False
    locked: str = ""
    warning: str = ""
    select: FieldSelect | None = None
    name: str | None = None

    @property
    def shown_name(self) -> str:
        """What stands beside the label."""
        return self.value if self.name is None else self.name


@dataclass(frozen=True)
class FieldGroup:
    """Options of a field picker that stand under one heading."""

    label: str
    options: Sequence[FieldOption]
