"""Writing many records by the Bulk API 2.0: create, upload, close, wait, read every outcome.

``JobComplete`` says that Salesforce has looked at all rows, not that it took them:
successful, failed and, after a failed job, unprocessed rows are always read. Rows
come back in any order, so the caller sends a key column of its own.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Literal, TypeAlias, cast

import requests

from connectors.salesforce.bulk_jobs import (
    BulkJob,
    abort_job,
    create_job,
    gone_when_not_found,
    read_job,
)
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.csv_rows import iterate_rows
from connectors.salesforce.error_rules import row_error
from connectors.salesforce.errors import (
    IncompleteBodyError,
    SalesforceError,
    TooLargeError,
    TransientError,
    UnknownOutcomeError,
)

Operation: TypeAlias = Literal["insert", "update", "upsert", "delete"]

# 150 MB after Salesforce has encoded it as base64.
LARGEST_UPLOAD_BYTES = 100_000_000
_IN_MEMORY_BYTES = 8_000_000
_CHUNK_BYTES = 262_144


def start_ingest(
    client: SalesforceClient,
    sobject_type: str,
    operation: Operation,
    *,
    external_id_field: str | None = None,
) -> BulkJob:
    """Create an ingest job; ``external_id_field`` is the key of an upsert."""
    body: dict[str, str] = {
        "object": sobject_type,
        "operation": operation,
        "contentType": "CSV",
        "lineEnding": "LF",
    }
    if external_id_field is not None:
        body["externalIdFieldName"] = external_id_field
    return create_job(client, "ingest", body)


def upload_rows(
    client: SalesforceClient, job: BulkJob, content: bytes | Iterable[bytes] | IO[bytes]
) -> int:
    """Send the job's CSV (UTF-8, LF, header line) and return its size in bytes.

    Once per job. Raises TooLargeError beyond 100 MB, before sending. When the
    answer is lost the job is aborted, with nothing written, and TransientError
    raised: begin again with a new job.
    """
    with _as_file(content) as file:
        size = file.seek(0, 2)
        file.seek(0)
        if not 0 < size <= LARGEST_UPLOAD_BYTES:
            raise TooLargeError("UPLOAD_SIZE", f"{size} bytes; one job takes 1 to 100,000,000.")
        try:
            client.call(
                "PUT", f"{job.path}/batches", data=file, headers={"Content-Type": "text/csv"}
            )
        except UnknownOutcomeError as error:
            abort_job(client, job)
            raise TransientError("UPLOAD_BROKEN", f"The upload broke off: {error}") from error
    return size


def close_upload(client: SalesforceClient, job: BulkJob) -> BulkJob:
    """Say that the upload is complete, so that Salesforce begins.

    When the answer is lost, the job's state tells whether the word arrived.
    """
    try:
        client.send("PATCH", job.path, {"state": "UploadComplete"}, idempotent=False)
    except UnknownOutcomeError:
        known = read_job(client, "ingest", job.id)
        if known.state != "Open":
            return known
        client.send("PATCH", job.path, {"state": "UploadComplete"}, idempotent=False)
    return read_job(client, "ingest", job.id)


def successful_chunks(client: SalesforceClient, job: BulkJob) -> Iterator[bytes]:
    """Yield the file of the rows that were written, as received, in pieces that end anywhere.

    Its columns are sf__Id, sf__Created, then those that were sent; it has
    ``job.records_processed - job.records_failed`` rows, which the reader counts. ``job`` is
    what ``wait_for_job`` returned. Raises IncompleteBodyError, DeadlineError or NetworkError
    when the file does not arrive to its end.
    """
    with _open_results(client, job, "successfulResults") as response:
        yield from response.iter_content(_CHUNK_BYTES)


def iterate_successful(client: SalesforceClient, job: BulkJob) -> Iterator[dict[str, str]]:
    """Yield the rows that were written: sf__Id, sf__Created, then the columns as sent.

    ``job`` is what ``wait_for_job`` returned. Raises IncompleteBodyError at the end
    when there were fewer rows than the job counts, if it is complete.
    """
    expected = job.records_processed - job.records_failed if job.is_complete else None
    return _result_rows(client, job, "successfulResults", expected, ("sf__Id", "sf__Created"))


def iterate_failed(client: SalesforceClient, job: BulkJob) -> Iterator[dict[str, str]]:
    """Yield the rows that were refused: sf__Id, sf__Error, then the columns as sent.

    ``parse_row_error`` reads sf__Error. Raises like ``iterate_successful``.
    """
    expected = job.records_failed if job.is_complete else None
    return _result_rows(client, job, "failedResults", expected, ("sf__Id", "sf__Error"))


def iterate_unprocessed(client: SalesforceClient, job: BulkJob) -> Iterator[dict[str, str]]:
    """Yield the rows that a failed or aborted job never looked at, as sent."""
    return _result_rows(client, job, "unprocessedrecords", None)


def parse_row_error(cell: str) -> SalesforceError:
    """Build the error of a row from its sf__Error cell, ``CODE:message:field,field --``."""
    code, _, rest = cell.partition(":")
    message, _, names = rest.rpartition(":")
    fields = filter(None, (name.strip() for name in names.removesuffix("--").split(",")))
    return row_error(code.strip(), message or rest, fields)


def _result_rows(
    client: SalesforceClient,
    job: BulkJob,
    kind: str,
    expected: int | None,
    known: Iterable[str] = (),
) -> Iterator[dict[str, str]]:
    count = 0
    with _open_results(client, job, kind) as response:
        for row in iterate_rows(response.iter_content(65_536), known):
            count += 1
            yield row
    if expected is not None and count != expected:
        raise IncompleteBodyError(
            "ROWS_MISSING", f"Job {job.id} counts {expected} rows and {count} came."
        )


def _open_results(client: SalesforceClient, job: BulkJob, kind: str) -> requests.Response:
    with gone_when_not_found():
        return client.call("GET", f"{job.path}/{kind}", stream=True, headers={"Accept": "text/csv"})


@contextmanager
def _as_file(content: bytes | Iterable[bytes] | IO[bytes]) -> Iterator[IO[bytes]]:
    """Give the content as a file that a repeat can rewind, on disk when it is large."""
    if hasattr(content, "seek"):
        yield cast("IO[bytes]", content)
        return
    pieces = [content] if isinstance(content, bytes) else content
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        for piece in pieces:
            file.write(piece)
        yield cast("IO[bytes]", file)
