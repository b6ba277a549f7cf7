"""What left Salesforce since the last pull: merged records before it, and gone ones after it."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import structlog
from django.db import transaction
from django.db.models import QuerySet

from connectors.salesforce import normalise_id
from lists.models import ListKind, ListRecord
from sync.engine.brake import Removal
from sync.engine.changes_queries import build_gone_query, build_merged_query
from sync.engine.context import RunContext
from sync.engine.conversions import CODE, carry_before_removal, remove_lost
from sync.engine.cursor import KINDS_WITH_CHANGES
from sync.engine.fates import resolve_chains
from sync.engine.windows import iterate_in_windows
from sync.models import RecordIssue, RunKind

log = structlog.get_logger(__name__)

IDS_AT_ONCE = 2_000
# A file's list holds leads or contacts too, those that a push has linked.
KINDS_THAT_FOLLOW = (*KINDS_WITH_CHANGES, ListKind.FILE)


def follow_merges(context: RunContext) -> None:
    """Let the list's records follow those that they were merged into, before they are read.

    A whole read looks at everything that the recycle bin holds, 15 days. A list that is being
    imported has nothing to follow.
    """
    run = context.run
    if run.kind == RunKind.IMPORT or run.job.list.kind not in KINDS_THAT_FOLLOW:
        return
    masters: dict[str, str] = {}
    query = partial(build_merged_query, context.options)
    for page in iterate_in_windows(context, query, run.read_since):
        context.check()
        masters |= {
            normalise_id(row["Id"]): normalise_id(row["MasterRecordId"]) for row in page.records
        }
    last = resolve_chains(masters)
    plan = context.options.pull_plan(run)
    for ids in _in_pieces(list(last)):
        with transaction.atomic():
            followed = context.store.follow_merges(plan, {lost: last[lost] for lost in ids})
            context.count(records_followed=followed)
            context.advance(context.checkpoint)
        if followed:
            log.info("pull.merges_followed", run_id=run.pk, records=followed)


def remove_gone(context: RunContext, since: datetime) -> bool:
    """Remove what was deleted or converted since a time; False where a person must look.

    Salesforce names each of these records, so there is nothing to count; only their number can
    speak against it.
    """
    gone = _find_gone(context, since)
    doubt = _find_doubt(context, len(gone)) if gone else ""
    if doubt:
        context.note(removals_held=len(gone), message=doubt)
        log.warning("removal.held", run_id=context.run.pk, missing=len(gone))
        return False
    while gone:  # an edit that is made while others are carried over is carried over next
        edited = carry_before_removal(context, gone)
        gone = [each for each in gone if each not in edited.stuck]
        with transaction.atomic():
            removed = remove_lost(context, edited)
            for ids in _in_pieces(gone):
                unedited = _records(context).filter(salesforce_id__in=ids, dirty__isnull=True)
                removed += unedited.delete()[0]
            context.advance(context.checkpoint, is_progress=True, records_removed=removed)
        gone = [each for ids in _in_pieces(gone) for each in _list_held(context, ids)]
    context.note(removals_held=0)
    return True


def _find_gone(context: RunContext, since: datetime) -> list[str]:
    found: set[str] = set()
    query = partial(build_gone_query, context.options)
    for page in iterate_in_windows(context, query, since):
        context.check()
        for ids in _in_pieces([normalise_id(row["Id"]) for row in page.records]):
            found |= _list_held(context, ids)
    return list(found | _find_kept(context))


def _list_held(context: RunContext, salesforce_ids: list[str]) -> set[str]:
    held = _records(context).filter(salesforce_id__in=salesforce_ids)
    return {known or "" for known in held.values_list("salesforce_id", flat=True)}


def _find_kept(context: RunContext) -> set[str]:
    """Return the converted leads that an earlier run left in the list with their edits.

    Salesforce tells of a conversion once; whether the edits have a place now is asked each time.
    """
    told = RecordIssue.objects.filter(run__job=context.run.job, code=CODE).exclude(salesforce_id="")
    kept = _records(context).filter(salesforce_id__in=told.values("salesforce_id"))
    return {known or "" for known in kept.values_list("salesforce_id", flat=True)}


def _find_doubt(context: RunContext, gone: int) -> str:
    released = context.options.removals_released
    if released is not None:
        if gone == released:
            return ""
        return f"{released:,} removals were released, and now there are {gone:,}. Look again."
    known = _records(context).filter(salesforce_id__isnull=False).count()
    removal = Removal(known=known, read=known, missing=gone)
    if removal.is_within(context.run.account.removal_limit_percent):
        return ""
    return (
        f"{gone:,} of {known:,} records were deleted or converted in Salesforce. "
        "That is more than this account removes without a person looking at it."
    )


def _records(context: RunContext) -> QuerySet[ListRecord]:
    return ListRecord.objects.filter(list_id=context.run.job.list_id)


def _in_pieces(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]
