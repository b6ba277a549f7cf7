"""Send many rows: one Bulk API 2.0 job, whose result files say what became of each.

The outcome is read from the files alone, not from memory: they carry the columns as they were
sent. So a run that died while Salesforce worked finds the job again and reads the same outcome.
"""

import csv
import io
from collections.abc import Callable, Iterator
from itertools import islice
from uuid import UUID

from connectors.salesforce import (
    BulkJob,
    abort_job,
    close_upload,
    iterate_failed,
    iterate_successful,
    iterate_unprocessed,
    parse_row_error,
    read_job,
    start_ingest,
    upload_rows,
    wait_for_job,
)
from lists.models import ListRecord
from lists.records import PushedRecord
from sync.engine.context import RunContext
from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import EXTERNAL_ID_FIELD, PushFields, PushRow
from sync.engine.values import from_csv, to_csv

RESULT_ROWS = 5_000
RESULT_COLUMNS = frozenset({"sf__Id", "sf__Created", "sf__Error", "Id", EXTERNAL_ID_FIELD})


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


def upload(
    context: RunContext, job: BulkJob, rows: list[PushRow], fields: PushFields, *, create: bool
) -> BulkJob:
    """Send the rows and close the job, so that Salesforce begins; return the closed job."""
    upload_rows(context.client, job, _render(rows, fields, create=create))
    return close_upload(context.client, job)


def find_started(context: RunContext, job_id: str) -> BulkJob | None:
    """Return a job that an earlier attempt handed over completely.

    A job that never got that far holds nothing that counts: it is aborted, and None is returned.
    """
    job = read_job(context.client, "ingest", job_id)
    if job.state == "Open":
        abort_job(context.client, job)
    return None if job.state in ("Open", "Aborted") else job


def read_outcomes(
    context: RunContext, job: BulkJob, fields: PushFields, *, create: bool
) -> Iterator[Outcomes]:
    """Wait for the job and read what became of its rows, some thousands at a time."""
    job = wait_for_job(context.client, job, on_poll=lambda _: context.check())
    identify = _identify_new if create else _identify_changed
    for rows in _batched(iterate_successful(context.client, job)):
        outcomes = Outcomes()
        for row, cells in identify(context, rows):
            sent = _sent(cells, fields)
            outcomes.settled.append(PushedRecord(row.record_id, cells["sf__Id"], sent))
        yield outcomes
    for rows in _batched(iterate_failed(context.client, job)):
        outcomes = Outcomes()
        for row, cells in identify(context, rows):
            outcomes.refuse(row, parse_row_error(cells["sf__Error"]))
        yield outcomes
    for rows in _batched(iterate_unprocessed(context.client, job)):
        outcomes = Outcomes()
        for row, _ in identify(context, rows):
            outcomes.refuse(row, None)
        yield outcomes


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


def _sent(cells: Cells, fields: PushFields) -> dict[str, str | None]:
    return {
        fields.key_of(name): from_csv(cell)
        for name, cell in cells.items()
        if name not in RESULT_COLUMNS and cell != ""
    }


def _render(rows: list[PushRow], fields: PushFields, *, create: bool) -> Iterator[bytes]:
    """Write the rows as CSV: an empty cell leaves a field as it is, `#N/A` clears it."""
    names = list(dict.fromkeys(name for row in rows for name in row.values))
    yield _csv_line([EXTERNAL_ID_FIELD if create else "Id", *names])
    for row in rows:
        key = str(row.record_id) if create else str(row.salesforce_id)
        cells = [
            to_csv(row.values[name], fields.type_of(name)) if name in row.values else ""
            for name in names
        ]
        yield _csv_line([key, *cells])


def _csv_line(cells: list[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def _batched(rows: Iterator[Cells]) -> Iterator[list[Cells]]:
    take: Callable[[], list[Cells]] = lambda: list(islice(rows, RESULT_ROWS))  # noqa: E731
    return iter(take, [])
