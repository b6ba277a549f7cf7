"""Push: what is new or changed here goes to Salesforce, and every row's outcome comes back.

Changes go first, then new records. The other way round a record that was just linked to one in
Salesforce would overwrite it before the next pull has compared the two.

Checkpoint: `{"part": "changed" or "new", "after": last record done, "upto": last record of the
batch on its way, "bulk_job": its Bulk API job or null}`.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Count, QuerySet

from connectors.models import SalesforceField
from connectors.salesforce import BulkJob, BulkJobFailedError, TransientError
from connectors.services import refresh_fields
from lists.models import ListRecord
from lists.records.index_order import walk_index
from sync.engine import send_bulk, send_collections
from sync.engine.context import RunContext
from sync.engine.errors import RefusedTooOftenError, SetupError
from sync.engine.matching import Matcher
from sync.engine.options import Column
from sync.engine.outcomes import Outcomes, link, note_refusals, store_outcomes
from sync.engine.push_rows import (
    EXTERNAL_ID_FIELD,
    NO_RECORD,
    Batch,
    Prepare,
    PushFields,
    PushRow,
    Refusal,
    changed_records,
    new_records,
    preparing_changed,
    preparing_new,
    read_records,
)
from sync.engine.refusals import Refusals
from sync.engine.second_look import Situation, look_again
from sync.models import Direction, RecordIssue

log = structlog.get_logger(__name__)

# From this many records on a Bulk API job costs less than collections of 200.
BULK_FROM = 2_000
ROWS_PER_BULK_JOB = 50_000
RECORDS_AT_ONCE = 5_000
SENT_COUNTERS = [
    "records_pushed_new",
    "records_pushed_changed",
    "records_linked",
    "records_followed",
]


@dataclass(frozen=True)
class Part:
    """One of the two halves of a push."""

    name: str
    records: QuerySet[ListRecord]
    counter: str
    is_create: bool
    columns: list[Column]
    prepare: Prepare


def push(context: RunContext) -> None:
    """Send the changes and the new records that the run's options ask for."""
    fields = read_push_fields(context)
    parts = [*_changed_part(context, fields), *_new_part(context, fields)]
    started_at = context.checkpoint.get("part")
    names = [part.name for part in parts]
    for part in parts[names.index(started_at) if started_at in names else 0 :]:
        if context.checkpoint.get("part") != part.name:
            context.advance({"part": part.name, "after": str(NO_RECORD)})
        _push_part(context, part, fields)


def read_push_fields(context: RunContext) -> PushFields:
    """Describe the object anew and return which columns may be written.

    Raises SetupError when new records are asked for and the object has no field for our ids.
    """
    described = refresh_fields(client=context.client, sobject_type=context.options.sobject_type)
    catalogue = {field.name: field for field in described}
    if context.options.push_add:
        require_external_id(context.options.sobject_type, catalogue)
    return PushFields(columns=context.options.columns, catalogue=catalogue)


def require_external_id(sobject_type: str, catalogue: Mapping[str, SalesforceField]) -> None:
    """Raise SetupError when the object that records are made of has no field for our ids."""
    if EXTERNAL_ID_FIELD not in catalogue:
        raise SetupError(
            f"{sobject_type} has no field {EXTERNAL_ID_FIELD}, or the connected "
            "user may not see it. Without it a new record could be created twice.",
            "Deploy the folder salesforce_package, as its README says, or create the field as an "
            "external id (text, 36 characters, unique) and let the connected user edit it.",
        )


def _changed_part(context: RunContext, fields: PushFields) -> list[Part]:
    columns = fields.updatable(context.options.push_keys)
    if not columns:
        return []
    records = changed_records(context.run.job.list_id, columns)
    prepare = preparing_changed(fields, columns, context.options.clearing_keys)
    counter = "records_pushed_changed"
    return [Part("changed", records, counter, False, columns, prepare)]


def _new_part(context: RunContext, fields: PushFields) -> list[Part]:
    if not context.options.push_add:
        return []
    records = new_records(context.run.job.list_id)
    columns, prepare = fields.creatable(), preparing_new(fields)
    return [Part("new", records, "records_pushed_new", True, columns, prepare)]


def _push_part(context: RunContext, part: Part, fields: PushFields) -> None:
    if context.checkpoint.get("bulk_job"):
        _finish_started_job(context, part, fields)
    matcher = Matcher(context, part.records) if part.is_create else None
    in_bulk = _may_go_in_bulk(context, part)
    send = _send_in_bulk if in_bulk else _send_in_collection
    size = ROWS_PER_BULK_JOB if in_bulk else send_collections.ROWS_PER_CALL
    while _has_left(context, part, 1):
        context.check()
        batch = Batch(upto=UUID(context.checkpoint["after"]))
        send(context, part, batch, _prepare(context, part, matcher, batch, size), fields)
        stop_when_most_are_refused(context)
        context.meter.flush()


def _may_go_in_bulk(context: RunContext, part: Part) -> bool:
    """Tell whether the records are many, and nothing is asked of them that no Bulk job does.

    A Bulk job does not know which assignment rule is the active one.
    """
    if part.is_create and context.options.use_assignment_rule:
        return False
    return _has_left(context, part, BULK_FROM)


def _has_left(context: RunContext, part: Part, count: int) -> bool:
    """Tell whether at least so many of the part's records are behind the checkpoint."""
    left = part.records.filter(record_id__gt=UUID(context.checkpoint["after"]))
    with walk_index():
        return left.values_list("record_id")[count - 1 : count].first() is not None


def _prepare(
    context: RunContext, part: Part, matcher: Matcher | None, batch: Batch, size: int
) -> Iterator[PushRow]:
    """Yield the rows to send of at most `size` records; the batch tells of all the others."""
    after = UUID(context.checkpoint["after"])
    records = read_records(part.records, after, at_once=min(size, RECORDS_AT_ONCE))
    for record in islice(records, size):
        batch.upto = record.record_id
        draft = part.prepare(record)
        if draft is None:
            continue
        if isinstance(draft, Refusal):
            batch.refusals.append(draft)
        elif matcher is None or matcher.may_be_sent(draft, batch):
            yield draft
        if batch.is_full:
            return


def _send_in_collection(
    context: RunContext, part: Part, batch: Batch, rows: Iterator[PushRow], fields: PushFields
) -> None:
    send = send_collections.send_new if part.is_create else send_collections.send_changed
    to_send = list(rows)
    outcomes = send(context, to_send, fields) if to_send else Outcomes()
    outcomes.add(look_again(_situation(context, part, fields), outcomes))
    with transaction.atomic():
        _note_prepared(context, batch)
        settled = store_outcomes(context, outcomes)
        _move_behind(context, part, batch.upto, settled)


def _send_in_bulk(
    context: RunContext, part: Part, batch: Batch, rows: Iterator[PushRow], fields: PushFields
) -> None:
    names = [column.field for column in part.columns]
    with tempfile.SpooledTemporaryFile(max_size=send_bulk.IN_MEMORY_BYTES) as file:
        if not send_bulk.write_rows(file, rows, fields, names, create=part.is_create):
            _send_in_collection(context, part, batch, iter(()), fields)
            return
        job = send_bulk.start(context, create=part.is_create)
        # The job is known before its rows are on their way: whoever resumes here looks at it
        # first.
        with transaction.atomic():
            _note_prepared(context, batch)
            context.advance({**context.checkpoint, "upto": str(batch.upto), "bulk_job": job.id})
        job = send_bulk.upload(context, job, file)
    _settle(context, part, job, batch.upto, fields)


def _finish_started_job(context: RunContext, part: Part, fields: PushFields) -> None:
    """Take up the job of an earlier attempt, or forget it when its rows never arrived."""
    job = send_bulk.find_started(context, context.checkpoint["bulk_job"])
    if job is None:
        context.advance({"part": part.name, "after": context.checkpoint["after"]})
        return
    _settle(context, part, job, UUID(context.checkpoint["upto"]), fields)


def _situation(context: RunContext, part: Part, fields: PushFields) -> Situation:
    return Situation(context, fields, part.records, part.prepare, is_create=part.is_create)


def _note_prepared(context: RunContext, batch: Batch) -> None:
    link(context, batch.links)
    note_refusals(context, batch.refusals)


def _settle(context: RunContext, part: Part, job: BulkJob, upto: UUID, fields: PushFields) -> None:
    """Store what became of a Bulk job's rows and move the checkpoint behind them.

    Storing an outcome again changes nothing, so a crash between two parts of the result does
    no harm; the counters move once, with the checkpoint. Where the job came to no good end, the
    checkpoint stays before its rows and the error is raised.
    """
    job, problem = send_bulk.wait(context, job)
    settled = send_bulk.settle_successful(context, job, create=part.is_create)
    if isinstance(problem, BulkJobFailedError) and settled:
        _leave_open(context, part, settled)
        raise TransientError(
            problem.code,
            f"{problem.message} {settled:,} records were written before that; a new bulk job "
            "takes the others.",
        )
    for refusals in send_bulk.read_refusals(context, job, create=part.is_create):
        outcomes = Outcomes(refusals=refusals)
        outcomes.add(look_again(_situation(context, part, fields), outcomes))
        with transaction.atomic():
            settled += store_outcomes(context, outcomes)
            context.lease.hold()
    if problem is not None:
        _leave_open(context, part, settled)
        raise problem
    with transaction.atomic():
        _move_behind(context, part, upto, settled)


def _leave_open(context: RunContext, part: Part, settled: int) -> None:
    """Forget a job that came to no good end: what it has not settled is sent by the next one."""
    checkpoint = {"part": part.name, "after": context.checkpoint["after"]}
    context.advance(checkpoint, is_progress=bool(settled), **{part.counter: settled})


def _move_behind(context: RunContext, part: Part, upto: UUID, settled: int) -> None:
    context.advance(
        {"part": part.name, "after": str(upto)}, is_progress=True, **{part.counter: settled}
    )


def stop_when_most_are_refused(context: RunContext, *, also_taken: int = 0) -> None:
    """Raise RefusedTooOftenError when the records are not to blame, but the set-up.

    `also_taken` counts records that Salesforce took and that no counter of the run shows yet.
    """
    issues = RecordIssue.objects.filter(run=context.run, direction=Direction.PUSH)
    by_code = issues.order_by().values("code").annotate(records=Count("pk")).order_by("-records")
    counts = dict(by_code.values_list("code", "records"))
    if not counts:
        return
    context.run.refresh_from_db(fields=SENT_COUNTERS)
    sent = also_taken + sum(getattr(context.run, counter) for counter in SENT_COUNTERS)
    code, most = next(iter(counts.items()))
    refusals = Refusals(sum(counts.values()), most, sent)
    if refusals.stop_the_run:
        raise RefusedTooOftenError(
            f"{refusals.set_aside:,} records were set aside and {sent:,} were sent; "
            f"most of them for {code}."
        )
