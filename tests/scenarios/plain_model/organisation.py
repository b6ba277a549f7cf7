"""The organisation: people as leads and contacts, and what may happen to them there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

Values = dict[str, str | None]

CHECKBOXES = frozenset({"HasOptedOutOfEmail"})
FIELDS = {
    "Lead": [
        "LastName", "Company", "Email", "Title", "Description", "HasOptedOutOfEmail", "FirstName",
    ],
    "Contact": ["LastName", "Email", "Title", "Description", "HasOptedOutOfEmail", "FirstName"],
}  # fmt: skip
REQUIRED = {"Lead": {"LastName", "Company"}, "Contact": {"LastName"}}


@dataclass
class Person:
    """A lead or a contact. Values are text, None is blank, a checkbox is "true" or "false"."""

    id: str
    kind: str
    values: Values
    owner: str
    record_id: str | None = None
    is_deleted: bool = False
    is_converted: bool = False
    master: str | None = None
    contact: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the person is there as this lead or contact: not deleted, not converted."""
        return not (self.is_deleted or self.is_converted)

    @property
    def address(self) -> str:
        """The e-mail address as it tells people apart."""
        return same_address(self.values["Email"])


@dataclass
class Organisation:
    """All people that there are or were, by their Salesforce ids."""

    people: dict[str, Person] = field(default_factory=dict)

    def open(self, kind: str) -> Iterator[Person]:
        """Yield the people of one kind that are there."""
        return (person for person in self.people.values() if person.kind == kind and person.is_open)

    def create(self, person: Person) -> None:
        """Take a new person in; what was not given is blank."""
        blank = {name: blank_of(name) for name in FIELDS[person.kind]}
        self.people[person.id] = replace(person, values={**blank, **person.values})

    def change(self, person_id: str, values: Mapping[str, str | None]) -> None:
        """Give a person other values."""
        self.people[person_id].values.update(values)

    def delete(self, person_id: str) -> None:
        """Put a person into the recycle bin."""
        self.people[person_id].is_deleted = True

    def undelete(self, person_id: str) -> None:
        """Take a person out of the recycle bin; one that was merged away is its own again."""
        self.people[person_id].is_deleted, self.people[person_id].master = False, None

    def merge(self, winner_id: str, loser_ids: list[str]) -> None:
        """Merge people into one, who keeps its own values; the others go to the recycle bin.

        A lead that had become one of them counts as having become the one that is left.
        """
        for person in self.people.values():
            if person.contact in loser_ids:
                person.contact = winner_id
        for loser_id in loser_ids:
            self.people[loser_id].is_deleted, self.people[loser_id].master = True, winner_id

    def convert(self, lead_id: str, contact_id: str) -> None:
        """Make a lead a contact with the lead's values, our id among them."""
        lead = self.people[lead_id]
        lead.is_converted, lead.contact = True, contact_id
        values = {name: lead.values[name] for name in FIELDS["Contact"]}
        self.create(Person(contact_id, "Contact", values, lead.owner, lead.record_id))

    def rename(self, old_id: str, new_id: str) -> None:
        """Give a person the id that the real organisation chose."""
        self.people[new_id] = self.people.pop(old_id)
        self.people[new_id].id = new_id

    def who_is_left(self, person_id: str) -> str:
        """Follow merges to their end."""
        while (master := self.people[person_id].master) is not None:
            person_id = master
        return person_id

    def contact_of(self, lead_id: str) -> Person | None:
        """Return the contact that a lead has become, if it is there."""
        contact = self.people[self.who_is_left(self.people[lead_id].contact or "")]
        return None if contact.is_deleted else contact


def lacks_something(kind: str, values: Mapping[str, str | None]) -> bool:
    """Tell whether values empty a field that Salesforce requires."""
    return any(name in REQUIRED[kind] and value is None for name, value in values.items())


def blank_of(name: str) -> str | None:
    """Return what stands in a field that nobody has filled."""
    return "false" if name in CHECKBOXES else None


def same_address(text: str | None) -> str:
    """Return an e-mail address in the one spelling in which two are compared."""
    return (text or "").strip().lower()
