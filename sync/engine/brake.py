"""The brake: how many records a run may remove before a person has to say so. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Removal:
    """What a complete read says: `missing` of the `known` records were not in it."""

    known: int
    read: int
    missing: int

    @property
    def is_suspicious(self) -> bool:
        """Whether Salesforce is asked to count before anything is removed.

        A read of nothing, or of a fifth less than the list knows, more often means that somebody
        narrowed what the connected user may see than that the records are gone.
        """
        return self.read == 0 or self.missing * 5 >= self.known

    def is_harmless(self, limit_percent: int) -> bool:
        """Tell whether the removal needs neither a count nor a person."""
        return self.is_within(limit_percent) and not self.is_suspicious

    def is_within(self, limit_percent: int) -> bool:
        """Tell whether the removal is small enough to need no person."""
        return self.missing * 100 <= self.known * limit_percent
