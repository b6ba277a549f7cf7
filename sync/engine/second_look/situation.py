"""What a second look needs: the run, the half of the push, and a way to send rows again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import QuerySet

from lists.models import ListRecord
from sync.engine import send_collections
from sync.engine.context import RunContext
from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import (
    NO_RECORD,
    Prepare,
    PushFields,
    PushRow,
    Refusal,
    read_records,
)

Item = TypeVar("Item")


@dataclass(frozen=True)
class Situation:
    """A half of a push whose rows were refused: `records` are what it may send."""

    context: RunContext
    fields: PushFields
    records: QuerySet[ListRecord]
    prepare: Prepare
    is_create: bool

    def rows_of(self, refusals: Sequence[Refusal]) -> list[PushRow]:
        """Build the refused rows anew from the list; one that is no longer to be sent is left out.

        The file of a Bulk job's refusals is not needed for it, and an edit made meanwhile counts.
        """
        rows = []
        for some in pieces(refusals, send_collections.ROWS_PER_CALL):
            ids = [refusal.row.record_id for refusal in some]
            chosen = self.records.filter(record_id__in=ids)
            drafts = map(self.prepare, read_records(chosen, NO_RECORD, len(ids) + 1))
            rows += [draft for draft in drafts if isinstance(draft, PushRow)]
        return rows

    def send(self, rows: Sequence[PushRow]) -> Outcomes:
        """Send rows again, as many to a call as it takes."""
        send = send_collections.send_new if self.is_create else send_collections.send_changed
        outcomes = Outcomes()
        for some in pieces(rows, send_collections.ROWS_PER_CALL):
            outcomes.add(send(self.context, some, self.fields))
        return outcomes


def pieces(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """Yield the items, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
