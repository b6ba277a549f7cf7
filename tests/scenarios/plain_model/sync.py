"""What one run does between a list and the organisation."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from tests.scenarios.plain_model.conversions import carry_over
from tests.scenarios.plain_model.marketing_list import MarketingList, Record
from tests.scenarios.plain_model.merging import decide, is_later, keep
from tests.scenarios.plain_model.options import OURS, Options
from tests.scenarios.plain_model.organisation import (
    REQUIRED,
    Organisation,
    Person,
    blank_of,
    lacks_something,
)


@dataclass
class Run:
    """One run of one of the lists.

    `changed_at` says when each person was last changed in Salesforce. `told` counts what the run's
    page says; `refused` are the records that Salesforce did not take.
    """

    marketing_list: MarketingList
    lists: list[MarketingList]
    organisation: Organisation
    options: Options
    removal_limit: int
    our_user: str
    changed_at: dict[str, datetime]
    told: Counter[str] = field(default_factory=Counter)
    set_aside: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def do(self) -> Counter[str]:
        """Pull, then remove, then push what was changed, then what is new."""
        if self.options.pulls:
            self._follow_merges()
            self._pull()
        if self.options.remove_missing:
            self._remove()
        self._push_changed()
        if self.options.push_add:
            self._push_new()
        self.told["failed"] = len(self.set_aside)
        return self.told

    # -- pull

    def _follow_merges(self) -> None:
        """Whoever was merged away is the one that is left."""
        for record in self._known():
            left = self.organisation.who_is_left(record.salesforce_id or "")
            if left != record.salesforce_id:
                self._follow(record, left)

    def _follow(self, record: Record, left: str) -> None:
        """Let a record be another person; where that one is listed, no edit of ours is lost."""
        self.told["followed"] += 1
        holder = self.marketing_list.find(left)
        if holder is None:
            record.salesforce_id = left
            return
        for name in record.agreed:
            if name not in holder.agreed and record.values[name] != holder.values[name]:
                holder.agreed[name] = holder.values[name]
                holder.values[name] = record.values[name]
        holder.note_edited(record.edited_at)
        self.marketing_list.records.remove(record)

    def _pull(self) -> None:
        for person in self.organisation.open(self.marketing_list.kind):
            record = self.marketing_list.find(person.id)
            if record is not None:
                self._compare(record, person)
            elif self.options.pull_add:
                values = {name: person.values[name] for name in self.marketing_list.columns}
                self.marketing_list.records.append(Record(values, person.id, owner=person.owner))
                self.told["added"] += 1
        self.marketing_list.unfilled.clear()

    def _compare(self, record: Record, person: Person) -> None:
        before, winners = dict(record.values), set()
        # A column's first values come with the next pull, chosen or not, and overwrite nothing.
        filled = self.marketing_list.unfilled - self.options.pull.keys()
        taken = {**dict.fromkeys(filled, OURS), **self.options.pull}
        for name, rule in taken.items():
            ours = record.values[name]
            if name in filled and ours is not None and name not in record.agreed:
                continue
            decision = decide(
                name,
                ours=ours,
                agreed=record.agreed.get(name, ours),
                theirs=person.values[name],
                rule=rule,
                ours_is_later=is_later(record.edited_at, self.changed_at.get(person.id)),
            )
            keep(record, name, decision)
            winners.add(decision.winner)
        self.told["overruled"] += "theirs" in winners
        self.told["upheld"] += "ours" in winners
        self.told["updated"] += before != record.values or record.owner != person.owner
        record.owner = person.owner

    # -- removal

    def _remove(self) -> None:
        """Who is no longer there leaves the list, unless that is more than a person allowed."""
        known = self._known()
        there = {person.id for person in self.organisation.open(self.marketing_list.kind)}
        gone = [record for record in known if record.salesforce_id not in there]
        if len(gone) * 100 > len(known) * self.removal_limit:
            self.told["held"] += len(gone)
            return
        stuck = self._carry_over([record for record in gone if self._is_converted(record)])
        for record in gone:
            if record not in stuck:
                self.marketing_list.records.remove(record)
        self.told["removed"] += len(gone) - len(stuck)

    def _carry_over(self, records: list[Record]) -> list[Record]:
        return self._carry_some_over(records, self.marketing_list.columns)

    def _carry_some_over(self, records: list[Record], wanted: Collection[str]) -> list[Record]:
        """Bring edits of converted leads to the contacts; those that find no place are told."""
        stuck = carry_over(
            records,
            wanted,
            lists=self.lists,
            organisation=self.organisation,
            options=self.options,
            told=self.told,
            changed_at=self.changed_at,
        )
        self.set_aside |= {record.record_id for record in stuck}
        return stuck

    # -- push

    def _push_changed(self) -> None:
        refused = []
        for record in self._known():
            values = {
                name: record.values[name]
                for name in record.agreed
                if self.options.sends(name, record.values[name])
            }
            if not values:
                continue
            person = self.organisation.people[record.salesforce_id or ""]
            if lacks_something(person.kind, values) and not person.is_deleted:
                self._refuse(record)
                continue
            if not person.is_open:
                refused.append(record)
                continue
            self.organisation.change(person.id, values)
            for name in values:
                del record.agreed[name]
            self.told["pushed changed"] += 1
        for record in refused:
            self.refused.add(record.record_id)
            self._look_again(record)

    def _look_again(self, record: Record) -> None:
        """Follow whom Salesforce merged or converted meanwhile; set the others aside."""
        left = self.organisation.who_is_left(record.salesforce_id or "")
        if left != record.salesforce_id and not self.organisation.people[left].is_deleted:
            self._follow(record, left)  # the next run compares, and sends
        elif self._is_converted(record):
            sent = [n for n in record.agreed if self.options.sends(n, record.values[n])]
            self._carry_some_over([record], sent)
        else:
            self._refuse(record)

    def _refuse(self, record: Record) -> None:
        self.refused.add(record.record_id)
        self.set_aside.add(record.record_id)

    def _push_new(self) -> None:
        """Create whom Salesforce does not know; of one address there is never a second person."""
        taken: set[str] = set()
        new = [record for record in self.marketing_list.records if record.salesforce_id is None]
        for record in sorted(new, key=lambda each: each.record_id):
            required = dict.fromkeys(REQUIRED[self.marketing_list.kind])
            if lacks_something(self.marketing_list.kind, {**required, **record.values}):
                self.set_aside.add(record.record_id)
                continue
            if record.address in taken:
                self.set_aside.add(record.record_id)
            elif matches := self._who_has(record.address):
                self._link(record, matches)
            else:
                self._create(record)
            if record.address:
                taken.add(record.address)

    def _who_has(self, address: str) -> list[Person]:
        kinds = ("Lead", "Contact")
        people = [person for kind in kinds for person in self.organisation.open(kind)]
        return [person for person in people if address and person.address == address]

    def _link(self, record: Record, matches: list[Person]) -> None:
        """Tie a record to the one person who has its address; what was entered is an edit."""
        (person, *more) = matches
        is_other_kind = person.kind != self.marketing_list.kind
        if more or is_other_kind or self.marketing_list.find(person.id) is not None:
            self.set_aside.add(record.record_id)
            return
        record.salesforce_id = person.id
        entered = [name for name, value in record.values.items() if value != blank_of(name)]
        record.agreed = dict.fromkeys([name for name in entered if record.values[name]])
        self.told["linked"] += 1

    def _create(self, record: Record) -> None:
        record.salesforce_id = f"new {record.record_id}"
        values = {name: value or blank_of(name) for name, value in record.values.items()}
        kind = self.marketing_list.kind
        person = Person(record.salesforce_id, kind, values, self.our_user, record.record_id)
        self.organisation.create(person)
        self.told["pushed new"] += 1

    def _known(self) -> list[Record]:
        known = [each for each in self.marketing_list.records if each.salesforce_id is not None]
        return sorted(known, key=lambda each: each.record_id)

    def _is_converted(self, record: Record) -> bool:
        return self.organisation.people[record.salesforce_id or ""].is_converted
