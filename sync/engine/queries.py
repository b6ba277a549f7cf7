"""The queries of a full read: what "all" of an object is."""

from connectors.salesforce import Condition, build_count, build_select
from lists.records import CHANGED_AT_FIELD
from sync.options import OWNER_FIELD, OWNER_FIELDS, RunOptions

CONDITION_FIELDS = frozenset({"IsConverted", "CampaignId"})
LEAD_IS_OPEN = Condition("IsConverted", "=", False)


def read_fields(options: RunOptions) -> list[str]:
    """Return what is read of each record: its id, its owner, the columns, its time if needed."""
    owner = OWNER_FIELDS.get(options.sobject_type, OWNER_FIELD)
    times = [CHANGED_AT_FIELD] if options.compares_times else []
    fields = ["Id", owner, *(column.field for column in options.columns), *times]
    return list(dict.fromkeys(fields))


def build_read_query(options: RunOptions) -> str:
    """Return the SELECT of every record: its id, its owner and the list's columns."""
    fields = read_fields(options)
    return build_select(
        options.sobject_type,
        fields,
        known_fields={*fields, *CONDITION_FIELDS},
        where=_condition(options),
    )


def build_count_query(options: RunOptions) -> str:
    """Return the COUNT() of the same records."""
    return build_count(
        options.sobject_type, known_fields=CONDITION_FIELDS, where=_condition(options)
    )


def _condition(options: RunOptions) -> Condition | None:
    if options.campaign_id:
        return Condition("CampaignId", "=", options.campaign_id)
    # A converted lead is a contact now and can no longer be changed.
    return LEAD_IS_OPEN if options.sobject_type == "Lead" else None
