"""Pull: the pages of one Bulk API 2.0 query, as raw bytes, into the record store.

The query is of everything, or of what changed since the last pull (`cursor`); few changes go by
REST instead (`changes`).

Where Salesforce does not get through the query, what it asks for is narrowed to the records that
were made in a window of time, one window after the other (`windows`).

Checkpoint: `{"began_at": when the first job was made, "bulk_job": id or null between two windows,
"locator": next page or null, "read": rows so far, "read_before": those of earlier windows,
"window": its ends unless it is all of time}`, and at the end `reached_at`, where the next pull
begins.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from connectors.salesforce import (
    BulkJob,
    IncompleteBodyError,
    ProtocolError,
    ResultPage,
    ResultsExpiredError,
    TooLargeError,
    fetch_result_page,
    read_job,
    start_query,
)
from lists.records import PageCounts
from lists.services import note_filled
from sync.engine.changes import read_changes_by_rest
from sync.engine.changes_queries import build_bulk_changes_query
from sync.engine.context import RunContext
from sync.engine.cursor import advance_cursor, choose_reach
from sync.engine.gone import follow_merges
from sync.engine.pages import judging_pages
from sync.engine.queries import build_read_query
from sync.engine.reach import LATE_COMMITS
from sync.engine.windows import Window, read_now

log = structlog.get_logger(__name__)

CHUNK_BYTES = 1 << 20
SPOOL_BYTES = 32 << 20
ATTEMPTS_PER_PAGE = 5
KEPT = ("began_at", "read", "window")


def pull(context: RunContext) -> None:
    """Read the records of the run's object, or those that changed, and apply them to the list."""
    choose_reach(context)
    follow_merges(context)
    try:
        _pull(context)
    except ResultsExpiredError:
        # Salesforce dropped the results while we were away: read again from the start. What is
        # in the list already costs no write.
        log.info("pull.results_expired", run_id=context.run.pk)
        _forget_what_was_read(context)
        _pull(context)
    keys = [column.key for column in context.options.columns]
    note_filled(marketing_list=context.run.job.list, keys=keys)
    if not context.options.remove_missing:  # else the removal says whether this pull is done
        advance_cursor(context)


@transaction.atomic
def _forget_what_was_read(context: RunContext) -> None:
    context.store.forget_seen(context.run.pk)
    context.note(records_read=0, records_unchanged=0)  # what was added or updated stays so
    context.advance({})


def _pull(context: RunContext) -> None:
    since = context.run.read_since
    if since is None or not read_changes_by_rest(context, since):
        _pull_in_bulk(context)


def _pull_in_bulk(context: RunContext) -> None:
    window: Window | None = Window.load(context.checkpoint.get("window", (None, None)))
    while window is not None:
        try:
            job = context.wait_for(_find_or_start_job(context, window))
        except TooLargeError as error:
            window = _narrow(context, window, error)
        else:
            _apply_pages(context, job)
            window = _pass(context, window)
    reached = datetime.fromisoformat(context.checkpoint["began_at"]) - LATE_COMMITS
    context.advance({**context.checkpoint, "reached_at": reached.isoformat()})


def _find_or_start_job(context: RunContext, window: Window) -> BulkJob:
    job_id = context.checkpoint.get("bulk_job")
    if job_id:
        return read_job(context.client, "query", job_id)
    job = start_query(context.client, _build_query(context, window))
    began = {"began_at": job.created_at.isoformat()}  # by Salesforce's clock
    so_far = {**began, **_read_so_far(context)}
    context.advance({**so_far, "bulk_job": job.id, "read_before": so_far["read"]})
    return job


def _build_query(context: RunContext, window: Window) -> str:
    since = context.run.read_since
    if since is None:
        return build_read_query(context.options, window)
    return build_bulk_changes_query(context.options, since, window)


def _read_so_far(context: RunContext) -> dict[str, Any]:
    """Return what the next job's checkpoint takes over from the one before it."""
    kept = {name: context.checkpoint[name] for name in KEPT if name in context.checkpoint}
    return {"read": 0, **kept}


def _narrow(context: RunContext, window: Window, error: TooLargeError) -> Window:
    """Return the earlier half of a window, to be read in its place; raise where it is too small."""
    halves = window.halve(read_now(context))
    if halves is None:
        raise error
    log.info("pull.narrowed", run_id=context.run.pk, window=halves[0].dump())
    context.advance({**_read_so_far(context), "bulk_job": None, "window": halves[0].dump()})
    return halves[0]


def _pass(context: RunContext, window: Window) -> Window | None:
    """Move the checkpoint behind a window that was read, and return the next one."""
    following = window.find_next(read_now(context))
    if following is not None:
        place = {"bulk_job": None, "window": following.dump()}
        context.advance({**_read_so_far(context), **place}, is_progress=True)
    return following


def _apply_pages(context: RunContext, job: BulkJob) -> None:
    before = context.checkpoint.get("read_before", 0)
    context.note(records_expected=before + job.records_processed)
    while "locator" not in context.checkpoint or context.checkpoint["locator"]:
        _apply_next_page(context, job)
    read = context.checkpoint["read"] - before
    if read != job.records_processed:
        raise ProtocolError(
            "INCOMPLETE_RESULT",
            f"Salesforce announced {job.records_processed:,} records and delivered {read:,}.",
        )


def _apply_next_page(context: RunContext, job: BulkJob) -> None:
    for attempt in range(1, ATTEMPTS_PER_PAGE + 1):
        context.check()
        page = fetch_result_page(
            context.client,
            job,
            locator=context.checkpoint.get("locator"),
            page_size=settings.SYNC_PAGE_ROWS,
        )
        try:
            with judging_pages(), page_chunks(context, page) as chunks, transaction.atomic():
                counts = context.store.apply_page(context.options.pull_plan(context.run), chunks)
                _check_page(page, counts)
                context.advance_page(
                    {
                        **context.checkpoint,
                        "locator": page.next_locator,
                        "read": context.checkpoint.get("read", 0) + counts.read,
                    },
                    counts,
                )
        except IncompleteBodyError:
            if attempt == ATTEMPTS_PER_PAGE:
                raise
            log.info("pull.page_cut", run_id=context.run.pk, attempt=attempt)
        else:
            return


def _check_page(page: ResultPage, counts: PageCounts) -> None:
    if counts.read != page.number_of_records:
        raise IncompleteBodyError(
            "INCOMPLETE_BODY",
            f"A page announced {page.number_of_records:,} records and held {counts.read:,}.",
        )


@contextmanager
def page_chunks(context: RunContext, page: ResultPage) -> Iterator[Iterator[bytes]]:
    """Give the page's bytes to the record store.

    PostgreSQL takes them as they arrive. SQLite has one lock for the whole database: there the
    page is received first, so that a slow line does not make every other writer wait.
    """
    if not context.store.locks_whole_database:
        yield page.chunks()
        return
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        for chunk in page.chunks():
            spool.write(chunk)
        spool.seek(0)
        yield iter(lambda: spool.read(CHUNK_BYTES), b"")
