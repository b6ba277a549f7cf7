"""What a push leaves behind in the records that it sent."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from lists.models import ListRecord
from lists.records.merge import find_latest, join_twins, note_unsent, settle_pushed
from lists.records.plan import PushedRecord


class Settlement(NamedTuple):
    """Records to store, and the twins that they took in and that go; with the number settled."""

    changed: list[ListRecord]
    absorbed: list[UUID]
    settled: int


def settle_records(
    outcomes: Sequence[PushedRecord],
    records: Mapping[UUID, ListRecord],
    holders: Mapping[str, ListRecord],
    mirrored_keys: Collection[str],
) -> Settlement:
    """Note each outcome in its record; `holders` are the records by the Salesforce id they hold.

    Where another record holds an outcome's Salesforce id, the two are one person: the record
    whose values were sent takes the other one in.
    """
    holding = dict(holders)
    changed: dict[UUID, ListRecord] = {}
    absorbed: list[UUID] = []
    settled = 0
    for outcome in outcomes:
        record = records.get(outcome.record_id)
        if record is None:
            continue
        record.dirty = settle_pushed(record.data, record.dirty, outcome.sent)
        if record.salesforce_id is None:
            record.dirty = note_unsent(record.data, record.dirty, outcome.sent, mirrored_keys)
        twin = holding.get(outcome.salesforce_id)
        if twin is not None and twin.record_id != record.record_id:
            _absorb(record, twin)
            absorbed.append(twin.record_id)
            changed.pop(twin.record_id, None)
        record.salesforce_id = outcome.salesforce_id
        if outcome.sent:
            # The row as last read no longer speaks of our values: the next pull must compare.
            record.content_hash = None
        changed[record.record_id] = holding[outcome.salesforce_id] = record
        settled += 1
    return Settlement(list(changed.values()), absorbed, settled)


def _absorb(record: ListRecord, twin: ListRecord) -> None:
    joined = join_twins(record.data, record.dirty, twin.data, twin.dirty)
    record.data, record.dirty = joined.data, joined.dirty
    record.edited_at = find_latest(record.edited_at, twin.edited_at)
    record.email = record.email or twin.email
    record.owner_id = record.owner_id or twin.owner_id
    record.content_hash = None
