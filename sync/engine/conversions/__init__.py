"""Edits of leads that sales have converted: they go to the contacts, and no second lead is made.

A converted lead cannot be changed any more; its contact takes its place (F40). What was edited
here and not sent yet goes, field by field,

1. to the contact's record in a list of all contacts, as an edit of that record (`homes`);
2. where there is none, to the contact in Salesforce, if the field is a push-update field and
   Salesforce does not win by the field's rule (`contacts`);
3. nowhere, where neither goes: the record stays with its edits and is set aside.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lists.models import ListKind, ListRecord
from lists.records import Conflicts, PushedRecord
from sync.engine.conflicts import note_conflicts
from sync.engine.context import RunContext
from sync.engine.conversions.contacts import find_contacts, send_to_contacts
from sync.engine.conversions.edits import LeadEdits, read_edits
from sync.engine.conversions.homes import find_homes
from sync.engine.outcomes import note_refusals
from sync.engine.push_rows import PushRow, Refusal
from sync.models import RecordIssue
from sync.options import mirrored_columns

CODE = "CANNOT_UPDATE_CONVERTED_LEAD"
LEADS_AT_ONCE = 2_000
EDITS = ("salesforce_id", "dirty")
ADVICE = (
    "Choose the fields under Select Push-Update Fields, or import All Salesforce Contacts with "
    "them as columns, and run the sync again. Or enter them at the contact and delete this record."
)


class Edited(NamedTuple):
    """Records with edits that are about to leave the list, by their ids in Salesforce.

    `stuck` are converted leads whose edits found no place: they stay. `lost` are those that
    were deleted, or are hidden from us: their edits go with them.
    """

    stuck: frozenset[str]
    lost: frozenset[str]


def carry_over(
    context: RunContext, contacts: Mapping[str, str], keys: frozenset[str] | None = None
) -> list[Refusal]:
    """Carry edits of converted leads over to their `contacts`, which `find_contacts` told.

    `keys` are the columns whose edits are looked at, all of them by default. Return the records of
    which an edit has found no place; they keep it. Done twice, nothing changes any more.
    """
    leads = read_edits(context, contacts, keys)
    if not leads:
        return []
    homes = find_homes(context, leads)
    for lead in leads:
        lead.drop_blanks(context.options.clearing_keys)
    send_to_contacts(context, leads)
    moved = [lead for lead in leads if lead.carried]
    overruled, conflicts = 0, Conflicts()
    for lead in moved:
        lead.tell_conflicts(conflicts)
    with transaction.atomic():
        for plan, edits in homes:
            overruled += context.store.adopt_edits(plan, edits, timezone.now())
        context.store.settle_pushed(
            context.options.pull_plan(context.run),
            [PushedRecord(lead.record_id, lead.lead_id, lead.carried) for lead in moved],
        )
        note_conflicts(context.run, context.options, conflicts)
        context.count(
            records_followed=len(moved),
            records_overruled=overruled + conflicts.overruled,
            records_upheld=conflicts.upheld,
            conflicts_found=conflicts.values,
        )
        context.lease.hold()
    return [_refuse(context, lead) for lead in leads if lead.edits]


def carry_before_removal(context: RunContext, salesforce_ids: Sequence[str]) -> Edited:
    """Carry edits over before records leave the list; return what becomes of the edited ones.

    An edit that is made meanwhile is in neither of them. What was edited in a column that no
    longer mirrors a field is a value of this list alone, and goes with its record.
    """
    run = context.run
    keys = {column.key for column in mirrored_columns(run.job.list)}
    stuck: set[str] = set()
    lost: set[str] = set()
    for start in range(0, len(salesforce_ids), LEADS_AT_ONCE):
        edited = ListRecord.objects.filter(
            list_id=run.job.list_id,
            salesforce_id__in=salesforce_ids[start : start + LEADS_AT_ONCE],
            dirty__isnull=False,
        )
        dirty = {each or "": dirty or {} for each, dirty in edited.values_list(*EDITS)}
        open_ones = [each for each, edits in dirty.items() if keys & edits.keys()]
        are_leads = open_ones and run.job.list.kind == ListKind.LEADS
        contacts = find_contacts(context, open_ones) if are_leads else {}
        refusals = carry_over(context, contacts)
        note_refusals(context, refusals)
        stuck |= {refusal.row.salesforce_id or "" for refusal in refusals}
        lost |= dirty.keys() - contacts.keys()
    return Edited(frozenset(stuck), frozenset(lost))


def remove_lost(context: RunContext, edited: Edited) -> int:
    """Remove the records whose edits go with them; return how many there were."""
    ids, removed = sorted(edited.lost), 0
    for start in range(0, len(ids), LEADS_AT_ONCE):
        some = ids[start : start + LEADS_AT_ONCE]
        records = ListRecord.objects.filter(list_id=context.run.job.list_id)
        removed += records.filter(salesforce_id__in=some).delete()[0]
    return removed


def leave_out_stuck(context: RunContext, records: QuerySet[ListRecord]) -> QuerySet[ListRecord]:
    """Leave out the converted leads whose edits this run's pull has found no place for.

    Salesforce would refuse each of them again, and a dry run could not know it.
    """
    told = RecordIssue.objects.filter(run=context.run, code=CODE).exclude(salesforce_id="")
    stuck = list(told.values_list("salesforce_id", flat=True))
    return records.exclude(salesforce_id__in=stuck) if stuck else records


def _refuse(context: RunContext, lead: LeadEdits) -> Refusal:
    columns = mirrored_columns(context.run.job.list)
    names = [column.name for column in columns if column.field in lead.edits]
    row = PushRow(lead.record_id, lead.lead_id, lead.email, {})
    if not lead.contact_id:
        told = "Salesforce converted this lead, and its contact is gone or hidden from us."
        return row.refuse(CODE, f"{told} Changed here: {', '.join(names)}.", ADVICE)
    told = f"Salesforce converted this lead into the contact {lead.contact_id}."
    why = lead.problem or "which does not get them from this list."
    message = f"{told} Changed here: {', '.join(names)}; {why}"
    return row.refuse(CODE, message, ADVICE, tuple(lead.edits))
