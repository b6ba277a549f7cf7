"""The queries of a pull of changes: what changed, what was merged, what is gone."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from connectors.salesforce import (
    AllOf,
    AnyOf,
    Condition,
    build_count,
    build_select,
    build_selects_in,
)
from connectors.salesforce.soql import Where
from sync.engine.queries import CREATED_AT, LEAD_IS_OPEN, read_fields
from sync.engine.windows import Window
from sync.options import RunOptions

CHANGED_AT = "SystemModstamp"
LEAD_IS_CONVERTED = Condition("IsConverted", "=", True)
IS_DELETED = Condition("IsDeleted", "=", True)
SYSTEM_FIELDS = frozenset(
    {"Id", "OwnerId", CREATED_AT, CHANGED_AT, "IsConverted", "IsDeleted", "MasterRecordId"}
)


def build_changes_query(
    options: RunOptions, window: Window, after: Sequence[str] | None = None
) -> str:
    """Return the SELECT of what changed in a window, oldest first.

    Where `after` names a record by time and Id, of what lies behind it in the window.
    """
    where: Where = AllOf(*_changed_in(window))
    if after is not None and after[1]:
        moment = datetime.fromisoformat(after[0])
        same_time = AllOf(Condition(CHANGED_AT, "=", moment), Condition("Id", ">", after[1]))
        behind = AnyOf(Condition(CHANGED_AT, ">", moment), same_time)
        where = AllOf(*_changed_in(window), behind)
    fields = list(dict.fromkeys([*read_fields(options), CHANGED_AT]))
    return build_select(
        options.sobject_type,
        fields,
        known_fields=SYSTEM_FIELDS | {*fields},
        where=_in_reach(options, where),
        order_by=[CHANGED_AT, "Id"],
    )


def build_changes_count(options: RunOptions, since: datetime) -> str:
    """Return the COUNT() of the same records."""
    where = _in_reach(options, _changed_since(since))
    return build_count(options.sobject_type, known_fields=SYSTEM_FIELDS, where=where)


def build_bulk_changes_query(options: RunOptions, since: datetime, window: Window) -> str:
    """Return the SELECT of those that were made in a window, for a page of the store, in no order.

    A record that is changed while they are read stays in its window.
    """
    fields = read_fields(options)
    where = AllOf(_changed_since(since), *window.conditions(CREATED_AT))
    return build_select(
        options.sobject_type,
        fields,
        known_fields=SYSTEM_FIELDS | {*fields},
        where=_in_reach(options, where),
    )


def build_reads_by_id(options: RunOptions, salesforce_ids: Sequence[str]) -> Iterator[str]:
    """Yield the SELECTs of single records."""
    fields = read_fields(options)
    return build_selects_in(
        options.sobject_type,
        fields,
        known_fields=SYSTEM_FIELDS | {*fields},
        field="Id",
        values=salesforce_ids,
        where=LEAD_IS_OPEN if options.sobject_type == "Lead" else None,
    )


def build_merged_query(options: RunOptions, window: Window) -> str:
    """Return the SELECT of the records that were merged into others, for the recycle bin."""
    conditions = [IS_DELETED, Condition("MasterRecordId", "!=", None), *_changed_in(window)]
    return build_select(
        options.sobject_type,
        ["Id", "MasterRecordId"],
        known_fields=SYSTEM_FIELDS,
        where=AllOf(*conditions),
    )


def build_gone_query(options: RunOptions, window: Window) -> str:
    """Return the SELECT of what was deleted in a window, or is no open lead any more."""
    is_gone: Where = IS_DELETED
    if options.sobject_type == "Lead":
        is_gone = AnyOf(IS_DELETED, LEAD_IS_CONVERTED)
    return build_select(
        options.sobject_type,
        ["Id"],
        known_fields=SYSTEM_FIELDS,
        where=AllOf(*_changed_in(window), is_gone),
    )


def _changed_in(window: Window) -> list[Condition]:
    ends = [] if window.until is None else [Condition(CHANGED_AT, "<", window.until)]
    return [_changed_since(window.begin), *ends]


def _changed_since(since: datetime) -> Condition:
    return Condition(CHANGED_AT, ">=", since)


def _in_reach(options: RunOptions, where: Where) -> Where:
    return AllOf(LEAD_IS_OPEN, where) if options.sobject_type == "Lead" else where
