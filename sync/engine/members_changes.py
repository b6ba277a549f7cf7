"""What changed of a campaign's members: their status, and the people behind them."""

from collections.abc import Sequence
from typing import ClassVar

import orjson
from django.db.models import QuerySet

from connectors.members import MEMBER
from lists.models import ListRecord
from lists.records import PushedRecord
from sync.engine.context import RunContext
from sync.engine.members_lookups import Member, find_members_by_id
from sync.engine.members_part import MemberBatch, MemberPart
from sync.engine.members_refusals import find_bad_status, refuse_field, refuse_gone
from sync.engine.push_rows import (
    PushFields,
    PushRow,
    Refusal,
    StoredRecord,
    changed_records,
    preparing_changed,
)
from sync.options import Column


class ChangedMembers(MemberPart):
    """Members whose status, or another field of their own, was changed here."""

    name = "members_changed"
    counter: ClassVar[str] = "records_pushed_changed"

    def __init__(
        self, context: RunContext, fields: PushFields, columns: list[Column], statuses: list[str]
    ) -> None:
        """Take the chosen columns, and what the campaign's members may have as their status."""
        super().__init__(context, MEMBER, fields, [column.field for column in columns])
        self._columns, self._statuses = columns, statuses
        self._prepare = preparing_changed(fields, columns, context.options.clearing_keys)

    def records(self) -> QuerySet[ListRecord]:
        """Return the members that changed."""
        return changed_records(self.context.run.job.list_id, self._columns)

    def prepare(self, records: Sequence[StoredRecord], batch: MemberBatch) -> list[PushRow]:
        """Return the rows whose values the campaign takes."""
        rows = []
        for draft in map(self._prepare, records):
            if draft is None:
                continue
            if isinstance(draft, Refusal):
                batch.refusals.append(draft)
            elif refusal := find_bad_status(draft, self._statuses):
                batch.refusals.append(refusal)
            else:
                rows.append(draft)
        return rows

    def find_sent(self, records: Sequence[StoredRecord]) -> dict[str, StoredRecord]:
        """Return the records by their member's id."""
        return {record.salesforce_id: record for record in records if record.salesforce_id}

    def settle(self, outcomes: Sequence[PushedRecord]) -> None:
        """Note what the members have now."""
        self.context.store.settle_pushed(self.plan, outcomes)


class ChangedPeople(MemberPart):
    """Members whose lead, or contact, has to be changed."""

    counter: ClassVar[str] = "records_pushed_changed"

    def __init__(
        self,
        context: RunContext,
        sobject_type: str,
        fields: PushFields,
        columns: list[Column],
        others: list[Column],
    ) -> None:
        """Take the chosen columns that the object takes, and those that it does not take."""
        super().__init__(context, sobject_type, fields, [column.field for column in columns])
        self.name = f"{sobject_type.lower()}s_changed"
        self._sobject_type, self._columns, self._others = sobject_type, columns, others
        self._prepare = preparing_changed(fields, columns, context.options.clearing_keys)

    def records(self) -> QuerySet[ListRecord]:
        """Return the members with a change of the person, whichever of the two it is."""
        return changed_records(self.context.run.job.list_id, [*self._columns, *self._others])

    def prepare(self, records: Sequence[StoredRecord], batch: MemberBatch) -> list[PushRow]:
        """Return the rows of the people of this object, in the order of their ids."""
        members = self._find_members(records)
        rows = []
        for record in records:
            member = members.get(record.salesforce_id or "")
            if member is None:
                batch.refusals.append(refuse_gone(_bare_row(record)))
            elif member.person.sobject_type == self._sobject_type:
                self._refuse_others(record, batch)
                draft = self._prepare(record)
                if isinstance(draft, Refusal):
                    batch.refusals.append(draft)
                elif draft is not None:
                    rows.append(draft._replace(salesforce_id=member.person.id))
        return sorted(rows, key=lambda row: row.salesforce_id or "")

    def _find_members(self, records: Sequence[StoredRecord]) -> dict[str, Member]:
        ids = [record.salesforce_id for record in records if record.salesforce_id]
        return dict(find_members_by_id(self.context, ids))

    def _refuse_others(self, record: StoredRecord, batch: MemberBatch) -> None:
        changed = orjson.loads(record.dirty or "{}")
        labels = [column.name for column in self._others if column.key in changed]
        if labels:
            batch.refusals.append(refuse_field(_bare_row(record), self._sobject_type, labels))

    def find_sent(self, records: Sequence[StoredRecord]) -> dict[str, StoredRecord]:
        """Return the records by their person's id."""
        members = self._find_members(records)
        found = {}
        for record in records:
            member = members.get(record.salesforce_id or "")
            if member and member.person.sobject_type == self._sobject_type:
                found[member.person.id] = record
        return found

    def settle(self, outcomes: Sequence[PushedRecord]) -> None:
        """Note what the people have now; the records keep their member's id."""
        listed = ListRecord.objects.filter(
            list_id=self.plan.list_id,
            record_id__in=[each.record_id for each in outcomes],
            salesforce_id__isnull=False,
        )
        ids = dict(listed.values_list("record_id", "salesforce_id"))
        self.context.store.settle_pushed(
            self.plan,
            [
                PushedRecord(each.record_id, member_id, each.sent)
                for each in outcomes
                if (member_id := ids.get(each.record_id))
            ],
        )


def _bare_row(record: StoredRecord) -> PushRow:
    return PushRow(record.record_id, record.salesforce_id, record.email, {})
