"""What the worker does with an ingest job: write its rows in batches and keep each row's fate."""

from collections.abc import Callable, Generator, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from salesforce_simulator.organisation.organisation import (
    Organisation,
    Session,
    WriteOptions,
    WriteOutcome,
    WriteRow,
)
from salesforce_simulator.protocols.bulk.batch_results import BatchResults
from salesforce_simulator.protocols.bulk.errors import JobFailedError
from salesforce_simulator.protocols.bulk.ingest_csv import CsvSource
from salesforce_simulator.protocols.bulk.ingest_records import RecordSource
from salesforce_simulator.protocols.bulk.job import ContentType, Job
from salesforce_simulator.protocols.bulk.outcomes import BATCH_ROWS, OutcomeFiles, Outcomes
from salesforce_simulator.protocols.bulk.sources import Source, upload_path
from salesforce_simulator.protocols.bulk.store import JobStore

Batches = Iterator[tuple[int, list[Any]]]


def process_ingest(
    organisation: Organisation,
    store: JobStore,
    job: Job,
    before_batch: Callable[[], None],
    batch_rows: int,
) -> Generator[dict[str, int], None, None]:
    """Write the job's rows; yields the counts after each batch.

    When the worker stops it between two batches, or the file turns out to be broken, the rows that
    are left become the unprocessed ones. ``before_batch`` may fail the job before each batch.
    """
    directory = store.directory(job.id)
    source, outcomes = _open(directory, job)
    batches: Batches = enumerate(_batches(source, job, batch_rows))
    with outcomes:
        try:
            session = organisation.acting_as(job.created_by_id)
            source.check(organisation.describe(job.sobject_type, session, job.api_version))
            yield from _write(organisation, session, job, source, outcomes, batches, before_batch)
        finally:
            for _, rows in batches:
                outcomes.add_unprocessed(rows)


def _open(directory: Path, job: Job) -> tuple[Source, Outcomes]:
    path = upload_path(directory)
    if job.content_type != ContentType.CSV:
        records = RecordSource(path, job)
        return records, BatchResults(directory, records, job)
    source = CsvSource(path, job)
    if job.is_classic:
        return source, BatchResults(directory, source, job)
    return source, OutcomeFiles(directory, source, job)


def _batches(source: Source, job: Job, batch_rows: int) -> Iterator[list[Any]]:
    """Return the batches of a job; one of the first Bulk API is a single batch by itself."""
    if not job.is_classic:
        yield from source.batches(batch_rows)
        return
    rows = list(chain.from_iterable(source.batches(BATCH_ROWS)))
    if not rows:
        raise JobFailedError("InvalidBatch : Records not found for this batch")
    if len(rows) > BATCH_ROWS:
        raise JobFailedError(
            f"InvalidBatch : Exceeded number of records: {len(rows)}. "
            f"Number of records should be less than or equal to {BATCH_ROWS}"
        )
    yield rows


def _write(
    organisation: Organisation,
    session: Session,
    job: Job,
    source: Source,
    outcomes: Outcomes,
    batches: Batches,
    before_batch: Callable[[], None],
) -> Generator[dict[str, int], None, None]:
    processed = failed = 0
    for number, rows in batches:
        try:
            before_batch()
            results = _write_batch(organisation, session, job, source, rows, number)
        except JobFailedError:
            outcomes.add_unprocessed(rows)
            raise
        for row, outcome in zip(rows, results, strict=True):
            outcomes.add(row, outcome)
            failed += outcome.error is not None
        processed += len(rows)
        yield {"records_processed": processed, "records_failed": failed}


def _write_batch(
    organisation: Organisation,
    session: Session,
    job: Job,
    source: Source,
    rows: list[Any],
    number: int,
) -> Iterator[WriteOutcome]:
    return organisation.write_many(
        [
            WriteRow(job.operation, job.sobject_type, job.external_id_field, source.values(row))
            for row in rows
        ],
        session,
        all_or_none=False,
        options=WriteOptions(from_csv=True, assign=job.assignment_rule_id is not None),
        batch_key=batch_key(job, number),
    )


def batch_key(job: Job, number: int) -> str:
    """Return the key under which the organisation remembers a batch that it has written."""
    return f"{job.id}:{number}"
