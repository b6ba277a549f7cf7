"""The queries of a full read: what "all" of an object is."""

from connectors.salesforce import Condition, build_count, build_select
from sync.engine.options import RunOptions

LEAD_IS_OPEN = Condition("IsConverted", "=", False)


def build_read_query(options: RunOptions) -> str:
    """Return the SELECT of every record: Id, OwnerId and the list's columns."""
    fields = list(dict.fromkeys(["Id", "OwnerId", *(column.field for column in options.columns)]))
    return build_select(
        options.sobject_type,
        fields,
        known_fields={*fields, "IsConverted"},
        where=_condition(options),
    )


def build_count_query(options: RunOptions) -> str:
    """Return the COUNT() of the same records."""
    return build_count(
        options.sobject_type, known_fields={"IsConverted"}, where=_condition(options)
    )


def _condition(options: RunOptions) -> Condition | None:
    # A converted lead is a contact now and can no longer be changed.
    return LEAD_IS_OPEN if options.sobject_type == "Lead" else None
