"""What a push leaves behind, on PostgreSQL: the file by COPY, and one statement for most of it."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from lists.records import postgres_settle_sql as statements
from lists.records.errors import TruncatedPageError
from lists.records.plan import PullPlan, PushedRecord
from lists.records.postgres_settle_sql import SettleSQL
from lists.records.postgres_sql import BY_ANY_WAY, BY_INDEX, FOR_A_PAGE
from lists.records.sent import SentPage, SettledRows

RESTS_AT_ONCE = 2_000


def settle_file(
    plan: PullPlan, sent: SentPage, settle_rest: Callable[[Sequence[PushedRecord]], int]
) -> SettledRows:
    """Settle the records of a file; `settle_rest` does those that the statement leaves."""
    stage = SettleSQL(plan, sent)
    named = {"list_id": plan.list_id, "account_id": plan.account_id, "run_id": plan.run_id}
    with connection.cursor() as cursor:
        cursor.execute(FOR_A_PAGE)
        read = _fill_stage(cursor, stage, sent)
        cursor.execute(BY_INDEX)
        cursor.execute(stage.fill(statements.LOCK), named)
        if plan.remember_seen:
            cursor.execute(stage.fill(statements.REMEMBER), named)
        settled = 0
        cursor.execute(statements.ARE_REPEATED)
        if not cursor.fetchone()[0]:
            cursor.execute(stage.fill(statements.SETTLE), named)
            settled = int(cursor.rowcount)
        cursor.execute(BY_ANY_WAY)
        take_rest = stage.fill(statements.TAKE_REST)
        while outcomes := _take_rest(cursor, take_rest, plan, sent):
            settled += settle_rest([each for each in outcomes if each is not None])
    return SettledRows(read, settled)


def _fill_stage(cursor: Any, stage: SettleSQL, sent: SentPage) -> int:
    cursor.execute(stage.fill(statements.CREATE_STAGE))
    if sent.page.is_empty:
        return 0
    try:
        with cursor.copy(stage.fill(statements.COPY)) as copy:
            for chunk in sent.page.body():
                copy.write(chunk)
    except psycopg.DataError as error:
        raise TruncatedPageError(f"A row cannot be read: {error.diag.message_primary}.") from error
    return int(cursor.rowcount)


def _take_rest(
    cursor: Any, take_rest: Any, plan: PullPlan, sent: SentPage
) -> list[PushedRecord | None]:
    """Return the next outcomes of the stage; None for one whose record left the list."""
    cursor.execute(take_rest, {"rows": RESTS_AT_ONCE})
    rows = cursor.fetchall()
    record_ids: dict[Any, UUID]
    if sent.are_new:
        record_ids = {key: key for _, key, *_ in rows}
    else:
        cursor.execute(statements.FIND_RECORDS, [plan.list_id, [key for _, key, *_ in rows]])
        record_ids = dict(cursor.fetchall())
    return [
        PushedRecord(record_ids[key], salesforce_id, sent.sent_in(values))
        if key in record_ids
        else None
        for salesforce_id, key, *values in rows
    ]
