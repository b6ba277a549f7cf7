"""What both sides had changed in the records of a page, and how it was decided."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from lists.models import ListRecord
from lists.records.merge import Conflict

MOST_TOLD = 1_000


class ToldConflict(NamedTuple):
    """A conflict and the record that it was in; `label` is what a person knows that by."""

    record_id: UUID
    salesforce_id: str
    label: str
    conflict: Conflict


@dataclass
class Conflicts:
    """Counts of conflicts, and the first MOST_TOLD of them with their values.

    `values` counts single values; `overruled` the records in which an edit of ours gave way,
    `upheld` those in which one prevailed. A record may be among both.
    """

    values: int = 0
    overruled: int = 0
    upheld: int = 0
    told: list[ToldConflict] = field(default_factory=list, compare=False)

    def note(self, record: ListRecord, conflicts: Collection[Conflict]) -> None:
        """Count what a record's merge decided."""
        label = record.email or str(record.record_id)
        self.tell(record.record_id, record.salesforce_id or "", label, conflicts)

    def tell(
        self,
        record_id: UUID,
        salesforce_id: str,
        label: str,
        conflicts: Collection[Conflict],
    ) -> None:
        """Count what was decided of a record; see ToldConflict."""
        self.values += len(conflicts)
        self.overruled += any(not conflict.ours_won for conflict in conflicts)
        self.upheld += any(conflict.ours_won for conflict in conflicts)
        if conflicts and len(self.told) < MOST_TOLD:
            self.told += [
                ToldConflict(record_id, salesforce_id, label, conflict) for conflict in conflicts
            ][: MOST_TOLD - len(self.told)]
