"""Pull: the pages of one Bulk API 2.0 query, as raw bytes, into the record store.

Checkpoint: `{"bulk_job": id, "locator": next page or null, "read": rows so far}`.
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
    wait_for_job,
)
from lists.records import PageCounts
from lists.services import note_filled
from sync.engine.context import RunContext
from sync.engine.queries import build_read_query

log = structlog.get_logger(__name__)

CHUNK_BYTES = 1 << 20
SPOOL_BYTES = 32 << 20
ATTEMPTS_PER_PAGE = 5


def pull(context: RunContext) -> None:
    """Read every record of the run's object and apply it to the list."""
    try:
        _pull(context)
    except ResultsExpiredError:
        # Salesforce dropped the results while we were away: read again from the start. What is
        # in the list already costs no write.
        log.info("pull.results_expired", run_id=context.run.pk)
        _forget_what_was_read(context)
        _pull(context)


@transaction.atomic
def _forget_what_was_read(context: RunContext) -> None:
    context.store.forget_seen(context.run.pk)
    context.note(records_read=0, records_unchanged=0)  # what was added or updated stays so
    context.advance({})


def _pull(context: RunContext) -> None:
    job = wait_for_job(
        context.client, _find_or_start_job(context), on_poll=lambda _: context.check()
    )
    context.note(records_expected=job.records_processed)
    while "locator" not in context.checkpoint or context.checkpoint["locator"]:
        _apply_next_page(context, job)
    read = context.checkpoint["read"]
    if read != job.records_processed:
        raise ProtocolError(
            "INCOMPLETE_RESULT",
            f"Salesforce announced {job.records_processed:,} records and delivered {read:,}.",
        )
    keys = [column.key for column in context.options.columns]
    note_filled(marketing_list=context.run.job.list, keys=keys)


def _find_or_start_job(context: RunContext) -> BulkJob:
    job_id = context.checkpoint.get("bulk_job")
    if job_id:
        return read_job(context.client, "query", job_id)
    job = start_query(context.client, build_read_query(context.options))
    context.advance({"bulk_job": job.id})
    return job


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
            with page_chunks(context, page) as chunks, transaction.atomic():
                counts = context.store.apply_page(context.options.pull_plan(context.run), chunks)
                _check_page(page, counts)
                context.advance(
                    {
                        "bulk_job": job.id,
                        "locator": page.next_locator,
                        "read": context.checkpoint.get("read", 0) + counts.read,
                    },
                    is_progress=True,
                    records_read=counts.read,
                    records_added=counts.added,
                    records_updated=counts.updated,
                    records_unchanged=counts.unchanged,
                    records_overruled=counts.overruled,
                )
        except IncompleteBodyError:
            if attempt == ATTEMPTS_PER_PAGE:
                raise
            log.info("pull.page_cut", run_id=context.run.pk, attempt=attempt)
        else:
            context.meter.flush()
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
