"""New records of a campaign's list: first somebody in Salesforce, then members.

Between the two the record keeps in its data which lead or contact it stands for, so that a run
that dies there goes on with the same person. A person is made by an upsert on our record id, and
a person can be a member of a campaign once: neither is doubled by a repeat.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import IO, ClassVar
from uuid import UUID

import orjson
from django.db.models import QuerySet

from connectors.members import CONTACT, LEAD, MEMBER, PERSON_KEYS
from connectors.salesforce import BulkJob, bulk_csv_writer, insert_records, start_ingest
from lists.models import ListRecord
from lists.records import NotedPerson, PullColumn, PushedRecord
from sync.engine import send_bulk, send_collections
from sync.engine.context import RunContext
from sync.engine.halves import send_in_halves
from sync.engine.members_lookups import Member, Person, find_converted, find_members, find_people
from sync.engine.members_part import Cells, MemberBatch, MemberPart
from sync.engine.members_refusals import (
    find_bad_status,
    refuse_listed,
    refuse_second,
    refuse_several,
)
from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import (
    EXTERNAL_ID_FIELD,
    PushFields,
    PushRow,
    Refusal,
    StoredRecord,
    new_records,
    preparing_new,
)
from sync.engine.second_look import Situation, duplicates
from sync.engine.values import to_json

ALREADY_A_MEMBER = "DUPLICATE_VALUE"
CAMPAIGN = "CampaignId"


class NewPeople(MemberPart):
    """New records whose person is not known yet: found by their address, or made."""

    name = "people_new"
    key_field: ClassVar[str] = EXTERNAL_ID_FIELD

    def __init__(
        self,
        context: RunContext,
        sobject_type: str,
        people: Mapping[str, PushFields],
        members: PushFields,
        statuses: list[str],
    ) -> None:
        """Take the object that people are made as, and what people and members may be given."""
        fields = people[sobject_type]
        names = [column.field for column in fields.creatable()]
        super().__init__(context, sobject_type, fields, names)
        self._sobject_type, self._statuses = sobject_type, statuses
        self._keys = {
            each: [column.key for column in of_object.updatable(frozenset(self.plan.keys))]
            for each, of_object in people.items()
        }
        self._prepare, self._prepare_member = preparing_new(fields), preparing_new(members)

    @property
    def may_go_in_bulk(self) -> bool:
        """Whether a Bulk job does it: it does not know which assignment rule is the active one."""
        return not self.context.options.use_assignment_rule

    def records(self) -> QuerySet[ListRecord]:
        """Return the new records; those whose person is known by now are passed over."""
        return new_records(self.context.run.job.list_id)

    def prepare(self, records: Sequence[StoredRecord], batch: MemberBatch) -> list[PushRow]:
        """Return the rows of those who have to be made.

        What the campaign would not take of a member is looked at before anybody is made for it.
        """
        unknown = [record for record in records if person_of(record) is None]
        emails = {record.email for record in unknown if record.email}
        found = find_people(self.context, emails, self._sobject_type)
        taken: set[str] = set()
        rows = []
        for record in unknown:
            decided = self._decide(record, found.get(record.email, []), taken)
            taken |= {record.email} - {""}
            if isinstance(decided, Refusal):
                batch.refusals.append(decided)
            elif isinstance(decided, NotedPerson):
                batch.people.append(decided)
            else:
                rows.append(decided)
        return rows

    def _decide(
        self, record: StoredRecord, found: list[Person], taken: set[str]
    ) -> PushRow | NotedPerson | Refusal:
        member = self._prepare_member(record)
        if isinstance(member, Refusal):
            return member
        refusal = find_bad_status(member, self._statuses)
        if record.email in taken:
            refusal = refuse_second(member)
        return refusal or self._place(record, member, found)

    def _place(
        self, record: StoredRecord, member: PushRow, found: list[Person]
    ) -> PushRow | NotedPerson | Refusal:
        """Return who the record is: a contact before a lead, else somebody new."""
        if any(person.external_id == str(record.record_id) for person in found):
            # Made by an earlier attempt of ours whose answer was lost: the upsert finds it.
            return self._prepare(record)
        for sobject_type in (CONTACT, LEAD):
            people = [person for person in found if person.sobject_type == sobject_type]
            if len(people) > 1:
                return refuse_several(member, people)
            if people:
                return self._noted(record, people[0])
        return self._prepare(record)

    def _noted(self, record: StoredRecord, person: Person) -> NotedPerson:
        keys = self._keys[person.sobject_type]
        return NotedPerson(record.record_id, person.key, person.id, {}, keys)

    def note(self, batch: MemberBatch) -> None:
        """Keep who was found."""
        super().note(batch)
        self.context.store.note_people(self.plan, batch.people)

    def find_sent(self, records: Sequence[StoredRecord]) -> dict[str, StoredRecord]:
        """Return the records by their own id."""
        return {str(record.record_id): record for record in records}

    def send(self, rows: list[PushRow]) -> Outcomes:
        """Make up to 200 people: an upsert on our record id."""
        return send_collections.send_new(self.target, rows, self.fields)

    def reconsider(self, outcomes: Outcomes) -> Outcomes:
        """Answer duplicate rules as the job chose; a match that may be linked is the person."""
        refused = outcomes.set_apart(duplicates.CODES)
        if refused:
            records, prepare = self.records(), self._prepare
            situation = Situation(self.target, self.fields, records, prepare, is_create=True)
            found = duplicates.answer(situation, refused)
            outcomes.add(Outcomes(settled=found.settled, refusals=found.refusals))
            outcomes.settled += [PushedRecord(row.record_id, each, {}) for row, each in found.links]
        return outcomes

    def start_job(self) -> BulkJob:
        """Open a Bulk job that does the same."""
        return send_bulk.start(self.target, create=True)

    def write(self, file: IO[bytes], rows: Sequence[PushRow]) -> None:
        """Write the CSV of the Bulk job."""
        send_bulk.write_rows(file, iter(rows), self.fields, self.names, create=True)

    def settle(self, outcomes: Sequence[PushedRecord]) -> None:
        """Keep who was made."""
        key, keys = PERSON_KEYS[self._sobject_type], self._keys[self._sobject_type]
        self.context.store.note_people(
            self.plan,
            [
                NotedPerson(each.record_id, key, each.salesforce_id, each.sent, keys)
                for each in outcomes
            ],
        )


class NewMembers(MemberPart):
    """New records whose person is known: they join the campaign."""

    name = "members_new"
    counter: ClassVar[str] = "records_pushed_new"

    def __init__(self, context: RunContext, fields: PushFields) -> None:
        """Take what a member may be given beside its campaign and its person."""
        own = fields.creatable()
        self._own = [column.field for column in own]
        super().__init__(context, MEMBER, fields, [CAMPAIGN, *PERSON_KEYS.values(), *self._own])
        # The person's values are accounted for: only the member's own are left to agree on.
        columns = tuple(PullColumn(column.key, column.field) for column in own)
        self.plan = replace(self.plan, columns=columns, email_key=None)
        self._prepare = preparing_new(fields)

    def records(self) -> QuerySet[ListRecord]:
        """Return the new records; those whose person is not known are passed over."""
        return new_records(self.context.run.job.list_id)

    def prepare(self, records: Sequence[StoredRecord], batch: MemberBatch) -> list[PushRow]:
        """Return the rows of those who are no members yet, in the order of the people's ids."""
        people = self._find_people(records, batch)
        rows: dict[str, PushRow] = {}
        for record in records:
            person = people.get(record.record_id)
            if person is None:
                continue
            draft = self._prepare(record)
            if isinstance(draft, Refusal):
                batch.refusals.append(draft)
            elif person.id in rows:
                batch.refusals.append(refuse_second(draft))
            else:
                rows[person.id] = self._address(draft, person)
        there = self._adopt(rows)
        batch.settled += there.settled
        batch.refusals += there.refusals
        return [rows[person_id] for person_id in sorted(rows)]

    def _find_people(
        self, records: Sequence[StoredRecord], batch: MemberBatch
    ) -> dict[UUID, Person]:
        """Return the people by their record; a lead that was converted meanwhile is a contact."""
        people = {each.record_id: person for each in records if (person := person_of(each))}
        leads = {person.id for person in people.values() if person.sobject_type == LEAD}
        contacts = find_converted(self.context, leads)
        for record_id, person in people.items():
            if person.id in contacts:
                people[record_id] = contact = Person(CONTACT, contacts[person.id])
                batch.people.append(NotedPerson(record_id, contact.key, contact.id, {}, ()))
        return people

    def _address(self, draft: PushRow, person: Person) -> PushRow:
        campaign_id = self.context.options.campaign_id
        return draft._replace(values={CAMPAIGN: campaign_id, person.key: person.id, **draft.values})

    def _adopt(self, rows: dict[str, PushRow]) -> Outcomes:
        """Take out of `rows`, by the person's id, those who are members; tell what to do of them.

        With the values of the list, as after an answer of ours that was lost, nothing is left to
        push; with others, ours count as changes.
        """
        people = [_person_in(row) for row in rows.values()]
        members = find_members(self.context, people, self._own)
        listed = ListRecord.objects.filter(
            list_id=self.context.run.job.list_id,
            salesforce_id__in=[member.id for member in members.values()],
        )
        taken = set(listed.values_list("salesforce_id", flat=True))
        outcomes = Outcomes()
        for person_id in [each for each in rows if each in members]:
            row, member = rows.pop(person_id), members[person_id]
            if member.id in taken:
                outcomes.refusals.append(refuse_listed(row, member.id))
            else:
                agreed = row.values if self._is_same(row, member) else _only_person(row)
                sent = self.by_key(agreed)
                outcomes.settled.append(PushedRecord(row.record_id, member.id, sent))
        return outcomes

    def _is_same(self, row: PushRow, member: Member) -> bool:
        return all(
            to_json(row.values[name], self.fields.type_of(name)) == member.values[name]
            for name in self._own
            if name in row.values
        )

    def note(self, batch: MemberBatch) -> None:
        """Tie records to the members that were there already."""
        super().note(batch)
        self.context.store.note_people(self.plan, batch.people)
        self.settle(batch.settled)
        self.context.count(records_linked=len(batch.settled))

    def send(self, rows: list[PushRow]) -> Outcomes:
        """Add up to 200 members; who joined when an answer was lost is there already."""
        return send_in_halves(self.context, rows, self._insert)

    def _insert(self, rows: list[PushRow]) -> Outcomes:
        members = [
            {name: to_json(text, self.fields.type_of(name)) for name, text in row.values.items()}
            for row in rows
        ]
        outcomes = Outcomes()
        answers = insert_records(self.context.client, MEMBER, members, idempotent=True)
        for row, answer in zip(rows, answers, strict=True):
            if answer.error is not None or answer.id is None:
                outcomes.refuse(row, answer.error)
            else:
                sent = self.by_key(row.values)
                outcomes.settled.append(PushedRecord(row.record_id, answer.id, sent))
        return outcomes

    def reconsider(self, outcomes: Outcomes) -> Outcomes:
        """Tie records to those who joined at a call without an answer, or by another hand."""
        again = {
            _person_in(refusal.row).id: refusal.row
            for refusal in outcomes.refusals
            if refusal.code == ALREADY_A_MEMBER
        }
        if not again:
            return outcomes
        found = self._adopt(again)
        adopted = {each.record_id for each in found.settled}
        adopted |= {refusal.row.record_id for refusal in found.refusals}
        refused = [each for each in outcomes.refusals if each.row.record_id not in adopted]
        return Outcomes([*outcomes.settled, *found.settled], [*refused, *found.refusals])

    def start_job(self) -> BulkJob:
        """Open a Bulk job that adds members."""
        return start_ingest(self.context.client, MEMBER, "insert")

    def write(self, file: IO[bytes], rows: Sequence[PushRow]) -> None:
        """Write the CSV of the Bulk job; nothing of a new member is cleared."""
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = bulk_csv_writer(text)
        writer.writerow(self.names)
        writer.writerows([row.values.get(name) or "" for name in self.names] for row in rows)
        text.detach()

    def key_in(self, cells: Cells) -> str:
        """Return the person's id."""
        return cells[PERSON_KEYS[CONTACT]] or cells[PERSON_KEYS[LEAD]]

    def find_sent(self, records: Sequence[StoredRecord]) -> dict[str, StoredRecord]:
        """Return the records by their person's id."""
        return {person.id: each for each in records if (person := person_of(each))}

    def settle(self, outcomes: Sequence[PushedRecord]) -> None:
        """Tie the records to their members."""
        store = self.context.store
        store.settle_pushed(self.plan, outcomes)
        # Removals that a person releases later must not take what this run has sent.
        store.remember_seen(self.plan, [each.salesforce_id for each in outcomes])


def person_of(record: StoredRecord) -> Person | None:
    """Return the lead or contact that a record stands for, None where it is not known yet."""
    data = orjson.loads(record.data)
    for sobject_type, key in PERSON_KEYS.items():
        if data.get(key):
            return Person(sobject_type, data[key])
    return None


def _person_in(row: PushRow) -> Person:
    for sobject_type, key in PERSON_KEYS.items():
        if person_id := row.values.get(key):
            return Person(sobject_type, person_id)
    raise ValueError(f"The row of {row.label} names no person.")


def _only_person(row: PushRow) -> dict[str, str | None]:
    return {key: row.values[key] for key in PERSON_KEYS.values() if key in row.values}
