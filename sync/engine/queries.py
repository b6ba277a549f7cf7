"""The queries of a full read: what "all" of an object is."""

from connectors.salesforce import AllOf, Condition, build_count, build_select
from connectors.salesforce.soql import Where
from lists.records import CHANGED_AT_FIELD
from sync.engine.windows import Window
from sync.options import OWNER_FIELD, OWNER_FIELDS, RunOptions

CREATED_AT = "CreatedDate"
CONDITION_FIELDS = frozenset({"IsConverted", "CampaignId", CREATED_AT})
LEAD_IS_OPEN = Condition("IsConverted", "=", False)


def read_fields(options: RunOptions) -> list[str]:
    """Return what is read of each record: its id, its owner, the columns, its time if needed."""
    owner = OWNER_FIELDS.get(options.sobject_type, OWNER_FIELD)
    times = [CHANGED_AT_FIELD] if options.compares_times else []
    fields = ["Id", owner, *(column.field for column in options.columns), *times]
    return list(dict.fromkeys(fields))


def build_read_query(options: RunOptions, window: Window) -> str:
    """Return the SELECT of every record made in a window: its id, its owner, the list's columns."""
    fields = read_fields(options)
    return build_select(
        options.sobject_type,
        fields,
        known_fields={*fields, *CONDITION_FIELDS},
        where=_made_in(options, window),
    )


def build_count_query(options: RunOptions, window: Window) -> str:
    """Return the COUNT() of the same records."""
    return build_count(
        options.sobject_type, known_fields=CONDITION_FIELDS, where=_made_in(options, window)
    )


def _made_in(options: RunOptions, window: Window) -> Where | None:
    conditions = window.conditions(CREATED_AT)
    if options.campaign_id:
        conditions.insert(0, Condition("CampaignId", "=", options.campaign_id))
    elif options.sobject_type == "Lead":
        # A converted lead is a contact now and can no longer be changed.
        conditions.insert(0, LEAD_IS_OPEN)
    return AllOf(*conditions) if conditions else None
