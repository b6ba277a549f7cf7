"""Pull: the pages of one Bulk API 2.0 query, as raw bytes, into the record store.

The query is of everything, or of what changed since the last pull (`cursor`); few changes go by
REST instead (`changes`).

Checkpoint: `{"bulk_job": id, "locator": next page or null, "read": rows so far}`, and at the end
`reached_at`, where the next pull begins.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings
from django.db import transaction

from connectors.salesforce import (
    BulkJob,
    IncompleteBodyError,
    ProtocolError,
    ResultPage,
    ResultsExpiredError,
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

log = structlog.get_logger(__name__)

CHUNK_BYTES = 1 << 20
SPOOL_BYTES = 32 << 20
ATTEMPTS_PER_PAGE = 5


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
    job = context.wait_for(_find_or_start_job(context))
    context.note(records_expected=job.records_processed)
    while "locator" not in context.checkpoint or context.checkpoint["locator"]:
        _apply_next_page(context, job)
    read = context.checkpoint["read"]
    if read != job.records_processed:
        raise ProtocolError(
            "INCOMPLETE_RESULT",
            f"Salesforce announced {job.records_processed:,} records and delivered {read:,}.",
        )
    reached = job.created_at - LATE_COMMITS  # by Salesforce's clock
    context.advance({**context.checkpoint, "reached_at": reached.isoformat()})


def _find_or_start_job(context: RunContext) -> BulkJob:
    job_id = context.checkpoint.get("bulk_job")
    if job_id:
        return read_job(context.client, "query", job_id)
    job = start_query(context.client, _build_query(context))
    context.advance({"bulk_job": job.id})
    return job


def _build_query(context: RunContext) -> str:
    since = context.run.read_since
    if since is None:
        return build_read_query(context.options)
    return build_bulk_changes_query(context.options, since)


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
                        "bulk_job": job.id,
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
