"""Why a member of a campaign is set aside, in words for the person who works with the list."""

from collections.abc import Sequence

from connectors.members import STATUS
from sync.engine.members_lookups import Person
from sync.engine.push_rows import PushRow, Refusal

RUN_AGAIN = "then run the sync again."


def find_bad_status(row: PushRow, statuses: Sequence[str]) -> Refusal | None:
    """Refuse a status that the campaign does not have, with those that it has.

    Salesforce would refuse it or, in some organisations, put the campaign's default in its place.
    """
    if STATUS not in row.values:
        return None
    status = row.values[STATUS]
    if status and status.casefold() in {known.casefold() for known in statuses}:
        return None
    known = ", ".join(statuses)
    if not status:
        message = f"A member's status cannot be blank. The campaign has: {known}."
    else:
        message = f"The campaign has no status “{status}”. It has: {known}."
    return row.refuse(
        "UNKNOWN_MEMBER_STATUS",
        message,
        "Use one of these in the list, or add the status to the campaign in Salesforce, "
        f"{RUN_AGAIN}",
        (STATUS,),
    )


def refuse_gone(row: PushRow) -> Refusal:
    """Refuse a change of somebody who has left the campaign."""
    return row.refuse(
        "NO_MEMBER_ANY_MORE",
        f"{row.label} was taken out of the campaign in Salesforce.",
        "Delete the record, or let a sync remove it that has “Remove records from the list” on.",
    )


def refuse_field(row: PushRow, sobject_type: str, labels: Sequence[str]) -> Refusal:
    """Refuse values that one of the two objects cannot take."""
    names = ", ".join(labels)
    return row.refuse(
        "NOT_A_FIELD_OF_THIS_PERSON",
        f"{row.label} is a {sobject_type.lower()}, and {names} cannot be changed there.",
        "Change it in Salesforce, where it is kept.",
    )


def refuse_second(row: PushRow) -> Refusal:
    """Refuse the second of two new records of one person."""
    return row.refuse(
        "ADDRESS_TWICE_IN_LIST",
        f"Another new record of this list is the same person, {row.label}.",
        f"Delete one of the two, or correct its address, {RUN_AGAIN}",
    )


def refuse_several(row: PushRow, people: Sequence[Person]) -> Refusal:
    """Refuse an address that several records of one object have."""
    ids = ", ".join(person.id for person in people[:5])
    return row.refuse(
        "MULTIPLE_MATCHES",
        f"Salesforce has {len(people)} {people[0].sobject_type.lower()}s with {row.email}: {ids}.",
        f"Merge them in Salesforce, {RUN_AGAIN}",
    )


def refuse_listed(row: PushRow, member_id: str) -> Refusal:
    """Refuse a new record of somebody who is in the list already."""
    return row.refuse(
        "ALREADY_IN_LIST",
        f"{row.label} is in this list already, as campaign member {member_id}.",
        "Delete the newer of the two records in the list.",
    )
