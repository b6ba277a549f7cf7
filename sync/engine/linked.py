"""Pull of a list that came from a file: the records that a push has linked, and no others.

They are read by their ids while they are few; else the whole object is read, of which the store
takes over what the list knows (`pull_add` is off).

Checkpoint: `{"after": last Salesforce id that was read, "read": rows so far}`.
"""

from django.db import transaction
from django.db.models import QuerySet

from connectors.salesforce import IncompleteBodyError, RecordPage, iterate_pages
from lists.models import ListRecord
from sync.engine.changes_queries import build_reads_by_id
from sync.engine.context import RunContext
from sync.engine.gone import follow_merges
from sync.engine.pages import judging_pages
from sync.engine.pull import pull
from sync.engine.rest_rows import can_go_by_rest, find_types, to_csv

# Some twenty calls; a Bulk job of the whole object costs four and a page.
MOST_BY_ID = 10_000
IDS_AT_ONCE = 500
LINKED_ONLY = "Only the records of this list that are in Salesforce."


def pull_linked(context: RunContext) -> None:
    """Read the linked records and apply them to the list."""
    is_few = _linked(context).count() <= MOST_BY_ID and can_go_by_rest(context.options)
    if "bulk_job" in context.checkpoint or not is_few:
        pull(context)
        return
    context.note(read_reason=LINKED_ONLY)
    follow_merges(context)
    types = find_types(context.options)
    while ids := _next_ids(context):
        context.check()
        for soql in build_reads_by_id(context.options, ids):
            for page in iterate_pages(context.client, soql):
                _apply(context, types, page)
        context.advance({**context.checkpoint, "after": ids[-1]}, is_progress=True)


def _linked(context: RunContext) -> QuerySet[ListRecord]:
    return ListRecord.objects.filter(
        list_id=context.run.job.list_id, salesforce_id__isnull=False
    ).order_by("salesforce_id")


def _next_ids(context: RunContext) -> list[str]:
    behind = _linked(context).filter(salesforce_id__gt=context.checkpoint.get("after", ""))
    return [found or "" for found in behind.values_list("salesforce_id", flat=True)[:IDS_AT_ONCE]]


@transaction.atomic
def _apply(context: RunContext, types: dict[str, str], page: RecordPage) -> None:
    plan = context.options.pull_plan(context.run)
    with judging_pages():
        counts = context.store.apply_page(plan, iter([to_csv(plan, types, page.records)]))
    if counts.read != len(page.records):
        raise IncompleteBodyError(
            "INCOMPLETE_BODY",
            f"A page held {len(page.records):,} records and {counts.read:,} were taken over.",
        )
    read = context.checkpoint.get("read", 0) + counts.read
    context.advance_page({**context.checkpoint, "read": read}, counts)
