"""What the worker does with an ingest job: write its rows in batches and keep each row's fate."""

import csv
from collections.abc import Generator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import (
    Organisation,
    Session,
    WriteOptions,
    WriteOutcome,
    WriteRow,
)
from salesforce_simulator.protocols.bulk2.errors import JobFailedError
from salesforce_simulator.protocols.bulk2.ingest_csv import Upload
from salesforce_simulator.protocols.bulk2.job import Job
from salesforce_simulator.protocols.bulk2.store import JobStore

BATCH_ROWS = 10_000
UPLOAD = "upload.csv"
_FAILED_ROWS_NAME_THEIR_RECORD_SINCE = 53.0


class Outcomes:
    """The three result files of an ingest job; made anew when the job runs again."""

    def __init__(self, directory: Path, upload: Upload, job: Job) -> None:
        self._files = ExitStack()
        self._upload = upload
        self._names_failed = float(job.api_version) >= _FAILED_ROWS_NAME_THEIR_RECORD_SINCE
        header = upload.header_line.rstrip("\r\n") + job.newline
        prefix = '"sf__Id"{0}"sf__{1}"{0}'
        self._successful = self._open(
            directory, "successfulResults", prefix.format(job.delimiter, "Created") + header, job
        )
        self._failed = self._open(
            directory, "failedResults", prefix.format(job.delimiter, "Error") + header, job
        )
        self._unprocessed = self._open(directory, "unprocessedrecords", header, job)

    def __enter__(self) -> "Outcomes":
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def add(self, row: list[str], outcome: WriteOutcome) -> None:
        """Put a row that was processed into the file of its fate."""
        if outcome.error is None:
            self._successful.writerow([outcome.id, str(outcome.created).lower(), *row])
        else:
            named = self._upload.id_of(row) if self._names_failed else ""
            self._failed.writerow([named, _error_cell(outcome.error), *row])

    def add_unprocessed(self, rows: list[list[str]]) -> None:
        """Put rows that the job never came to into their file."""
        self._unprocessed.writerows(rows)

    def _open(self, directory: Path, name: str, header: str, job: Job) -> Any:
        path = directory / f"{name}.csv"
        file = self._files.enter_context(path.open("w", encoding="utf-8", newline=""))
        file.write(header)
        return csv.writer(
            file, delimiter=job.delimiter, lineterminator=job.newline, quoting=csv.QUOTE_ALL
        )


def ensure_outcomes(directory: Path, job: Job) -> None:
    """Make the result files of a job that ended before any work: all its rows are unprocessed."""
    if (directory / "unprocessedrecords.csv").exists():
        return
    upload = Upload(directory / UPLOAD, job)
    with Outcomes(directory, upload, job) as outcomes, suppress(JobFailedError):
        for rows in upload.batches(BATCH_ROWS):
            outcomes.add_unprocessed(rows)


def process_ingest(
    organisation: Organisation, store: JobStore, job: Job
) -> Generator[dict[str, int], None, None]:
    """Write the job's rows; yields the counts after each batch.

    When the worker stops it between two batches, or the file turns out to be broken, the rows that
    are left become the unprocessed ones.
    """
    directory = store.directory(job.id)
    upload = Upload(directory / UPLOAD, job)
    batches = enumerate(upload.batches(BATCH_ROWS))
    with Outcomes(directory, upload, job) as outcomes:
        try:
            user = organisation.acting_as(job.created_by_id)
            upload.check(organisation.describe(job.sobject_type, user, job.api_version))
            yield from _write(organisation, job, upload, outcomes, batches)
        finally:
            for _, rows in batches:
                outcomes.add_unprocessed(rows)


def _write(
    organisation: Organisation,
    job: Job,
    upload: Upload,
    outcomes: Outcomes,
    batches: Iterator[tuple[int, list[list[str]]]],
) -> Generator[dict[str, int], None, None]:
    session = organisation.acting_as(job.created_by_id)
    processed = failed = 0
    for number, rows in batches:
        if not upload.fits(rows):
            outcomes.add_unprocessed(rows)
            raise JobFailedError("InvalidBatch : A row has other columns than the header")
        results = _write_batch(organisation, session, job, upload, rows, number)
        for row, outcome in zip(rows, results, strict=True):
            outcomes.add(row, outcome)
            failed += outcome.error is not None
        processed += len(rows)
        yield {"records_processed": processed, "records_failed": failed}


def _write_batch(
    organisation: Organisation,
    session: Session,
    job: Job,
    upload: Upload,
    rows: list[list[str]],
    number: int,
) -> Iterator[WriteOutcome]:
    return organisation.write_many(
        [
            WriteRow(job.operation, job.sobject_type, job.external_id_field, upload.values(row))
            for row in rows
        ],
        session,
        all_or_none=False,
        options=WriteOptions(from_csv=True),
        batch_key=batch_key(job, number),
    )


def batch_key(job: Job, number: int) -> str:
    """Return the key under which the organisation remembers a batch that it has written."""
    return f"{job.id}:{number}"


def _error_cell(error: SalesforceError) -> str:
    return f"{error.code}:{error.message}:{','.join(error.fields) or '--'}"
