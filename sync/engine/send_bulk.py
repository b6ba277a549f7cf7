"""Send many rows: one Bulk API 2.0 job, whose result files say what became of each.

The outcome is read from the files alone, not from memory: they carry the columns as they were
sent. So a run that died while Salesforce worked finds the job again and reads the same outcome.
"""

import io
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from operator import attrgetter
from typing import IO
from uuid import UUID

from django.db import transaction

from connectors.salesforce import (
    BulkJob,
    BulkJobError,
    IncompleteBodyError,
    ResultsExpiredError,
    abort_job,
    bulk_csv_writer,
    close_upload,
    iterate_failed,
    iterate_unprocessed,
    parse_row_error,
    read_job,
    start_ingest,
    successful_chunks,
    upload_rows,
)
from lists.models import ListRecord
from lists.records import PageError, SentRows
from sync.engine.context import RunContext
from sync.engine.outcomes import refuse
from sync.engine.push_rows import EXTERNAL_ID_FIELD, PushFields, PushRow, Refusal
from sync.engine.values import CSV_NULL, to_csv

RESULT_ROWS = 5_000
# A character is four bytes at most, and a job takes 100 MB.
CHARACTERS_PER_JOB = 24_000_000
LONGEST_KEY = 40
IN_MEMORY_BYTES = 4_000_000
CHUNK_BYTES = 262_144


def start(context: RunContext, *, create: bool) -> BulkJob:
    """Open a job for new records (an upsert on our record id) or for changed ones."""
    if create:
        return start_ingest(
            context.client,
            context.options.sobject_type,
            "upsert",
            external_id_field=EXTERNAL_ID_FIELD,
        )
    return start_ingest(context.client, context.options.sobject_type, "update")


def sort_by_parent(rows: Iterator[PushRow], names: list[str]) -> list[PushRow]:
    """Take as many rows as one job takes, and bring those with the same parent together.

    Salesforce works parts of a job side by side, and a record locks its parent (F24). `write_rows`
    takes all of the rows: none is longer in the file than it is taken for here, where each quote
    is counted as doubled and each cell as quoted.
    """
    taken = []
    room = CHARACTERS_PER_JOB - sum(len(name) + 3 for name in [EXTERNAL_ID_FIELD, *names])
    for row in rows:
        taken.append(row)
        room -= sum(2 * len(value or CSV_NULL) for value in row.values.values())
        room -= 3 * len(names) + LONGEST_KEY
        if room <= 0:
            break
    return sorted(taken, key=attrgetter("parent"))


def write_rows(
    file: IO[bytes], rows: Iterator[PushRow], fields: PushFields, names: list[str], *, create: bool
) -> int:
    """Write the CSV of as many rows as one job takes; return their number.

    An empty cell leaves a field as it is, `#N/A` clears it.
    """
    blanks = {name: to_csv(None, fields.type_of(name)) for name in names}
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = bulk_csv_writer(text)
    characters = writer.writerow([EXTERNAL_ID_FIELD if create else "Id", *names])
    count = 0
    for row in rows:
        values = row.values
        cells = [(values[name] or blanks[name]) if name in values else "" for name in names]
        characters += writer.writerow([row.record_id if create else row.salesforce_id, *cells])
        count += 1
        if characters >= CHARACTERS_PER_JOB:
            break
    text.detach()
    return count


def upload(context: RunContext, job: BulkJob, file: IO[bytes]) -> BulkJob:
    """Send the rows and close the job, so that Salesforce begins; return the closed job."""
    upload_rows(context.client, job, file)
    return close_upload(context.client, job)


def find_started(context: RunContext, job_id: str, *, was_closed: bool = False) -> BulkJob | None:
    """Return a job that an earlier attempt handed over completely.

    A job that never got that far holds nothing that counts: it is aborted, and None is returned.
    One whose upload `was_closed` and that is aborted was stopped by somebody else, and may have
    written a part of its rows: it is returned, and `wait` says so.
    """
    try:
        job = read_job(context.client, "ingest", job_id)
    except ResultsExpiredError:
        return None  # its outcome is gone; sent once more, the rows do no harm
    if job.state == "Open":
        abort_job(context.client, job)
    if job.state == "Open" or (job.state == "Aborted" and not was_closed):
        return None
    return job


def wait(context: RunContext, job: BulkJob) -> tuple[BulkJob, BulkJobError | None]:
    """Wait until the job has ended; return it as it is then, and why where that is no good end.

    Of a job that failed or was stopped Salesforce may have written a part of the rows.
    """
    try:
        return context.wait_for(job), None
    except BulkJobError as error:
        return read_job(context.client, "ingest", job.id), error


def settle_successful(context: RunContext, job: BulkJob, *, create: bool) -> int:
    """Settle the rows that Salesforce took; return how many records of the list they were.

    The file is received before the transaction begins, so that a slow line keeps nobody waiting.
    Raises IncompleteBodyError when it is not whole.
    """
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        for chunk in successful_chunks(context.client, job):
            file.write(chunk)
        file.seek(0)
        chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
        sent = SentRows(chunks, EXTERNAL_ID_FIELD if create else "Id", are_new=create)
        with transaction.atomic():
            settled = _settle(context, job, sent)
            # Last, because until the commit it keeps everyone else from prolonging the lease.
            context.lease.hold()
            return settled


def _settle(context: RunContext, job: BulkJob, sent: SentRows) -> int:
    try:
        counts = context.store.settle_file(context.options.pull_plan(context.run), sent)
    except PageError as error:
        raise IncompleteBodyError("CSV_UNREADABLE", str(error)) from error
    expected = job.records_processed - job.records_failed
    # A row that is missing from what a broken job wrote stays open here, and is sent again.
    if job.is_complete and counts.read != expected:
        raise IncompleteBodyError(
            "ROWS_MISSING", f"Job {job.id} counts {expected} rows and {counts.read} came."
        )
    return counts.settled


def read_refusals(context: RunContext, job: BulkJob, *, create: bool) -> Iterator[list[Refusal]]:
    """Read the rows that Salesforce refused, some thousands at a time.

    A complete job has no rows that it never looked at; should one have, they are set aside. What
    a broken job left unprocessed is still to be sent.
    """
    identify = _identify_new if create else _identify_changed
    for rows in _batched(iterate_failed(context.client, job)):
        yield [
            refuse(row, parse_row_error(cells["sf__Error"]))
            for row, cells in identify(context, rows)
        ]
    unprocessed = iterate_unprocessed(context.client, job) if job.is_complete else iter(())
    for rows in _batched(unprocessed):
        yield [refuse(row, None) for row, _ in identify(context, rows)]


Cells = dict[str, str]


def _identify_new(context: RunContext, rows: list[Cells]) -> Iterator[tuple[PushRow, Cells]]:
    ids = [UUID(cells[EXTERNAL_ID_FIELD]) for cells in rows]
    emails = _emails(context, record_id__in=ids)
    for record_id, cells in zip(ids, rows, strict=True):
        yield PushRow(record_id, None, emails.get(record_id, ""), {}), cells


def _identify_changed(context: RunContext, rows: list[Cells]) -> Iterator[tuple[PushRow, Cells]]:
    listed = {
        salesforce_id: (record_id, email)
        for salesforce_id, record_id, email in ListRecord.objects.filter(
            list_id=context.run.job.list_id, salesforce_id__in=[cells["Id"] for cells in rows]
        ).values_list("salesforce_id", "record_id", "email")
    }
    for cells in rows:
        if cells["Id"] in listed:  # else it was removed from the list meanwhile
            record_id, email = listed[cells["Id"]]
            yield PushRow(record_id, cells["Id"], email, {}), cells


def _emails(context: RunContext, **which: object) -> dict[UUID, str]:
    records = ListRecord.objects.filter(list_id=context.run.job.list_id, **which)
    return dict(records.values_list("record_id", "email"))


def _batched(rows: Iterator[Cells]) -> Iterator[list[Cells]]:
    take: Callable[[], list[Cells]] = lambda: list(islice(rows, RESULT_ROWS))  # noqa: E731
    return iter(take, [])
