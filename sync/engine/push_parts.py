"""The two halves of a push, and the batches that their records are sent in."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet

from lists.models import ListRecord
from lists.records.index_order import walk_index
from sync.engine.context import RunContext
from sync.engine.matching import Matcher
from sync.engine.push_rows import Batch, Prepare, PushFields, PushRow, Refusal, read_records
from sync.engine.second_look import Situation
from sync.options import Column

RECORDS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Part:
    """What is changed here, or what is new: `records` stand in the order of their ids."""

    name: str
    records: QuerySet[ListRecord]
    counter: str
    is_create: bool
    columns: list[Column]
    prepare: Prepare

    def situate(self, context: RunContext, fields: PushFields) -> Situation:
        """Return what a second look at refused records needs to know."""
        return Situation(context, fields, self.records, self.prepare, is_create=self.is_create)


def find_left(part: Part, after: UUID, place: int = 1) -> UUID | None:
    """Return the id of the part's first record behind `after`, or of the one at a later place."""
    left = part.records.filter(record_id__gt=after).values_list("record_id", flat=True)
    with walk_index():
        return left[place - 1 : place].first()


def prepare_rows(
    part: Part, first: UUID, matcher: Matcher | None, batch: Batch, size: int
) -> Iterator[PushRow]:
    """Yield the rows to send of at most `size` records; the batch tells of all the others.

    `first` is the first record behind `batch.upto`. New records end with the matcher's window.
    """
    records = part.records
    if matcher is not None:
        matcher.ask_from(first)
        records = records.filter(record_id__lte=matcher.upto)
    keys = [column.key for column in part.columns]
    stored = read_records(records, batch.upto, min(size, RECORDS_AT_ONCE), keys)
    for record in islice(stored, size):
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
