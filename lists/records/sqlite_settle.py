"""What a push leaves behind, on SQLite: read, settled and written some thousand rows at a time."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from lists.records.merge import note_unsent, settle_pushed
from lists.records.plan import PullPlan, PushedRecord
from lists.records.sent import SentPage

_FIND = """
    SELECT {key}, record_id, salesforce_id, data, dirty FROM lists_listrecord
    WHERE list_id = ? AND {key} IN (SELECT value FROM json_each(?))
"""
FIND_NEW = _FIND.format(key="record_id")
FIND_KNOWN = _FIND.format(key="salesforce_id")
FIND_HOLDERS = """
    SELECT salesforce_id, record_id FROM lists_listrecord
    WHERE list_id = ? AND salesforce_id IN (SELECT value FROM json_each(?))
"""
SETTLE = """
    UPDATE lists_listrecord
    SET salesforce_id = ?, dirty = ?, content_hash = CASE WHEN ? THEN NULL ELSE content_hash END
    WHERE list_id = ? AND record_id = ?
"""

Parameters = tuple[Any, ...]


def settle_rows(
    plan: PullPlan, sent: SentPage, rows: Sequence[Sequence[str]]
) -> tuple[list[str], int, list[PushedRecord]]:
    """Settle the records of some rows.

    Return the Salesforce ids of those that the list has, how many were settled, and the
    outcomes that are left: of records whose Salesforce id another record holds.
    """
    keys = [_key(sent, cells) for cells in rows]
    found = _find(plan, sent, keys)
    ids = [cells[sent.id_at] for cells in rows]
    holders = dict(_execute(FIND_HOLDERS, plan, ids)) if sent.are_new else {}
    all_differ = len(set(ids)) == len(ids)
    written: list[Parameters] = []
    seen: list[str] = []
    left: list[PushedRecord] = []
    for key, salesforce_id, cells in zip(keys, ids, rows, strict=True):
        record = found.get(key)
        if record is None:  # removed from the list meanwhile
            continue
        seen.append(salesforce_id)
        values, record_id = sent.sent_of(cells), record[0]
        if all_differ and holders.get(salesforce_id, record_id) == record_id:
            written.append(_settle(plan, record, salesforce_id, values))
        else:
            left.append(PushedRecord(UUID(record_id), salesforce_id, values))
    connection.connection.executemany(SETTLE, written)
    return seen, len(written), left


def _settle(
    plan: PullPlan, record: Parameters, salesforce_id: str, sent: dict[str, str | None]
) -> Parameters:
    record_id, known_id, stored, stored_dirty = record
    data = orjson.loads(stored)
    dirty = settle_pushed(data, orjson.loads(stored_dirty) if stored_dirty else None, sent)
    if known_id is None:
        dirty = note_unsent(data, dirty, sent, plan.mirrored_keys)
    text = orjson.dumps(dirty).decode() if dirty is not None else None
    return salesforce_id, text, bool(sent), plan.list_id, record_id


def _find(plan: PullPlan, sent: SentPage, keys: list[str]) -> dict[str, Parameters]:
    rows = _execute(FIND_NEW if sent.are_new else FIND_KNOWN, plan, keys)
    return {key: record for key, *record in rows}


def _key(sent: SentPage, cells: Sequence[str]) -> str:
    """Return what names the row's record, as the table's column holds it."""
    key = cells[sent.key_at]
    return key.replace("-", "").lower() if sent.are_new else key


def _execute(sql: str, plan: PullPlan, keys: list[str]) -> Iterator[Any]:
    """Run a statement on the driver: Django's own cursor keeps every statement in DEBUG mode."""
    connection.ensure_connection()
    rows: Iterator[Any] = connection.connection.execute(
        sql, (plan.list_id, orjson.dumps(keys).decode())
    )
    return rows
