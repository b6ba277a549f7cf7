"""The first values of a run that both sides had changed, kept for people to look at."""

from lists.records import Conflicts
from sync.models import FieldConflict, SyncRun
from sync.options import RunOptions

MOST_KEPT = 1_000
LONGEST_VALUE = 1_000


def note_conflicts(run: SyncRun, options: RunOptions, found: Conflicts) -> None:
    """Keep what a page met of conflicts, in the page's transaction, until MOST_KEPT are kept."""
    if not found.told:
        return
    names = {column.key: column.name for column in options.columns}
    room = MOST_KEPT - FieldConflict.objects.filter(run=run).count()
    FieldConflict.objects.bulk_create(
        FieldConflict(
            account_id=run.account_id,
            run=run,
            record_id=told.record_id,
            salesforce_id=told.salesforce_id,
            label=told.label,
            column_name=names[told.conflict.key],
            ours=_shorten(told.conflict.ours),
            theirs=_shorten(told.conflict.theirs),
            rule=told.conflict.rule,
            ours_won=told.conflict.ours_won,
        )
        for told in found.told[: max(room, 0)]
    )


def _shorten(value: str | None) -> str:
    text = value or ""
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
