"""The cursor of a job: read when a pull begins, moved when it ended whole."""

from datetime import datetime

from django.db import transaction

from connectors.selectors import list_fields
from lists.models import ListKind, ListRecord
from sync.engine.context import RunContext
from sync.engine.reach import (
    CHANGES_ONLY,
    MOST_LINKED,
    OVERLAP,
    UNMARKED_FIELDS,
    Past,
    describe_coverage,
    find_need_of_all,
)
from sync.engine.rest_rows import can_go_by_rest
from sync.models import PullCursor

KINDS_WITH_CHANGES = (ListKind.LEADS, ListKind.CONTACTS)


def choose_reach(context: RunContext) -> None:
    """Decide once per run whether the pull reads everything, and write down why."""
    run = context.run
    if run.read_reason:  # a resumed run goes on as it began
        return
    cursor = PullCursor.objects.filter(job=run.job).first()
    need = _find_need_of_all(context, cursor)
    if cursor is None or need:
        run.read_reason = f"Everything. {need}"
    else:
        run.read_since, run.read_reason = cursor.reached_at - OVERLAP, CHANGES_ONLY
    context.note(read_since=run.read_since, read_reason=run.read_reason)


def _find_need_of_all(context: RunContext, cursor: PullCursor | None) -> str:
    run, options = context.run, context.options
    if run.job.list.kind not in KINDS_WITH_CHANGES:
        return "Lists of this kind always are."
    return find_need_of_all(
        _describe_past(cursor) if cursor else None,
        describe_coverage(options, context.connection.sf_user_id),
        now=run.started_at or run.queued_at,
        unmarked=_find_unmarked(context),
        linked=_count_linked(context) if cursor else 0,
    )


def _describe_past(cursor: PullCursor) -> Past:
    return Past(read_at=cursor.read_at, whole_read_at=cursor.whole_read_at, covers=cursor.covers)


def _find_unmarked(context: RunContext) -> list[str]:
    options = context.options
    taken = {
        column.field: column.name for column in options.columns if column.key in options.pull_keys
    }
    calculated = list_fields(options.sobject_type).filter(name__in=taken, is_calculated=True)
    unmarked = {*calculated.values_list("name", flat=True), *(UNMARKED_FIELDS & taken.keys())}
    return [taken[field] for field in unmarked]


def _count_linked(context: RunContext) -> int:
    """Count the linked records that a pull of changes cannot read one by one."""
    linked = len(list_linked_ids(context))
    return linked if linked > MOST_LINKED or not can_go_by_rest(context.options) else 0


def list_linked_ids(context: RunContext) -> list[str]:
    """Return the Salesforce ids of records that were tied to an existing one and never compared.

    Such a record must meet Salesforce's values before it overwrites any, also where those have
    not changed for years. It always has open edits, which an index finds.
    """
    linked = ListRecord.objects.filter(
        list_id=context.run.job.list_id,
        dirty__isnull=False,
        salesforce_id__isnull=False,
        content_hash__isnull=True,
    ).order_by("record_id")  # the order of the index: without, SQLite goes through the whole list
    return [salesforce_id or "" for salesforce_id in linked.values_list("salesforce_id", flat=True)]


@transaction.atomic
def advance_cursor(context: RunContext) -> None:
    """Let the next pull begin where this one ended, under the fence of the lease.

    Removals that are released after a push no longer know where that was; the next pull then
    begins where this one did.
    """
    run = context.run
    reached_at = context.checkpoint.get("reached_at")
    if reached_at is None:
        return
    values = {
        "reached_at": datetime.fromisoformat(reached_at),
        "read_at": run.started_at,
        "covers": describe_coverage(context.options, context.connection.sf_user_id),
    }
    if run.read_since is None:
        whole = {**values, "whole_read_at": run.started_at, "account_id": run.account_id}
        PullCursor.objects.update_or_create(job=run.job, defaults=whole)
    else:
        PullCursor.objects.filter(job=run.job).update(**values)
    context.advance(context.checkpoint)
