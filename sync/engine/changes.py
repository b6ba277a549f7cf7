"""The changes since the last pull, by REST: one call where a Bulk job costs four.

Pages follow each other by (SystemModstamp, Id), so that more records than a page holds may share
one time (F69), and a resumed run needs no result that Salesforce keeps.

Checkpoint: `{"began_at": Salesforce's time before the first page, "after": [SystemModstamp, Id] of
the last record, or the end of a window and no Id, "read": rows so far}`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from connectors.salesforce import (
    IncompleteBodyError,
    RecordPage,
    TooLargeError,
    count_records,
    iterate_pages,
)
from sync.engine.changes_queries import (
    CHANGED_AT,
    build_changes_count,
    build_changes_query,
    build_reads_by_id,
)
from sync.engine.context import RunContext
from sync.engine.cursor import list_linked_ids
from sync.engine.pages import judging_pages
from sync.engine.reach import LATE_COMMITS, OVERLAP
from sync.engine.rest_rows import can_go_by_rest, find_types, to_csv
from sync.engine.windows import Window, read_now

# Five pages; beyond them a Bulk job costs fewer calls.
MOST_BY_REST = 10_000
# Where the end of a window was reached, and no record that changed at that time was read.
NO_ID = ""


def read_changes_by_rest(context: RunContext, since: datetime) -> bool:
    """Apply what changed since a time to the list; False where it has to go by a Bulk job."""
    if "bulk_job" in context.checkpoint:
        return False
    _note_beginning(context)
    if not can_go_by_rest(context.options):
        return _is_unchanged(context, since)
    types = find_types(context.options)
    _read_linked(context, types)
    window: Window | None = Window(_read_place(context) or since)
    while window is not None:
        context.check()
        window, page = _read_page(context, window)
        if context.checkpoint.get("after") is None and page.total_size > MOST_BY_REST:
            return False
        context.note(records_expected=context.checkpoint.get("read", 0) + page.total_size)
        if page.records:
            last = page.records[-1]
            _apply(context, types, page, (last[CHANGED_AT], last["Id"]))
        if page.done:
            window = _pass(context, window)
    _note_reached(context, since)
    return True


def _read_place(context: RunContext) -> datetime | None:
    """Return the time of the last record that was read."""
    after = context.checkpoint.get("after")
    return datetime.fromisoformat(after[0]) if after else None


def _read_page(context: RunContext, window: Window) -> tuple[Window, RecordPage]:
    """Read the next page of a window, of half of it where that is too much for Salesforce."""
    while True:
        after = context.checkpoint.get("after")
        query = build_changes_query(context.options, window, after)
        try:
            return window, next(iterate_pages(context.client, query))
        except TooLargeError:
            left = replace(window, begin=_read_place(context) or window.begin)
            halves = left.halve(read_now(context))
            if halves is None:
                raise
            window = halves[0]
            context.check()


@transaction.atomic
def _pass(context: RunContext, window: Window) -> Window | None:
    """Move the checkpoint to the end of a window that was read, and return the next one."""
    following = window.find_next(read_now(context))
    if following is not None:
        place = (following.begin.isoformat(), NO_ID)
        context.advance({**context.checkpoint, "after": place}, is_progress=True)
    return following


def _is_unchanged(context: RunContext, since: datetime) -> bool:
    """Ask for the number of changes alone: where there are none, a Bulk job would be in vain."""
    try:
        if count_records(context.client, build_changes_count(context.options, since)):
            return False
    except TooLargeError:
        return False
    _note_reached(context, since)
    return True


def _read_linked(context: RunContext, types: dict[str, str]) -> None:
    """Read the records that were tied to Salesforce's: they may not have changed for years."""
    linked = list_linked_ids(context)
    for query in build_reads_by_id(context.options, linked):
        for page in iterate_pages(context.client, query):
            context.check()
            _apply(context, types, page, context.checkpoint.get("after"))


@transaction.atomic
def _apply(
    context: RunContext, types: dict[str, str], page: RecordPage, after: Sequence[str] | None
) -> None:
    plan = context.options.pull_plan(context.run)
    with judging_pages():
        counts = context.store.apply_page(plan, iter([to_csv(plan, types, page.records)]))
    if counts.read != len(page.records):
        raise IncompleteBodyError(
            "INCOMPLETE_BODY",
            f"A page held {len(page.records):,} records and {counts.read:,} were taken over.",
        )
    read = context.checkpoint.get("read", 0) + counts.read
    context.advance_page({**context.checkpoint, "after": after, "read": read}, counts)


def _note_beginning(context: RunContext) -> None:
    """Note Salesforce's time before the first page, which a resumed run keeps."""
    moment = context.meter.answered_at
    if moment is not None and "began_at" not in context.checkpoint:
        context.advance({**context.checkpoint, "began_at": moment.isoformat()})


def _note_reached(context: RunContext, since: datetime) -> None:
    """Note up to when every change was seen: two minutes before the first page was asked for.

    What is committed only now may be older than what was just read (F70).
    """
    reached = since + OVERLAP
    if "began_at" in context.checkpoint:
        began_at = datetime.fromisoformat(context.checkpoint["began_at"])
        reached = max(reached, began_at - LATE_COMMITS)
    context.advance({**context.checkpoint, "reached_at": reached.isoformat()})
