"""What Salesforce knows of a campaign's members and of the people who are to become some."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.members import CONTACT, LEAD, MEMBER, PERSON_KEYS
from connectors.salesforce import Condition, build_selects_in, iterate_records, normalise_id
from connectors.salesforce.soql import Where
from lists.emails import normalise_email
from sync.engine.context import RunContext
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.engine.queries import LEAD_IS_OPEN


@dataclass(frozen=True)
class Person:
    """A lead or a contact; `external_id` is our record's id where the person was made of it."""

    sobject_type: str
    id: str
    external_id: str = ""

    @property
    def key(self) -> str:
        """The field of a member that names the person."""
        return PERSON_KEYS[self.sobject_type]


@dataclass(frozen=True)
class Member:
    """A member of the campaign, the person behind it, and the values that were asked for."""

    id: str
    person: Person
    values: Mapping[str, Any]


def find_people(
    context: RunContext, emails: Collection[str], made_as: str
) -> Mapping[str, list[Person]]:
    """Return the contacts and the open leads that have one of the normalised addresses.

    `made_as` is the object that new people are created as; only it is sure to have our field.
    """
    found: dict[str, list[Person]] = defaultdict(list)
    for sobject_type in (CONTACT, LEAD):
        fields = ["Id", "Email", *([EXTERNAL_ID_FIELD] if sobject_type == made_as else [])]
        where = LEAD_IS_OPEN if sobject_type == LEAD else None
        for row in _read_in(context, sobject_type, fields, "Email", sorted(emails), where):
            external_id = row.get(EXTERNAL_ID_FIELD) or ""
            person = Person(sobject_type, normalise_id(row["Id"]), external_id)
            found[normalise_email(row["Email"])].append(person)
    return found


def find_members(
    context: RunContext, people: Sequence[Person], fields: Sequence[str]
) -> Mapping[str, Member]:
    """Return who of some people is a member of the run's campaign, by the person's id."""
    found = {}
    for sobject_type, key in PERSON_KEYS.items():
        ids = sorted({person.id for person in people if person.sobject_type == sobject_type})
        for member in _read_members(context, key, ids, fields, _is_in_campaign(context)):
            found[member.values[key]] = member
    return found


def find_members_by_id(context: RunContext, ids: Sequence[str]) -> Mapping[str, Member]:
    """Return the members with these ids that are still there."""
    members = _read_members(context, "Id", ids, (), _is_in_campaign(context))
    return {member.id: member for member in members}


def find_converted(context: RunContext, lead_ids: Collection[str]) -> Mapping[str, str]:
    """Return the contacts that some of the leads have become, by the lead's id."""
    rows = _read_in(
        context,
        LEAD,
        ["Id", "ConvertedContactId"],
        "Id",
        sorted(lead_ids),
        Condition("IsConverted", "=", True),
    )
    return {
        normalise_id(row["Id"]): normalise_id(row["ConvertedContactId"])
        for row in rows
        if row["ConvertedContactId"]
    }


def _is_in_campaign(context: RunContext) -> Condition:
    return Condition("CampaignId", "=", context.options.campaign_id)


def _read_members(
    context: RunContext, key: str, ids: Sequence[str], fields: Sequence[str], where: Where
) -> Iterator[Member]:
    asked = list(dict.fromkeys(["Id", *PERSON_KEYS.values(), *fields]))
    for row in _read_in(context, MEMBER, asked, key, ids, where):
        ids_of = {name: row[name] and normalise_id(row[name]) for name in PERSON_KEYS.values()}
        # A converted lead's member has both: the contact takes the lead's place.
        sobject_type = next(each for each, name in PERSON_KEYS.items() if ids_of[name])
        person = Person(sobject_type, ids_of[PERSON_KEYS[sobject_type]])
        yield Member(normalise_id(row["Id"]), person, {**row, **ids_of})


def _read_in(
    context: RunContext,
    sobject_type: str,
    fields: Sequence[str],
    key: str,
    values: Sequence[str],
    where: Where | None,
) -> Iterator[Mapping[str, Any]]:
    known = {*fields, key, "IsConverted", "CampaignId"}
    for soql in build_selects_in(
        sobject_type, fields, known_fields=known, field=key, values=values, where=where
    ):
        context.check()
        yield from iterate_records(context.client, soql)
