"""Push to a campaign: its members and the people behind them (S59, S68-S72).

Five parts, in this order; each sends what it has, batch by batch (`members_sending`):

1. members whose status or own fields were changed;
2. and 3. leads, and contacts, that a chosen field of the list was changed of;
4. new records: the lead or contact that they are, found by the address or made;
5. these join the campaign.

Changes go first, as in every push: a record that is only now tied to what Salesforce has waits
for the next pull before it overwrites anything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from connectors.members import CONTACT, LEAD, MEMBER, PERSON_KEYS, WISHES, find_person_field
from connectors.models import SalesforceField
from connectors.salesforce import list_member_statuses
from sync.engine.context import RunContext
from sync.engine.drift import describe
from sync.engine.members_changes import ChangedMembers, ChangedPeople
from sync.engine.members_new import CAMPAIGN, NewMembers, NewPeople
from sync.engine.members_part import MemberPart
from sync.engine.members_sending import push_part
from sync.engine.push import require_external_id
from sync.engine.push_rows import PushFields
from sync.engine.recognising import may_add_new

GIVEN_BY_US = frozenset({CAMPAIGN, *PERSON_KEYS.values()})


def push_members(context: RunContext) -> None:
    """Send the changes and the new records of a campaign's list.

    Raises SetupError when new people are asked for and their object has no field for our ids.
    """
    parts = list(_list_parts(context))
    started_at = context.checkpoint.get("part")
    names = [part.name for part in parts]
    for part in parts[names.index(started_at) if started_at in names else 0 :]:
        push_part(part)


def _list_parts(context: RunContext) -> Iterator[MemberPart]:
    options = context.options
    members = _describe_members(context)
    statuses = list_member_statuses(context.client, options.campaign_id)
    if own := members.updatable(options.push_keys):
        yield ChangedMembers(context, members, own, statuses)
    chosen = _find_chosen(context, members)
    if not chosen and not options.push_add:
        return
    people = {each: _describe_people(context, each) for each in (LEAD, CONTACT)}
    yield from _list_changed_people(context, people, chosen)
    if options.push_add:
        made_as = options.push_add_as or LEAD
        require_external_id(made_as, people[made_as].catalogue)
        catalogues = {each: fields.catalogue for each, fields in people.items()}
        if may_add_new(context, made_as, catalogues):
            yield NewPeople(context, made_as, people, members, statuses)
        yield NewMembers(context, members)


def _list_changed_people(
    context: RunContext, people: Mapping[str, PushFields], chosen: frozenset[str]
) -> Iterator[MemberPart]:
    takes = {each: fields.updatable(chosen) for each, fields in people.items()}
    for sobject_type, other in ((LEAD, CONTACT), (CONTACT, LEAD)):
        columns = takes[sobject_type]
        keys = {column.key for column in columns}
        others = [column for column in takes[other] if column.key not in keys]
        if columns or others:
            yield ChangedPeople(context, sobject_type, people[sobject_type], columns, others)


def _find_chosen(context: RunContext, members: PushFields) -> frozenset[str]:
    """Return the chosen keys that are the people's, not the members' own."""
    own = {column.key for column in members.updatable(context.options.push_keys)}
    wishes = {column.key for column in context.options.columns if column.field in WISHES}
    return context.options.push_keys - own - wishes


def _describe_members(context: RunContext) -> PushFields:
    catalogue = _describe(context, MEMBER)
    given = {name: each for name, each in catalogue.items() if name not in GIVEN_BY_US}
    return PushFields(columns=context.options.columns, catalogue=given)


def _describe_people(context: RunContext, sobject_type: str) -> PushFields:
    """Return the list's columns as fields of the person that they show."""
    columns = tuple(
        replace(column, field=name)
        for column in context.options.columns
        if (name := find_person_field(column.field, sobject_type))
    )
    return PushFields(columns=columns, catalogue=_describe(context, sobject_type))


def _describe(context: RunContext, sobject_type: str) -> dict[str, SalesforceField]:
    return {field.name: field for field in describe(context, sobject_type)}
