"""The tables that a statement reads from."""

from dataclasses import dataclass

from salesforce_simulator.organisation.catalogue import Field, SObject
from salesforce_simulator.organisation.schema import quoted


@dataclass(frozen=True)
class Source:
    """A table in the statement under its alias."""

    alias: str
    sobject: SObject

    @property
    def id(self) -> str:
        """Return SQL for the record's id."""
        return f"{self.alias}.Id"

    def column(self, item: Field) -> str:
        """Return SQL for a field's value."""
        if item.formula is not None:
            return item.formula.replace("{t}", self.alias)
        return f"{self.alias}.{quoted(item.name)}"
