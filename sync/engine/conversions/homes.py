"""The records of contacts in this account's lists of all contacts."""

from collections.abc import Iterable
from typing import TypeAlias

from lists.models import ListKind, ListRecord, MarketingList
from lists.records import Edit, PullColumn, PullPlan
from sync.engine.context import RunContext
from sync.engine.conversions.edits import LeadEdits
from sync.options import find_email_key, mirrored_columns

Adoptions: TypeAlias = dict[str, dict[str, Edit]]


def find_homes(context: RunContext, leads: Iterable[LeadEdits]) -> list[tuple[PullPlan, Adoptions]]:
    """Give edits a place in the contacts' records; return them by list, contact id and key.

    Where two leads became one contact, a field's first edit is taken; the others are left.
    """
    homes = []
    for marketing_list in MarketingList.objects.filter(kind=ListKind.CONTACTS).order_by("pk"):
        edits = _give_home(marketing_list, [lead for lead in leads if lead.contact_id])
        if edits:
            homes.append((_make_plan(context, marketing_list), edits))
    return homes


def _give_home(marketing_list: MarketingList, leads: list[LeadEdits]) -> Adoptions:
    keys = {column.field: column.key for column in mirrored_columns(marketing_list)}
    records = ListRecord.objects.filter(
        list=marketing_list, salesforce_id__in={lead.contact_id for lead in leads}
    )
    present = set(records.values_list("salesforce_id", flat=True))
    adoptions: Adoptions = {}
    for lead in leads:
        if lead.contact_id not in present:
            continue
        given = adoptions.setdefault(lead.contact_id, {})
        for name in [name for name in lead.edits if name in keys and keys[name] not in given]:
            given[keys[name]] = lead.place(name)
    return adoptions


def _make_plan(context: RunContext, marketing_list: MarketingList) -> PullPlan:
    """Return what names the list to the record store; nothing is pulled with it."""
    columns = mirrored_columns(marketing_list)
    return PullPlan(
        account_id=context.run.account_id,
        list_id=marketing_list.pk,
        run_id=context.run.pk,
        columns=tuple(PullColumn(column.key, column.field) for column in columns),
        email_key=find_email_key(marketing_list),
        add_new=False,
        update_keys=frozenset(),
        remember_seen=False,
    )
