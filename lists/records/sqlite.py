"""The record store on SQLite: the csv module, hashes in Python, and executemany.

SQLite has one writer at a time, so what is read inside the transaction holds until its end.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone

from lists.emails import normalise_email
from lists.models import ListRecord, SeenPage
from lists.records.conflicts import Conflicts
from lists.records.csv_rows import Row, iter_cells, iter_rows
from lists.records.errors import RepeatedRecordError
from lists.records.ids import make_id_start
from lists.records.page import CsvPage
from lists.records.plan import WHOLE_ROW, PageCounts, PulledRow, PullPlan, read_time
from lists.records.sent import SentPage, SentRows, SettledRows
from lists.records.sqlite_settle import settle_rows
from lists.records.store import SETTLED_AT_ONCE, RecordStore

# Few enough to stay in the processor's cache: 2,000 rows at once take half as long again.
ROWS_AT_ONCE = 250
NOT_IN_LIST = ""

FIND_HASHES = """
    SELECT salesforce_id, content_hash FROM lists_listrecord
    WHERE list_id = ? AND salesforce_id IN (SELECT value FROM json_each(?))
"""
ADD = """
    INSERT INTO lists_listrecord (account_id, list_id, updated_at, record_id, salesforce_id,
                                  email, owner_id, data, content_hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
WRITE = """
    UPDATE lists_listrecord
    SET salesforce_id = ?, email = ?, owner_id = ?, data = ?, dirty = ?, content_hash = ?,
        updated_at = ?, edited_at = ?
    WHERE list_id = ? AND record_id = ?
"""
COUNT_SEEN = """
    SELECT count(DISTINCT seen.value) FROM lists_seenpage, json_each(lists_seenpage.ids) AS seen
    WHERE lists_seenpage.run_id = %s
"""
MISSING = """
    lists_listrecord WHERE list_id = %s AND salesforce_id IS NOT NULL AND salesforce_id NOT IN (
        SELECT seen.value FROM lists_seenpage, json_each(lists_seenpage.ids) AS seen
        WHERE lists_seenpage.run_id = %s
    )
"""


class SqliteRecordStore(RecordStore):
    """Streams a page in batches: memory does not grow with the number of rows."""

    locks_whole_database = True
    hold_list_sql = "SELECT 1 FROM lists_marketinglist WHERE id = %s AND account_id = %s"
    count_seen_sql = COUNT_SEEN
    count_missing_sql = f"SELECT count(*) FROM {MISSING}"  # noqa: S608 - made of constants
    remove_missing_sql = f"DELETE FROM {MISSING} AND dirty IS NULL"  # noqa: S608 - made of constants
    list_missing_edited_sql = f"SELECT salesforce_id FROM {MISSING} AND dirty IS NOT NULL"  # noqa: S608 - made of constants

    def apply_page(self, plan: PullPlan, chunks: Iterator[bytes]) -> PageCounts:
        """Take a page over; see RecordStore."""
        self._hold_list(plan)
        page = CsvPage(chunks, plan.field_names)
        rows = iter_rows(plan, page)
        now = timezone.now()
        seen: set[str] = set()
        read = added = updated = 0
        conflicts = Conflicts()
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            read += len(batch)
            seen.update(row.salesforce_id for row in batch)
            if len(seen) != read:
                raise RepeatedRecordError("The page names one record twice.")
            new, changed = _compare(plan, batch)
            if new and plan.add_new:
                added += _add(plan, new, now)
            if changed:
                pulled = [_pulled(plan, row) for row in changed]
                updated += self._merge(plan, pulled, now, conflicts)
        if plan.remember_seen:
            SeenPage.objects.unscoped().create(
                account_id=plan.account_id, run_id=plan.run_id, ids=list(seen)
            )
        unchanged = read - added - updated
        return PageCounts(read, added, updated, unchanged, page.replaced, conflicts)

    def settle_file(self, plan: PullPlan, sent: SentRows) -> SettledRows:
        """Settle what a file tells of; see RecordStore."""
        page = SentPage(plan, sent)
        rows = iter_cells(page.page)
        read = settled = 0
        while batch := list(islice(rows, SETTLED_AT_ONCE)):
            seen, written, left = settle_rows(plan, page, batch)
            read += len(batch)
            settled += written + self.settle_pushed(plan, left)
            self.remember_seen(plan, seen)
        return SettledRows(read, settled)

    def _write(self, records: Sequence[ListRecord]) -> None:
        _executemany(
            WRITE,
            (
                (
                    record.salesforce_id,
                    record.email,
                    record.owner_id,
                    orjson.dumps(record.data).decode(),
                    orjson.dumps(record.dirty).decode() if record.dirty is not None else None,
                    record.content_hash.hex if record.content_hash else None,
                    _adapt(record.updated_at),
                    _adapt(record.edited_at),
                    record.list_id,
                    record.record_id.hex,
                )
                for record in records
            ),
        )


def _compare(plan: PullPlan, batch: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Return the rows that the list does not have, and those that differ from what it has."""
    ids = orjson.dumps([row.salesforce_id for row in batch]).decode()
    hashes = dict(_execute(FIND_HASHES, (plan.list_id, ids)))
    tags = (WHOLE_ROW, plan.update_tag)
    new, changed = [], []
    for row in batch:
        content_hash = hashes.get(row.salesforce_id, NOT_IN_LIST)
        if content_hash == NOT_IN_LIST:
            new.append(row)
        elif not content_hash or content_hash[:16] != row.digest or content_hash[16:] not in tags:
            changed.append(row)
    return new, changed


def _add(plan: PullPlan, rows: Sequence[Row], now: datetime) -> int:
    email_at = plan.email_position
    id_start = make_id_start()
    shared = (plan.account_id, plan.list_id, _adapt(now))
    _executemany(
        ADD,
        (
            (
                *shared,
                f"{id_start}{number:08x}",
                row.salesforce_id,
                "" if email_at is None else normalise_email(row.values[email_at]),
                row.owner_id,
                orjson.dumps(_data(plan, row)).decode(),
                row.digest + WHOLE_ROW,
            )
            for number, row in enumerate(rows)
        ),
    )
    return len(rows)


def _pulled(plan: PullPlan, row: Row) -> PulledRow:
    content_hash = UUID(row.digest + plan.update_tag)
    changed_at = read_time(row.changed_at)
    return PulledRow(row.salesforce_id, row.owner_id, _data(plan, row), content_hash, changed_at)


def _data(plan: PullPlan, row: Row) -> dict[str, str | None]:
    return {key: value or None for key, value in zip(plan.keys, row.values, strict=True)}


def _adapt(moment: datetime | None) -> str | None:
    return connection.ops.adapt_datetimefield_value(moment)


def _execute(sql: str, parameters: Sequence[Any]) -> Iterator[Any]:
    """Run a statement on the driver: Django's own cursor keeps every statement in DEBUG mode."""
    connection.ensure_connection()
    rows: Iterator[Any] = connection.connection.execute(sql, parameters)
    return rows


def _executemany(sql: str, rows: Iterator[tuple[Any, ...]]) -> None:
    connection.ensure_connection()
    connection.connection.executemany(sql, rows)
