"""The record store on PostgreSQL: COPY into a temporary table, and one comparing statement.

A page's bytes go from the network into `pull_stage`. The comparing statement looks each row's
hash up in the index of the unique constraint on (list, salesforce_id), which includes
`content_hash`: an unchanged row costs a look into the index and writes nothing. A page between
whose first and last id the list has no record is not compared, but added.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, LiteralString

import orjson
import psycopg
from django.db import IntegrityError, ProgrammingError, connection, transaction

from lists.emails import normalise_email
from lists.models import ListRecord
from lists.records import postgres_sql as statements
from lists.records.conflicts import Conflicts
from lists.records.csv_rows import check_id
from lists.records.errors import RepeatedRecordError, TruncatedPageError
from lists.records.ids import make_id_start
from lists.records.page import CsvPage
from lists.records.plan import WHOLE_ROW, PageCounts, PulledRow, PullPlan, read_time
from lists.records.postgres_settle import settle_file
from lists.records.postgres_sql import StageSQL
from lists.records.sent import SentPage, SentRows, SettledRows
from lists.records.store import RecordStore

MERGED_AT_ONCE = 5_000
NAMED_TWICE = "The page names one record twice."


class PostgresRecordStore(RecordStore):
    """Lets the database read, compare and write a page: the process's memory stays flat."""

    locks_whole_database = False
    hold_list_sql = (
        "SELECT 1 FROM lists_marketinglist WHERE id = %s AND account_id = %s FOR KEY SHARE"
    )

    count_seen_sql = statements.COUNT_SEEN
    count_missing_sql = f"SELECT count(*) FROM {statements.MISSING}"  # noqa: S608 - made of constants
    remove_missing_sql = f"DELETE FROM {statements.MISSING} AND dirty IS NULL"  # noqa: S608 - made of constants
    list_missing_edited_sql = (
        f"SELECT r.salesforce_id FROM {statements.MISSING} AND r.dirty IS NOT NULL"  # noqa: S608 - made of constants
    )

    def apply_page(self, plan: PullPlan, chunks: Iterator[bytes]) -> PageCounts:
        """Take a page over; see RecordStore."""
        self._hold_list(plan)
        page = CsvPage(chunks, plan.field_names)
        stage = StageSQL(plan)
        with connection.cursor() as cursor:
            cursor.execute(statements.FOR_A_PAGE)
            read = _fill_stage(cursor, stage, page)
            may_be_known = _inspect(cursor, stage, plan)
            if plan.remember_seen:
                cursor.execute(stage.fill(statements.REMEMBER), [plan.account_id, plan.run_id])
            conflicts = Conflicts()
            if may_be_known:
                added, updated = self._take_over(cursor, stage, plan, conflicts)
            else:
                added, updated = _add_all(cursor, stage, plan), 0
        unchanged = read - added - updated
        return PageCounts(read, added, updated, unchanged, page.replaced, conflicts)

    def settle_file(self, plan: PullPlan, sent: SentRows) -> SettledRows:
        """Settle what a file tells of; see RecordStore."""
        return settle_file(plan, SentPage(plan, sent), partial(self.settle_pushed, plan))

    @contextmanager
    def committing_soon(self) -> Iterator[None]:
        """Make a transaction of the block; inside of one, that one decides; see RecordStore."""
        if connection.in_atomic_block:
            yield
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statements.COMMIT_SOON)
            yield

    def _take_over(
        self, cursor: Any, stage: StageSQL, plan: PullPlan, conflicts: Conflicts
    ) -> tuple[int, int]:
        """Add what is new and update what differs; return both numbers."""
        differing = _compare(cursor, stage, plan)
        if not differing:
            return 0, 0
        now = _read_clock(cursor)
        added = _add(cursor, stage, plan, now, statements.NEW_ROWS)
        if added == differing:
            return added, 0
        updated = _update(cursor, stage, plan, now)
        cursor.execute(statements.BY_ANY_WAY)
        return added, updated + self._merge_edited(cursor, stage, plan, now, conflicts)

    def _merge_edited(
        self, cursor: Any, stage: StageSQL, plan: PullPlan, now: datetime, conflicts: Conflicts
    ) -> int:
        """Merge the page into records with edits of our own; return what `_merge` does."""
        statement = stage.fill(statements.FIND_EDITED)
        changed = 0
        while True:
            cursor.execute(
                statement,
                {
                    "list_id": plan.list_id,
                    "update_tag": plan.update_tag,
                    "rows": MERGED_AT_ONCE,
                },
            )
            rows = [
                PulledRow(
                    salesforce_id, owner_id, orjson.loads(data), content_hash, read_time(told_at)
                )
                for salesforce_id, owner_id, data, content_hash, told_at in cursor.fetchall()
            ]
            if not rows:
                return changed
            changed += self._merge(plan, rows, now, conflicts)

    def _write(self, records: Sequence[ListRecord]) -> None:
        if not records:
            return
        parameters: list[Any] = [
            [record.record_id for record in records],
            [record.salesforce_id for record in records],
            [record.email for record in records],
            [record.owner_id for record in records],
            [orjson.dumps(record.data).decode() for record in records],
            [
                orjson.dumps(record.dirty).decode() if record.dirty is not None else None
                for record in records
            ],
            [record.content_hash for record in records],
            [record.updated_at for record in records],
            [record.edited_at for record in records],
            records[0].list_id,
        ]
        with connection.cursor() as cursor:
            cursor.execute(statements.WRITE, parameters)


def _fill_stage(cursor: Any, stage: StageSQL, page: CsvPage) -> int:
    """Copy a page into the stage; return its number of rows."""
    cursor.execute(stage.fill(statements.CREATE_STAGE))
    if page.is_empty:
        return 0
    try:
        with cursor.copy(stage.copy(page.columns)) as copy:
            for chunk in page.body():
                copy.write(chunk)
    except psycopg.DataError as error:
        raise TruncatedPageError(f"A row cannot be read: {error.diag.message_primary}.") from error
    return int(cursor.rowcount)


def _inspect(cursor: Any, stage: StageSQL, plan: PullPlan) -> bool:
    """Repair what needs it; return whether the list may have some of the page's records."""
    cursor.execute(stage.fill(statements.INSPECT), _named(plan))
    has_odd_ids, has_foreign_emails, has_records_between = cursor.fetchone()
    if has_odd_ids:
        _repair_ids(cursor, stage)
    if has_foreign_emails:
        _normalise_emails(cursor, stage)
    return bool(has_odd_ids or has_records_between)


def _repair_ids(cursor: Any, stage: StageSQL) -> None:
    """Give ids of 15 characters their other three; raise TruncatedPageError for no ids at all."""
    cursor.execute(stage.fill(statements.FIND_ODD_IDS))
    odd = [
        (record, check_id(record or ""), check_id(owner) if owner else None)
        for record, owner in cursor.fetchall()
    ]
    if odd:
        columns = [list(column) for column in zip(*odd, strict=True)]
        cursor.execute(stage.fill(statements.REPAIR_IDS), columns)


def _normalise_emails(cursor: Any, stage: StageSQL) -> None:
    """Normalise in Python what PostgreSQL would do otherwise: letters beyond ASCII."""
    cursor.execute(stage.fill(statements.FIND_FOREIGN_EMAILS))
    found = [raw_email for (raw_email,) in cursor.fetchall()]
    if found:
        normalised = [normalise_email(raw_email) for raw_email in found]
        cursor.execute(stage.fill(statements.NORMALISE_EMAILS), [found, normalised])


def _read_clock(cursor: Any) -> datetime:
    cursor.execute("SELECT clock_timestamp()")
    now: datetime = cursor.fetchone()[0]
    return now


def _compare(cursor: Any, stage: StageSQL, plan: PullPlan) -> int:
    """Note which rows are new or differ from their record; return their number."""
    cursor.execute(statements.BY_INDEX)
    cursor.execute(stage.fill(statements.COMPARE), _named(plan))
    return int(cursor.rowcount)


def _add_all(cursor: Any, stage: StageSQL, plan: PullPlan) -> int:
    """Add all rows of a page of which the list has none, where new ones are wanted."""
    if not plan.add_new:
        return 0
    return _add(cursor, stage, plan, _read_clock(cursor), statements.ALL_ROWS)


def _add(cursor: Any, stage: StageSQL, plan: PullPlan, now: datetime, rows: LiteralString) -> int:
    """Add records that the list does not have; return their number."""
    named = {**_named(plan), "id_start": make_id_start(), "now": now}
    try:
        cursor.execute(stage.fill(statements.ADD, added=stage.fill(rows)), named)
    except IntegrityError as error:
        if isinstance(error.__cause__, psycopg.errors.UniqueViolation):
            raise RepeatedRecordError(NAMED_TWICE) from error
        raise
    return int(cursor.rowcount)


def _update(cursor: Any, stage: StageSQL, plan: PullPlan, now: datetime) -> int:
    """Update the records that have no edits of ours; return in how many a value changed."""
    named = {**_named(plan), "untouched": plan.untouched_keys, "now": now}
    try:
        cursor.execute(stage.fill(statements.UPDATE), named)
    except ProgrammingError as error:
        if isinstance(error.__cause__, psycopg.errors.CardinalityViolation):
            raise RepeatedRecordError(NAMED_TWICE) from error
        raise
    return int(cursor.fetchone()[0])


def _named(plan: PullPlan) -> dict[str, Any]:
    return {
        "account_id": plan.account_id,
        "list_id": plan.list_id,
        "update_tag": plan.update_tag,
        "whole_row": WHOLE_ROW,
    }
