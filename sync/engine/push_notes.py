"""What a push writes down of records that it does not send, and when these are too many."""

from django.db.models import Count

from sync.engine.context import RunContext
from sync.engine.errors import RefusedTooOftenError
from sync.engine.outcomes import link, note_refusals
from sync.engine.push_rows import Batch
from sync.engine.refusals import Refusals
from sync.models import Direction, RecordIssue

SENT_COUNTERS = [
    "records_pushed_new",
    "records_pushed_changed",
    "records_linked",
    "records_followed",
]


def note_prepared(context: RunContext, batch: Batch) -> None:
    """Link and set aside what the batch says, inside the transaction of its checkpoint."""
    link(context, batch.links)
    note_refusals(context, batch.refusals)


def stop_when_most_are_refused(context: RunContext, *, also_taken: int = 0) -> None:
    """Raise what `find_reason_to_stop` finds."""
    if reason := find_reason_to_stop(context, also_taken=also_taken):
        raise reason


def find_reason_to_stop(context: RunContext, *, also_taken: int = 0) -> RefusedTooOftenError | None:
    """Return an error when the records are not to blame for what was refused, but the set-up.

    `also_taken` counts records that Salesforce took and that no counter of the run shows yet.
    """
    issues = RecordIssue.objects.filter(run=context.run, direction=Direction.PUSH)
    by_code = issues.order_by().values("code").annotate(records=Count("pk")).order_by("-records")
    counts = dict(by_code.values_list("code", "records"))
    if not counts:
        return None
    context.run.refresh_from_db(fields=SENT_COUNTERS)
    sent = also_taken + sum(getattr(context.run, counter) for counter in SENT_COUNTERS)
    code, most = next(iter(counts.items()))
    refusals = Refusals(sum(counts.values()), most, sent)
    if not refusals.stop_the_run:
        return None
    return RefusedTooOftenError(
        f"{refusals.set_aside:,} records were set aside and {sent:,} were sent; "
        f"most of them for {code}."
    )
