"""What the types of fields mean in a query."""

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.catalogue.model import COMPOUND_TYPES, NUMBERS, REFERENCES

EXACT = frozenset({"boolean", "date", "datetime", "time"}) | NUMBERS | REFERENCES | COMPOUND_TYPES


def is_text(field: Field) -> bool:
    """Tell whether a field holds text: such values are compared without regard to case."""
    return field.type not in EXACT


def collation(field: Field) -> str:
    """Return the SQL that makes values of a field sort and group as Salesforce does."""
    return " COLLATE NOCASE" if is_text(field) and not field.case_sensitive else ""
