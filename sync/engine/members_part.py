"""One part of a campaign's push: which records it takes, what it writes, what it leaves behind."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, ClassVar

from django.db.models import QuerySet

from connectors.salesforce import BulkJob, normalise_id
from lists.models import ListRecord
from lists.records import NotedPerson, PushedRecord
from sync.engine import send_bulk, send_collections
from sync.engine.context import RunContext
from sync.engine.outcomes import Outcomes, note_refusals
from sync.engine.push_rows import Batch, PushFields, PushRow, StoredRecord
from sync.engine.values import CSV_NULL

Cells = Mapping[str, str]
Sent = Mapping[str, StoredRecord]


@dataclass
class MemberBatch(Batch):
    """Records of which it was found out before anything is sent what becomes of them.

    `people` are known to Salesforce, `settled` are in the campaign already.
    """

    people: list[NotedPerson] = field(default_factory=list)
    settled: list[PushedRecord] = field(default_factory=list)


class MemberPart(ABC):
    """Sends rows of one object; `name` stands in the checkpoint, `counter` in the run.

    `names` are the fields that are written. What the base does fits an update by id.
    """

    name: str
    counter: ClassVar[str] = ""
    key_field: ClassVar[str] = "Id"

    def __init__(
        self, context: RunContext, sobject_type: str, fields: PushFields, names: Sequence[str]
    ) -> None:
        """Take the object that is written and what may be written of it."""
        self.context, self.fields, self.names = context, fields, list(names)
        self.plan = context.options.pull_plan(context.run)
        self.target = replace(context, options=replace(context.options, sobject_type=sobject_type))

    @property
    def may_go_in_bulk(self) -> bool:
        """Whether a Bulk job does all that the run's options ask for."""
        return True

    @abstractmethod
    def records(self) -> QuerySet[ListRecord]:
        """Return the records that are left to send, in the order of their ids."""

    @abstractmethod
    def prepare(self, records: Sequence[StoredRecord], batch: MemberBatch) -> list[PushRow]:
        """Return the rows to send of some records; the batch tells of all the others."""

    @abstractmethod
    def find_sent(self, records: Sequence[StoredRecord]) -> dict[str, StoredRecord]:
        """Return records by what a row of a Bulk result names them by."""

    @abstractmethod
    def settle(self, outcomes: Sequence[PushedRecord]) -> None:
        """Note in the records what Salesforce took."""

    def send(self, rows: list[PushRow]) -> Outcomes:
        """Send up to 200 rows in one call."""
        return send_collections.send_changed(self.target, rows, self.fields)

    def start_job(self) -> BulkJob:
        """Open a Bulk job."""
        return send_bulk.start(self.target, create=False)

    def write(self, file: IO[bytes], rows: Sequence[PushRow]) -> None:
        """Write the CSV of a Bulk job."""
        send_bulk.write_rows(file, iter(rows), self.fields, self.names, create=False)

    def reconsider(self, outcomes: Outcomes) -> Outcomes:
        """Look once more at what Salesforce refused."""
        return outcomes

    def note(self, batch: MemberBatch) -> None:
        """Store what was found out before anything was sent, inside the caller's transaction."""
        note_refusals(self.context, batch.refusals)

    def key_in(self, cells: Cells) -> str:
        """Return what a row of a Bulk result names its record by."""
        return cells[self.key_field]

    def to_outcome(self, cells: Cells, sent: Sent) -> PushedRecord:
        """Return what a row of a Bulk result says that Salesforce took."""
        row = self.to_row(cells, sent)
        return PushedRecord(row.record_id, normalise_id(cells["sf__Id"]), self.by_key(row.values))

    def to_row(self, cells: Cells, sent: Sent) -> PushRow:
        """Return the row that was sent."""
        record = sent[self.key_in(cells)]
        values = {
            name: None if cells[name] == CSV_NULL else cells[name]
            for name in self.names
            if cells.get(name)
        }
        return PushRow(record.record_id, cells.get("Id"), record.email, values)

    def by_key(self, values: Mapping[str, str | None]) -> dict[str, str | None]:
        """Return values of Salesforce fields by the list's keys."""
        keys = {column.field: column.key for column in self.fields.columns}
        return {keys[name]: value for name, value in values.items() if name in keys}
