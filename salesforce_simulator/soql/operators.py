"""Which comparisons a field of a type takes."""

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.catalogue.model import COMPOUND_TYPES, REFERENCES
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.types import is_text

_ORDER = frozenset({"<", "<=", ">", ">="})
_LISTS = frozenset({"INCLUDES", "EXCLUDES"})


def check_filter(field: Field, operator: str, text: str, field_at: int, value_at: int) -> None:
    """Check that WHERE or HAVING may compare a field so.

    Raises INVALID_FIELD for a field that takes no filter at all, and
    INVALID_QUERY_FILTER_OPERATOR for an operator that its type does not have.
    """
    if field.type in COMPOUND_TYPES:
        reason = "Address fields can only be filtered using Distance expressions"
        raise query_error("INVALID_FIELD", reason, text, field_at)
    if not field.filterable:
        reason = f"field '{field.name}' can not be filtered in a query call"
        raise query_error("INVALID_FIELD", reason, text, field_at)
    if not _takes(field, operator):
        raise bad_operator(field, text, value_at)


def _takes(field: Field, operator: str) -> bool:
    if field.type == "multipicklist":
        return operator in {"=", "!=", "IN", "NOT IN"} | _LISTS
    if operator in _LISTS:
        return False
    if operator == "LIKE":
        return is_text(field)
    return not (field.type == "boolean" and operator in _ORDER)


def bad_operator(field: Field, text: str, at: int) -> SalesforceError:
    """Return the refusal of an operator."""
    kind = "id" if field.type in REFERENCES else field.type
    return query_error(
        "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {kind} field", text, at
    )
