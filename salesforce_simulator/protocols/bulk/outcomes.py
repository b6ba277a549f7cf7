"""The three result files of an ingest job of Bulk API 2.0."""

import csv
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Protocol

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import WriteOutcome
from salesforce_simulator.protocols.bulk.errors import JobFailedError
from salesforce_simulator.protocols.bulk.ingest_csv import CsvSource
from salesforce_simulator.protocols.bulk.job import Job
from salesforce_simulator.protocols.bulk.sources import upload_path

BATCH_ROWS = 10_000
_FAILED_ROWS_NAME_THEIR_RECORD_SINCE = 53.0


class Outcomes(Protocol):
    """Where the fate of each row goes."""

    def __enter__(self) -> "Outcomes":
        """Open the files anew."""

    def __exit__(self, *_: object) -> None:
        """Finish the files."""

    def add(self, row: Any, outcome: WriteOutcome) -> None:
        """Keep the fate of a row that was processed."""

    def add_unprocessed(self, rows: list[Any]) -> None:
        """Keep rows that the job never came to."""


class OutcomeFiles:
    """Successful, failed and unprocessed rows, each in a file; made anew when the job runs again.

    Each row is written as it was submitted, behind its id and its error.
    """

    def __init__(self, directory: Path, source: CsvSource, job: Job) -> None:
        self._files = ExitStack()
        self._source = source
        self._names_failed = float(job.api_version) >= _FAILED_ROWS_NAME_THEIR_RECORD_SINCE
        header = source.header_line.rstrip("\r\n") + job.newline
        prefix = '"sf__Id"{0}"sf__{1}"{0}'
        self._successful = self._open(
            directory, "successfulResults", prefix.format(job.delimiter, "Created") + header, job
        )
        self._failed = self._open(
            directory, "failedResults", prefix.format(job.delimiter, "Error") + header, job
        )
        self._unprocessed = self._open(directory, "unprocessedrecords", header, job)

    def __enter__(self) -> "OutcomeFiles":
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def add(self, row: list[str], outcome: WriteOutcome) -> None:
        """Put a row that was processed into the file of its fate."""
        if outcome.error is None:
            self._successful.writerow([outcome.id, "true" if outcome.created else "false", *row])
        else:
            named = self._source.id_of(row) if self._names_failed else ""
            self._failed.writerow([named, error_cell(outcome.error), *row])

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
    source = CsvSource(upload_path(directory), job)
    with OutcomeFiles(directory, source, job) as outcomes, suppress(JobFailedError):
        for rows in source.batches(BATCH_ROWS):
            outcomes.add_unprocessed(rows)


def error_cell(error: SalesforceError) -> str:
    """Return an error as a cell: ``CODE:message:Field --``, or ``CODE:message:--``."""
    fields = f"{','.join(error.fields)} " if error.fields else ""
    return f"{error.code}:{error.message}:{fields}--"
