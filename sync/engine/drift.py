"""Fields that changed in Salesforce since the list was set up: left out of a run, one by one.

A description does not hold what the connected user may not see. So a field that is missing there
is gone or hidden, never empty: its column keeps its values, waits, and the others go on.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import structlog
from django.db import transaction

from connectors.field_types import is_compatible
from connectors.models import SalesforceField
from connectors.salesforce import BulkJobFailedError, NotFoundError, SchemaError
from connectors.services import refresh_fields
from lists.aside import follow_type, set_aside, take_back
from lists.models import AsideReason, ListColumn, ListKind
from lists.records import MergeRule
from sync.engine.context import RunContext
from sync.engine.errors import SetupError
from sync.models import Step
from sync.options import find_pull_keys
from sync.setup.aside import describe_aside, find_proposals

log = structlog.get_logger(__name__)

# Campaigns and reports bring their columns along by themselves (`following`).
KINDS_WITH_CHOSEN_FIELDS = (ListKind.LEADS, ListKind.CONTACTS, ListKind.FILE)
# Salesforce's codes for a row that names a field which is gone, hidden or read-only.
REFUSED_FIELD = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})
# Somebody may take fields away one after the other while a step is at work.
CHANGES_DURING_A_STEP = 3


class Drift(NamedTuple):
    """What became of a column's field; `found_type` is the other type that it has."""

    reason: AsideReason
    found_type: str = ""


def find_drift(data_type: str, field: SalesforceField | None, *, is_pushed: bool) -> Drift | None:
    """Return what keeps a column, made for a type, from its field of now; None where nothing does.

    `is_pushed` says whether the column's changes are sent to existing records.
    """
    if field is None:
        return Drift(AsideReason.GONE)
    if not is_compatible(data_type, field.data_type):
        return Drift(AsideReason.TYPE_CHANGED, field.data_type)
    if is_pushed and not field.is_updateable:
        return Drift(AsideReason.READ_ONLY)
    return None


class FieldsChangedError(Exception):
    """The run now leaves out what Salesforce has just refused: its step goes on without it."""


def find_refused_fields(context: RunContext, codes: Collection[str]) -> None:
    """Look at the object's fields anew where rows were refused for a field, not for themselves.

    Raises FieldsChangedError when that explains it.
    """
    if REFUSED_FIELD.isdisjoint(codes):
        return
    before = context.options
    check_fields(context)
    if context.options != before:
        raise FieldsChangedError


def do_step(context: RunContext, step: Step, do: Callable[[RunContext], None]) -> None:
    """Do a step of a run with the fields that Salesforce has: looked up before, and when it fails.

    Raises SetupError when the object itself can no longer be seen.
    """
    if not context.options.sobject_type:  # a report says itself which columns it has
        return do(context)
    if step == Step.PULL and _chooses_fields(context) and not _has_begun(context):
        check_fields(context)
    for _ in range(CHANGES_DURING_A_STEP):
        try:
            return do(context)
        except FieldsChangedError:
            continue
        except (SchemaError, NotFoundError, BulkJobFailedError) as error:
            before = context.options
            if step == Step.PULL and _chooses_fields(context):
                _begin_again(context)
            check_fields(context)
            if context.options == before:
                raise
            log.info("run.fields_changed", run_id=context.run.pk, step=step, error=str(error))
    return do(context)


def check_fields(context: RunContext) -> list[SalesforceField]:
    """Describe the run's object anew, leave out what is not as the columns expect, and return it.

    The rows of a Bulk job have the columns that it began with: while one is on its way, nothing
    is left out. Raises SetupError when the connected user may not see the object (F36).
    """
    described = describe(context, context.options.sobject_type)
    if _chooses_fields(context) and not _awaits_jobs(context):
        _apply(context, {field.name: field for field in described})
    return described


def _chooses_fields(context: RunContext) -> bool:
    return context.run.job.list.kind in KINDS_WITH_CHOSEN_FIELDS


def _awaits_jobs(context: RunContext) -> bool:
    return any(context.checkpoint.get(name) for name in ("bulk_job", "jobs"))


def _has_begun(context: RunContext) -> bool:
    return any(name in context.checkpoint for name in ("bulk_job", "after"))


def describe(context: RunContext, sobject_type: str) -> list[SalesforceField]:
    """Describe an object anew; raise SetupError when the connected user may not see it (F36)."""
    try:
        return refresh_fields(client=context.client, sobject_type=sobject_type)
    except (NotFoundError, SchemaError) as error:
        raise SetupError(
            f"Salesforce does not show the object {sobject_type} to the connected user any more. "
            "Nobody was removed from the list.",
            f"Give the connected user the permission to read {sobject_type}, and to create and "
            "edit it where the list is pushed. Then save the list's Sync Setup.",
            pauses_job=True,
        ) from error


@transaction.atomic
def _begin_again(context: RunContext) -> None:
    """Forget how far a pull has come.

    A push goes on behind the last batch that was settled, and forgets no job on its way.
    """
    context.store.forget_seen(context.run.pk)
    context.note(records_read=0, records_unchanged=0)
    context.advance({})


@transaction.atomic
def _apply(context: RunContext, fields: Mapping[str, SalesforceField]) -> None:
    context.lease.hold()
    options = context.options
    rows = {row.key: row for row in context.run.job.list.columns.all()}
    drifts: dict[str, Drift] = {}
    back: set[str] = set()
    for column in options.columns:
        row, field = rows.get(column.key), fields.get(column.field)
        drift = find_drift(
            row.data_type if row else "", field, is_pushed=column.key in options.push_keys
        )
        if drift:
            drifts[column.key] = drift
        if row is None or row.salesforce_field != column.field:
            continue  # a person gave it another field after the run was asked for
        if _note(row, drift, field):
            back.add(row.key)
    if drifts or back:
        _leave_out(context, drifts, back)
        _warn(context, [rows[key] for key in drifts if key in rows])


def _note(column: ListColumn, drift: Drift | None, field: SalesforceField | None) -> bool:
    """Write down at the column how its field stands; tell whether its values are read anew."""
    if drift:
        set_aside(column=column, reason=drift.reason, found_type=drift.found_type)
    elif field and column.data_type != field.data_type:
        follow_type(column=column, data_type=field.data_type)
    if drift or not column.aside_reason:
        return False
    is_filled_anew = AsideReason(column.aside_reason).stops_pull
    take_back(column=column)
    return is_filled_anew


def _leave_out(context: RunContext, drifts: Mapping[str, Drift], back: Iterable[str]) -> None:
    """Take columns out of the run's frozen options, in its row too: what resumes does the same."""
    options = context.options
    # Asked of the set-up: a column that left this run before is no longer among its pulled ones.
    unchosen = frozenset(back) - find_pull_keys(context.run.job)
    unread = {key for key, drift in drifts.items() if drift.reason.stops_pull}
    context.options = replace(
        options,
        columns=tuple(column for column in options.columns if column.key not in unread),
        email_key=None if options.email_key in unread else options.email_key,
        pull_keys=(options.pull_keys - unread) | frozenset(back),
        rules={**options.rules, **dict.fromkeys(unchosen, MergeRule.OURS)},
        filling_keys=options.filling_keys | unchosen,
        push_keys=options.push_keys - drifts.keys(),
        aside_keys=(*options.aside_keys, *sorted(unread)),
    )
    context.advance(context.checkpoint)
    context.note(options=context.options.to_json())


def _warn(context: RunContext, columns: Iterable[ListColumn]) -> None:
    listed = [column for column in columns if column.aside_reason]
    proposals = find_proposals(context.run.job.list, listed)
    for column in listed:
        sentence = describe_aside(column)
        proposed = proposals.get(column.pk)
        advice = f"It was probably renamed to {proposed.name}." if proposed else ""
        context.warn(
            sentence,
            f"{advice} Choose under Sync Setup what to do with it.".strip(),
            is_error=not column.aside_is_seen,
        )
