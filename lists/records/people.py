"""New members of a campaign whose person is known by now, while they are not members yet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from lists.records.merge import Data, Dirty, note_unsent, settle_pushed


@dataclass(frozen=True)
class NotedPerson:
    """The lead or contact that a record stands for: its id, and under which key it is kept.

    `sent` holds the values that the person was made of, none where it was there before; `keys`
    are those that Salesforce keeps at the person.
    """

    record_id: UUID
    key: str
    salesforce_id: str
    sent: Mapping[str, str | None]
    keys: Collection[str]


def note_person(data: Data, dirty: Dirty | None, person: NotedPerson) -> tuple[Data, Dirty | None]:
    """Return the record's data and what is left to push to its person. Pure.

    The values of somebody who was there before count as changes of a blank: where Salesforce has
    a value the next pull takes it, where it has none ours stays and is pushed.
    """
    left = settle_pushed(data, dirty, person.sent)
    return (
        {**data, person.key: person.salesforce_id},
        note_unsent(data, left, person.sent, person.keys),
    )
