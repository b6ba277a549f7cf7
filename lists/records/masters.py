"""Records that Salesforce merged into others: the list's record goes along."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from lists.emails import normalise_email
from lists.models import ListRecord
from lists.records.merge import Merged, find_latest
from lists.records.plan import PullPlan


class Followed(NamedTuple):
    """Records to store, and those that were taken in by another and go."""

    changed: list[ListRecord]
    absorbed: list[UUID]


def follow_masters(
    masters: Mapping[str, str],
    losers: Sequence[ListRecord],
    winners: Sequence[ListRecord],
    plan: PullPlan,
    now: datetime,
) -> Followed:
    """Give each loser its master's id, or join it with the record that has that id already.

    Each record that was changed has to be compared with the master's row.
    """
    holders = {record.salesforce_id: record for record in winners}
    changed: dict[UUID, ListRecord] = {}
    absorbed: list[UUID] = []
    for loser in losers:
        master = masters[loser.salesforce_id or ""]
        record = holders.setdefault(master, loser)
        if record is loser:
            record.salesforce_id = master
        else:
            _take_in(record, loser, plan)
            absorbed.append(loser.record_id)
        record.content_hash, record.updated_at = None, now
        changed[record.record_id] = record
    return Followed(list(changed.values()), absorbed)


def _take_in(winner: ListRecord, loser: ListRecord, plan: PullPlan) -> None:
    joined = join_merged(
        winner.data, winner.dirty, loser.data, loser.dirty, mirrored_keys=plan.mirrored_keys
    )
    winner.data, winner.dirty = joined.data, joined.dirty
    winner.edited_at = find_latest(winner.edited_at, loser.edited_at)
    if plan.email_key is not None:
        winner.email = normalise_email(joined.data.get(plan.email_key))


def join_merged(
    winner_data: Mapping[str, str | None],
    winner_dirty: Mapping[str, str | None] | None,
    loser_data: Mapping[str, str | None],
    loser_dirty: Mapping[str, str | None] | None,
    *,
    mirrored_keys: Collection[str],
) -> Merged:
    """Join two records whose counterparts were merged: Salesforce decided on what it knows.

    An edit of the loser's that Salesforce does not know yet becomes one of the winner's, unless
    that has its own; a column that Salesforce does not have fills the winner's blank. Pure.
    """
    data, dirty = dict(winner_data), dict(winner_dirty or {})
    for key, value in loser_data.items():
        if loser_dirty and key in loser_dirty:
            if key not in dirty and value != data.get(key):
                dirty[key], data[key] = data.get(key), value
        elif key not in mirrored_keys and data.get(key) is None:
            data[key] = value
    return Merged(data, dirty or None, changed=data != dict(winner_data))
