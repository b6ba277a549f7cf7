"""Where edits of a lead go that sales have made a contact meanwhile."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.scenarios.plain_model.marketing_list import MarketingList, Record
from tests.scenarios.plain_model.merging import Decision, decide, is_later
from tests.scenarios.plain_model.options import SALESFORCE, Options
from tests.scenarios.plain_model.organisation import FIELDS, Organisation, Person, lacks_something


@dataclass
class Lead:
    """A converted lead's record with the edits that look for a place, and its contact."""

    record: Record
    contact: Person | None
    edits: set[str]
    placed: set[str]

    @property
    def contact_id(self) -> str:
        """The contact's id, empty without one."""
        return self.contact.id if self.contact else ""

    def place(self, name: str) -> None:
        """An edit has found its place."""
        self.edits.remove(name)
        self.placed.add(name)


def carry_over(
    records: Sequence[Record],
    wanted: Collection[str],
    *,
    lists: Sequence[MarketingList],
    organisation: Organisation,
    options: Options,
    told: Counter[str],
    changed_at: dict[str, datetime],
) -> list[Record]:
    """Carry edits of the `wanted` fields to the contacts; return the records that keep some."""
    leads = []
    for record in sorted(records, key=lambda each: each.record_id):
        edits = {name for name in wanted if name in record.agreed}
        if edits:
            contact = organisation.contact_of(record.salesforce_id or "")
            leads.append(Lead(record, contact, edits, set()))
    for marketing_list in lists:
        if marketing_list.kind == "Contact":
            told["overruled"] += _enter(leads, marketing_list)
    for lead in leads:
        for name in [each for each in lead.edits if lead.record.values[each] is None]:
            if name not in options.clearing:  # nobody would have sent it
                lead.place(name)
    told.update(_send(leads, organisation, options, changed_at))
    for lead in leads:
        for name in lead.placed:
            del lead.record.agreed[name]
        told["followed"] += bool(lead.placed)
    return [lead.record for lead in leads if lead.edits]


def _enter(leads: Sequence[Lead], marketing_list: MarketingList) -> int:
    """Make edits those of the contacts' records; return in how many an edit of their own stays."""
    taken: dict[str, dict[str, str | None]] = {}
    for lead in leads:
        home = marketing_list.find(lead.contact.id) if lead.contact else None
        if home is None:
            continue
        given = taken.setdefault(home.salesforce_id or "", {})
        for name in [name for name in lead.edits if name in marketing_list.columns]:
            if name in given:
                continue
            given[name] = lead.record.values[name]
            if name not in home.agreed and home.values[name] != given[name]:
                home.agreed[name] = lead.record.agreed[name]
                home.values[name] = given[name]
            home.note_edited(lead.record.edited_at)
            lead.place(name)
    homes = [(marketing_list.find(contact_id), given) for contact_id, given in taken.items()]
    return sum(
        any(home.values[name] != value for name, value in given.items())
        for home, given in homes
        if home is not None
    )


def _sendable(lead: Lead, options: Options) -> list[str]:
    return sorted(lead.edits & options.push & {*FIELDS["Contact"]}) if lead.contact else []


def _decide(
    lead: Lead, name: str, options: Options, changed_at: Mapping[str, datetime]
) -> Decision:
    return decide(
        name,
        ours=lead.record.values[name],
        agreed=lead.record.agreed[name],
        theirs=lead.contact.values[name] if lead.contact else None,
        rule=options.pull.get(name, SALESFORCE),
        ours_is_later=is_later(lead.record.edited_at, changed_at.get(lead.contact_id)),
    )


def _send(
    leads: Sequence[Lead],
    organisation: Organisation,
    options: Options,
    changed_at: dict[str, datetime],
) -> Counter[str]:
    """Send what a push may send to the contacts; return in how many leads either side won."""
    won: set[tuple[str, str]] = set()
    upheld: set[tuple[str, str]] = set()
    to_send: dict[str, dict[str, str | None]] = {}
    senders: list[tuple[Lead, str]] = []
    for lead in leads:
        for name in _sendable(lead, options):
            decision = _decide(lead, name, options, changed_at)
            if decision.value == decision.agreed:
                if decision.winner == "theirs":
                    won.add(("overruled", lead.record.record_id))
                lead.place(name)
                continue
            if decision.winner == "ours":
                upheld.add((lead.record.record_id, name))
            row = to_send.setdefault(lead.contact_id, {})
            if row.setdefault(name, decision.value) == decision.value:
                senders.append((lead, name))
    for lead, name in senders:
        if lacks_something("Contact", to_send[lead.contact_id]):
            continue
        lead.place(name)
        if (lead.record.record_id, name) in upheld:
            won.add(("upheld", lead.record.record_id))
    _change(to_send, organisation, changed_at)
    return Counter(name for name, _ in won)


def _change(
    to_send: Mapping[str, Mapping[str, str | None]],
    organisation: Organisation,
    changed_at: dict[str, datetime],
) -> None:
    for contact_id, row in to_send.items():
        if row and not lacks_something("Contact", row):
            organisation.change(contact_id, row)
            changed_at[contact_id] = datetime.max.replace(tzinfo=UTC)
