"""How the parts of a campaign's push are sent: batch by batch, each row's outcome read back.

Few records go in collections of 200, more in Bulk jobs of 10,000. Salesforce works the chunks of
a larger job side by side, and every member of a campaign locks its campaign; for the same reason
rows go in the order of the people that they are about. What meets a lock all the same is sent
again (F24).

Checkpoint: `{"part": name, "after": last record done, "taken": rows that no counter of the run
shows, "upto": last record of the batch on its way, "bulk_job": its Bulk API job, "closed": whether
its upload was closed}`.
"""

import random
import tempfile
from collections.abc import Mapping
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from connectors.salesforce import (
    BulkJob,
    BulkJobFailedError,
    IncompleteBodyError,
    TransientError,
    iterate_cells,
    iterate_failed,
    iterate_unprocessed,
    parse_row_error,
    successful_chunks,
)
from lists.models import ListRecord
from sync.engine import send_bulk
from sync.engine.members_part import MemberBatch, MemberPart
from sync.engine.outcomes import Outcomes, note_refusals, refuse
from sync.engine.push import BULK_FROM
from sync.engine.push_notes import stop_when_most_are_refused
from sync.engine.push_rows import NO_RECORD, PushRow, StoredRecord, read_records
from sync.engine.send_collections import ROWS_PER_CALL
from sync.engine.storage import StorageFullError, take_out_unstored

ROWS_PER_JOB = 10_000
# The JSON of a record is no shorter than its row, and a job takes 100 MB.
CHARACTERS_PER_JOB = 20_000_000
ATTEMPTS = 5
SETTLED_AT_ONCE = 2_000
LOCKED = "UNABLE_TO_LOCK_ROW"
FIRST_PAUSE_SECONDS = 1.0


def push_part(part: MemberPart) -> None:
    """Send all records of a part, from the checkpoint on."""
    context = part.context
    if context.checkpoint.get("part") != part.name:
        context.advance({"part": part.name, "after": str(NO_RECORD), "taken": 0})
    if context.checkpoint.get("bulk_job"):
        _finish_started_job(part)
    in_bulk = part.may_go_in_bulk and _remaining(part)[:BULK_FROM].count() >= BULK_FROM
    while records := _take(part, ROWS_PER_JOB if in_bulk else ROWS_PER_CALL):
        context.check()
        _push_batch(part, records, in_bulk=in_bulk)
        stop_when_most_are_refused(context, also_taken=context.checkpoint["taken"])
        context.meter.flush()


def _remaining(part: MemberPart) -> QuerySet[ListRecord]:
    return part.records().filter(record_id__gt=UUID(part.context.checkpoint["after"]))


def _take(part: MemberPart, size: int) -> list[StoredRecord]:
    after = UUID(part.context.checkpoint["after"])
    taken, characters = [], 0
    for record in islice(read_records(part.records(), after, at_once=min(size, 1_000)), size):
        taken.append(record)
        characters += len(record.data)
        if characters >= CHARACTERS_PER_JOB:
            break
    return taken


def _push_batch(part: MemberPart, records: list[StoredRecord], *, in_bulk: bool) -> None:
    batch = MemberBatch(upto=records[-1].record_id)
    rows = part.prepare(records, batch)
    if in_bulk and rows:
        _send_in_bulk(part, batch, rows)
        return
    outcomes = Outcomes()
    for start in range(0, len(rows), ROWS_PER_CALL):
        outcomes.add(_send_patiently(part, rows[start : start + ROWS_PER_CALL]))
    is_full = take_out_unstored(outcomes)
    with transaction.atomic():
        part.note(batch)
        _end_batch(part, outcomes, str(batch.upto), len(outcomes.settled))
    if is_full:
        raise StorageFullError


def _send_patiently(part: MemberPart, rows: list[PushRow]) -> Outcomes:
    """Send up to 200 rows, and those that met a lock again."""
    outcomes = part.reconsider(part.send(rows))
    for attempt in range(1, ATTEMPTS):
        locked = [refusal.row for refusal in outcomes.refusals if refusal.code == LOCKED]
        if not locked:
            break
        pause = FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)
        part.context.client.network.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        part.context.check()
        outcomes.refusals = [each for each in outcomes.refusals if each.code != LOCKED]
        outcomes.add(part.reconsider(part.send(locked)))
    return outcomes


def _send_in_bulk(part: MemberPart, batch: MemberBatch, rows: list[PushRow]) -> None:
    context = part.context
    with tempfile.SpooledTemporaryFile(max_size=send_bulk.IN_MEMORY_BYTES) as file:
        part.write(file, rows)
        job = part.start_job()
        # The job is known before its rows are on their way: whoever resumes here looks at it
        # first.
        with transaction.atomic():
            part.note(batch)
            context.advance({**context.checkpoint, "upto": str(batch.upto), "bulk_job": job.id})
        job = send_bulk.upload(context, job, file)
    with transaction.atomic():
        context.advance({**context.checkpoint, "closed": True})
    _settle_job(part, job, batch.upto)


def _finish_started_job(part: MemberPart) -> None:
    """Take up the job of an earlier attempt, or forget it when its rows never arrived."""
    context = part.context
    noted = context.checkpoint
    job = send_bulk.find_started(context, noted["bulk_job"], was_closed=bool(noted.get("closed")))
    if job is None:
        context.advance({name: noted[name] for name in ("part", "after", "taken")})
        return
    _settle_job(part, job, UUID(noted["upto"]))


def _settle_job(part: MemberPart, job: BulkJob, upto: UUID) -> None:
    """Store what became of a job's rows and move the checkpoint behind them.

    Storing an outcome again changes nothing, so a crash between two parts of the result does no
    harm; the counter moves once, with the checkpoint. Where the job came to no good end, the
    checkpoint stays before its rows and the error is raised.
    """
    context = part.context
    job, problem = send_bulk.wait(context, job)
    sent = part.find_sent(_read_unsettled(part, upto))
    settled = _settle_successful(part, job, sent)
    if isinstance(problem, BulkJobFailedError) and settled:
        _end_batch(part, Outcomes(), context.checkpoint["after"], settled)
        raise TransientError(
            problem.code,
            f"{problem.message} {settled:,} records were written before that; a new bulk job "
            "takes the others.",
        )
    outcomes = part.reconsider(_read_refused(part, job, sent))
    locked = [refusal.row for refusal in outcomes.refusals if refusal.code == LOCKED]
    outcomes.refusals = [each for each in outcomes.refusals if each.code != LOCKED]
    for start in range(0, len(locked), ROWS_PER_CALL):
        outcomes.add(_send_patiently(part, locked[start : start + ROWS_PER_CALL]))
    is_full = take_out_unstored(outcomes)
    behind = context.checkpoint["after"] if problem else str(upto)
    _end_batch(part, outcomes, behind, settled + len(outcomes.settled))
    if problem:
        raise problem
    if is_full:
        raise StorageFullError


def _settle_successful(part: MemberPart, job: BulkJob, sent: Mapping[str, StoredRecord]) -> int:
    """Store the rows that Salesforce took; return how many they were.

    Raises IncompleteBodyError when rows of a complete job are missing; a broken one sends them
    again.
    """
    rows = iterate_cells(successful_chunks(part.context.client, job))
    header = next(rows, [])
    read = 0
    while some := [dict(zip(header, row, strict=True)) for row in islice(rows, SETTLED_AT_ONCE)]:
        # One that was settled before, or removed from the list meanwhile, is left out.
        taken = [part.to_outcome(cells, sent) for cells in some if part.key_in(cells) in sent]
        with transaction.atomic():
            part.settle(taken)
            part.context.lease.hold()
        read += len(some)
    expected = job.records_processed - job.records_failed
    if job.is_complete and read != expected:
        raise IncompleteBodyError(
            "ROWS_MISSING", f"Job {job.id} counts {expected} rows and {read} came."
        )
    return read


def _read_unsettled(part: MemberPart, upto: UUID) -> list[StoredRecord]:
    """Read the records of a batch that are still to be settled.

    Of a resumed job some may be settled: their rows are passed over, and counted all the same.
    """
    records = _remaining(part).filter(record_id__lte=upto)
    return list(read_records(records, UUID(part.context.checkpoint["after"]), at_once=1_000))


def _read_refused(part: MemberPart, job: BulkJob, sent: Mapping[str, StoredRecord]) -> Outcomes:
    client, outcomes = part.context.client, Outcomes()
    for cells in iterate_failed(client, job):
        if part.key_in(cells) in sent:
            error = parse_row_error(cells["sf__Error"])
            outcomes.refusals.append(refuse(part.to_row(cells, sent), error))
    # What a broken job left unprocessed is still to be sent.
    for cells in iterate_unprocessed(client, job) if job.is_complete else ():
        if part.key_in(cells) in sent:
            outcomes.refusals.append(refuse(part.to_row(cells, sent), None))
    return outcomes


@transaction.atomic
def _end_batch(part: MemberPart, outcomes: Outcomes, after: str, taken: int) -> None:
    """Store what became of a batch; the checkpoint moves behind it, and forgets its job."""
    context = part.context
    part.settle(outcomes.settled)
    note_refusals(context, outcomes.refusals)
    shown = {part.counter: taken} if part.counter else {}
    hidden = context.checkpoint["taken"] + (0 if part.counter else taken)
    is_progress = bool(taken) or after != context.checkpoint["after"]
    context.advance(
        {"part": part.name, "after": after, "taken": hidden}, is_progress=is_progress, **shown
    )
