"""What a person has chosen on the Sync Setup page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SALESFORCE, OURS, MOST_RECENT, UNLESS_BLANK = RULES = (
    "salesforce",
    "ours",
    "most_recent",
    "unless_blank",
)


@dataclass(frozen=True)
class Options:
    """`pull` maps fields to update to their rules; of `clearing` fields blanks are sent too."""

    pull_add: bool = False
    pull: Mapping[str, str] = field(default_factory=dict)
    remove_missing: bool = False
    push_add: bool = False
    push: frozenset[str] = frozenset()
    clearing: frozenset[str] = frozenset()

    @property
    def pulls(self) -> bool:
        """Whether anything is read from Salesforce."""
        return self.pull_add or bool(self.pull) or self.remove_missing

    @property
    def does_nothing(self) -> bool:
        """Whether nothing was chosen at all."""
        return not (self.pulls or self.push_add or self.push)

    def sends(self, name: str, value: str | None) -> bool:
        """Tell whether a changed value goes to Salesforce: a blank only where it may clear."""
        return name in self.push and (value is not None or name in self.clearing)
