"""Push: what is new or changed here goes to Salesforce, and every row's outcome comes back.

Changes go first, then new records. The other way round a record that was just linked to one in
Salesforce would overwrite it before the next pull has compared the two.

Checkpoint: `{"part": "changed" or "new", "after": last record done}`, and the Bulk jobs that are on
their way (`push_bulk`).
"""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from django.db import transaction

from connectors.models import SalesforceField
from sync.engine import send_collections
from sync.engine.context import RunContext
from sync.engine.conversions import leave_out_stuck
from sync.engine.drift import check_fields, find_refused_fields
from sync.engine.errors import SetupError
from sync.engine.matching import Matcher, other_type
from sync.engine.outcomes import Outcomes, store_outcomes
from sync.engine.push_bulk import BulkSender
from sync.engine.push_notes import note_prepared, stop_when_most_are_refused
from sync.engine.push_parts import Part, find_left, prepare_rows
from sync.engine.push_rows import (
    EXTERNAL_ID_FIELD,
    NO_RECORD,
    Batch,
    Prepare,
    PushFields,
    PushRow,
    Refusal,
    StoredRecord,
    changed_records,
    new_records,
    preparing_changed,
    preparing_new,
)
from sync.engine.recognising import describe_other, may_add_new
from sync.engine.second_look import look_again
from sync.engine.storage import StorageFullError, take_out_unstored

# From this many records on a Bulk API job costs less than collections of 200.
BULK_FROM = 2_000
CHANGED, NEW = "changed", "new"


def push(context: RunContext) -> None:
    """Send the changes and the new records that the run's options ask for."""
    if context.checkpoint.get("jobs"):
        _settle_started(context)
    fields = read_push_fields(context)
    # An attempt that had come to the new records linked some, maybe: no changes after these.
    is_at_new = context.checkpoint.get("part") == NEW
    changed = [] if is_at_new else _changed_part(context, fields)
    for part in [*changed, *_new_part(context, fields)]:
        if context.checkpoint.get("part") != part.name:
            context.advance({"part": part.name, "after": str(NO_RECORD)})
        _push_part(context, part, fields)


def _settle_started(context: RunContext) -> None:
    """Read what became of the Bulk jobs of an earlier attempt, whatever may be sent by now.

    Asked only afterwards: whether new records may be added, and which columns may be written.
    """
    catalogue = {field.name: field for field in check_fields(context)}
    fields = PushFields(columns=context.options.columns, catalogue=catalogue)
    build = _build_new if context.checkpoint["part"] == NEW else _build_changed
    BulkSender(context, build(context, fields), fields, matcher=None).settle_all()


def read_push_fields(context: RunContext) -> PushFields:
    """Describe the object anew, set aside what changed, and return which columns may be written.

    Raises SetupError when new records are asked for and the object has no field for our ids.
    """
    catalogue = {field.name: field for field in check_fields(context)}
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
    part = _build_changed(context, fields)
    records = leave_out_stuck(context, part.records)
    prepare = _leaving_out_merged(context, part.prepare)
    return [replace(part, records=records, prepare=prepare)] if part.columns else []


def _leaving_out_merged(context: RunContext, prepare: Prepare) -> Prepare:
    """Send no edits that a record took over in this run: nobody has compared them yet."""

    def prepare_compared(record: StoredRecord) -> PushRow | Refusal | None:
        return None if record.salesforce_id in context.merged_into else prepare(record)

    return prepare_compared


def _build_changed(context: RunContext, fields: PushFields) -> Part:
    columns = fields.updatable(context.options.push_keys)
    records = changed_records(context.run.job.list_id, columns)
    prepare = preparing_changed(fields, columns, context.options.clearing_keys)
    return Part(CHANGED, records, "records_pushed_changed", False, columns, prepare)


def _new_part(context: RunContext, fields: PushFields) -> list[Part]:
    if not context.options.push_add:
        return []
    part = _build_new(context, fields)
    if part.records.exists() and not _may_add_new(context, fields):
        return []
    return [part]


def _build_new(context: RunContext, fields: PushFields) -> Part:
    records = new_records(context.run.job.list_id)
    columns, prepare = fields.creatable(), preparing_new(fields)
    return Part(NEW, records, "records_pushed_new", True, columns, prepare)


def _may_add_new(context: RunContext, fields: PushFields) -> bool:
    own = context.options.sobject_type
    catalogues = {own: fields.catalogue, other_type(own): describe_other(context, own)}
    return may_add_new(context, own, catalogues)


def _push_part(context: RunContext, part: Part, fields: PushFields) -> None:
    matcher = Matcher(context, part.records) if part.is_create else None
    if _may_go_in_bulk(context, part):
        BulkSender(context, part, fields, matcher).send_all()
    else:
        _send_in_collections(context, part, fields, matcher)


def _may_go_in_bulk(context: RunContext, part: Part) -> bool:
    """Tell whether the records are many, and nothing is asked of them that no Bulk job does.

    A Bulk job does not know which assignment rule is the active one.
    """
    if part.is_create and context.options.use_assignment_rule:
        return False
    return find_left(part, UUID(context.checkpoint["after"]), BULK_FROM) is not None


def _send_in_collections(
    context: RunContext, part: Part, fields: PushFields, matcher: Matcher | None
) -> None:
    after = UUID(context.checkpoint["after"])
    while (first := find_left(part, after)) is not None:
        context.check()
        batch = Batch(upto=after)
        rows = prepare_rows(part, first, matcher, batch, send_collections.ROWS_PER_CALL)
        _send_collection(context, part, batch, list(rows), fields)
        stop_when_most_are_refused(context)
        context.meter.flush()
        after = batch.upto


def _send_collection(
    context: RunContext, part: Part, batch: Batch, rows: list[PushRow], fields: PushFields
) -> None:
    send = send_collections.send_new if part.is_create else send_collections.send_changed
    outcomes = send(context, rows, fields) if rows else Outcomes()
    find_refused_fields(context, {refusal.code for refusal in outcomes.refusals})
    outcomes.add(look_again(part.situate(context, fields), outcomes))
    is_full = part.is_create and take_out_unstored(outcomes)
    with transaction.atomic():
        note_prepared(context, batch)
        settled = store_outcomes(context, outcomes)
        context.advance(
            {"part": part.name, "after": str(batch.upto)},
            is_progress=True,
            **{part.counter: settled},
        )
    if is_full:
        raise StorageFullError
