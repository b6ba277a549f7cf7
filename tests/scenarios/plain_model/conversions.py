"""Where edits of a lead go that sales have made a contact meanwhile."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tests.scenarios.plain_model.marketing_list import MarketingList, Record
from tests.scenarios.plain_model.merging import decide
from tests.scenarios.plain_model.options import SALESFORCE, Options
from tests.scenarios.plain_model.organisation import FIELDS, Organisation, Person, lacks_something


@dataclass
class Lead:
    """A converted lead's record with the edits that look for a place, and its contact."""

    record: Record
    contact: Person | None
    edits: set[str]
    placed: set[str]

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
    told["overruled"] += _send(leads, organisation, options)
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


def _send(leads: Sequence[Lead], organisation: Organisation, options: Options) -> int:
    """Send what a push may send to the contacts; return in how many leads Salesforce's own won."""
    overruled = 0
    to_send: dict[str, dict[str, str | None]] = {}
    senders: list[tuple[Lead, str]] = []
    for lead in leads:
        gave_way = False
        for name in sorted(lead.edits & options.push):
            if lead.contact is None or name not in FIELDS["Contact"]:
                continue
            decision = decide(
                name,
                ours=lead.record.values[name],
                agreed=lead.record.agreed[name],
                theirs=lead.contact.values[name],
                rule=options.pull.get(name, SALESFORCE),
            )
            if decision.value == decision.agreed:
                gave_way |= decision.winner == "theirs"
                lead.place(name)
                continue
            row = to_send.setdefault(lead.contact.id, {})
            if row.setdefault(name, decision.value) == decision.value:
                senders.append((lead, name))
        overruled += gave_way
    for lead, name in senders:
        row = to_send[lead.contact.id] if lead.contact else {}
        if not lacks_something("Contact", row):
            lead.place(name)
    for contact_id, row in to_send.items():
        if not lacks_something("Contact", row):
            organisation.change(contact_id, row)
    return overruled
