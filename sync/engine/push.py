"""Push: what is new or changed here goes to Salesforce, and every row's outcome comes back.

Changes go first, then new records. The other way round a record that was just linked to one in
Salesforce would overwrite it before the next pull has compared the two.

Checkpoint: `{"part": "changed" or "new", "after": last record done, "upto": last record of the
batch on its way, "bulk_job": its Bulk API job or null}`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Count, QuerySet

from connectors.services import refresh_fields
from lists.models import ListRecord
from sync.engine import send_bulk, send_collections
from sync.engine.context import RunContext
from sync.engine.errors import RefusedTooOftenError, SetupError
from sync.engine.matching import match_batch
from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import (
    EXTERNAL_ID_FIELD,
    NO_RECORD,
    Batch,
    PushFields,
    PushRow,
    Refusal,
    changed_records,
    new_records,
    prepare_changed,
    prepare_new,
)
from sync.engine.refusals import Refusals
from sync.models import Direction, RecordIssue

log = structlog.get_logger(__name__)

# From this many records on a Bulk API job costs less than collections of 200.
BULK_FROM = 2_000
ROWS_PER_BULK_JOB = 50_000
SENT_COUNTERS = ["records_pushed_new", "records_pushed_changed", "records_linked"]


@dataclass(frozen=True)
class Part:
    """One of the two halves of a push."""

    name: str
    records: QuerySet[ListRecord]
    counter: str
    is_create: bool


def push(context: RunContext) -> None:
    """Send the changes and the new records that the run's options ask for."""
    fields = read_push_fields(context)
    parts = [*_changed_part(context, fields), *_new_part(context)]
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
    if context.options.push_add and EXTERNAL_ID_FIELD not in catalogue:
        raise SetupError(
            f"{context.options.sobject_type} has no field {EXTERNAL_ID_FIELD}, or the connected "
            "user may not see it. Without it a new record could be created twice.",
            "Deploy the folder salesforce_package, as its README says, or create the field as an "
            "external id (text, 36 characters, unique) and let the connected user edit it.",
        )
    return PushFields(columns=context.options.columns, catalogue=catalogue)


def _changed_part(context: RunContext, fields: PushFields) -> list[Part]:
    columns = fields.updatable(context.options.push_keys)
    if not columns:
        return []
    records = changed_records(context.run.job.list_id, columns)
    return [Part("changed", records, "records_pushed_changed", is_create=False)]


def _new_part(context: RunContext) -> list[Part]:
    if not context.options.push_add:
        return []
    return [Part("new", new_records(context.run.job.list_id), "records_pushed_new", is_create=True)]


def _push_part(context: RunContext, part: Part, fields: PushFields) -> None:
    if context.checkpoint.get("bulk_job"):
        _finish_started_job(context, part, fields)
    in_bulk = _remaining(context, part).count() >= BULK_FROM
    send = _send_in_bulk if in_bulk else _send_in_collection
    size = ROWS_PER_BULK_JOB if in_bulk else send_collections.ROWS_PER_CALL
    while records := list(_remaining(context, part)[:size]):
        context.check()
        send(context, part, _prepare(context, part, records, fields), fields)
        _stop_when_most_are_refused(context)
        context.meter.flush()


def _remaining(context: RunContext, part: Part) -> QuerySet[ListRecord]:
    return part.records.filter(record_id__gt=UUID(context.checkpoint["after"]))


def _prepare(
    context: RunContext, part: Part, records: list[ListRecord], fields: PushFields
) -> Batch:
    if part.is_create:
        return match_batch(context, prepare_new(records, fields))
    return prepare_changed(records, fields, fields.updatable(context.options.push_keys))


def _send_in_collection(context: RunContext, part: Part, batch: Batch, fields: PushFields) -> None:
    send = send_collections.send_new if part.is_create else send_collections.send_changed
    outcomes = send(context, batch.rows, fields) if batch.rows else Outcomes()
    with transaction.atomic():
        _note_prepared(context, batch)
        _settle(context, part, [outcomes], batch.upto)


def _send_in_bulk(context: RunContext, part: Part, batch: Batch, fields: PushFields) -> None:
    if not batch.rows:
        _send_in_collection(context, part, batch, fields)
        return
    job = send_bulk.start(context, create=part.is_create)
    # The job is known before its rows are on their way: whoever resumes here looks at it first.
    with transaction.atomic():
        _note_prepared(context, batch)
        context.advance({**context.checkpoint, "upto": str(batch.upto), "bulk_job": job.id})
    job = send_bulk.upload(context, job, batch.rows, fields, create=part.is_create)
    outcomes = send_bulk.read_outcomes(context, job, fields, create=part.is_create)
    _settle(context, part, outcomes, batch.upto)


def _finish_started_job(context: RunContext, part: Part, fields: PushFields) -> None:
    """Take up the job of an earlier attempt, or forget it when its rows never arrived."""
    job = send_bulk.find_started(context, context.checkpoint["bulk_job"])
    if job is None:
        context.advance({"part": part.name, "after": context.checkpoint["after"]})
        return
    outcomes = send_bulk.read_outcomes(context, job, fields, create=part.is_create)
    _settle(context, part, outcomes, UUID(context.checkpoint["upto"]))


def _note_prepared(context: RunContext, batch: Batch) -> None:
    for row, salesforce_id in batch.links:
        _link(context, row, salesforce_id)
    plan = context.options.pull_plan(context.run)
    context.store.remember_seen(plan, [salesforce_id for _, salesforce_id in batch.links])
    _note_refusals(context, batch.refusals)
    context.count(records_linked=len(batch.links))


def _link(context: RunContext, row: PushRow, salesforce_id: str) -> None:
    """Tie a record to the one that Salesforce has.

    Its values count as changes of a blank: where Salesforce has a value the next pull takes it,
    where it has none ours stays and is pushed.
    """
    record = (
        ListRecord.objects.select_for_update()
        .filter(list_id=context.run.job.list_id, record_id=row.record_id)
        .first()
    )
    if record is None:  # deleted meanwhile
        return
    record.salesforce_id = salesforce_id
    record.dirty = {key: None for key, value in record.data.items() if value} or None
    record.save(update_fields=["salesforce_id", "dirty"])


def _settle(context: RunContext, part: Part, batches: Iterable[Outcomes], upto: UUID) -> None:
    """Store what became of the rows and move the checkpoint behind them.

    Storing an outcome again changes nothing, so a crash between two parts of a Bulk result does
    no harm; the counters move once, with the checkpoint.
    """
    settled = 0
    for outcomes in batches:
        with transaction.atomic():
            context.lease.hold()
            plan = context.options.pull_plan(context.run)
            settled += context.store.settle_pushed(plan, outcomes.settled)
            # Removals that a person releases later must not take what this run has sent.
            context.store.remember_seen(plan, [each.salesforce_id for each in outcomes.settled])
            _note_refusals(context, outcomes.refusals)
    with transaction.atomic():
        context.advance(
            {"part": part.name, "after": str(upto)}, is_progress=True, **{part.counter: settled}
        )


def _stop_when_most_are_refused(context: RunContext) -> None:
    """Raise RefusedTooOftenError when the records are not to blame, but the set-up."""
    issues = RecordIssue.objects.filter(run=context.run, direction=Direction.PUSH)
    by_code = issues.order_by().values("code").annotate(records=Count("pk")).order_by("-records")
    counts = dict(by_code.values_list("code", "records"))
    if not counts:
        return
    context.run.refresh_from_db(fields=SENT_COUNTERS)
    sent = sum(getattr(context.run, counter) for counter in SENT_COUNTERS)
    code, most = next(iter(counts.items()))
    refusals = Refusals(sum(counts.values()), most, sent)
    if refusals.stop_the_run:
        raise RefusedTooOftenError(
            f"{refusals.set_aside:,} records were set aside and {sent:,} were sent; "
            f"most of them for {code}."
        )


def _note_refusals(context: RunContext, refusals: Iterable[Refusal]) -> None:
    issues = [
        refusal.to_issue(account_id=context.run.account_id, run_id=context.run.pk)
        for refusal in refusals
    ]
    if issues:
        RecordIssue.objects.bulk_create(issues, ignore_conflicts=True, batch_size=1_000)
        failed = RecordIssue.objects.filter(run=context.run).count()
        context.note(records_failed=failed)
