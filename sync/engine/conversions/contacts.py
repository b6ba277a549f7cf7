"""The contacts of converted leads, and edits that are sent to them."""

from collections.abc import Iterable, Sequence
from typing import Any

from connectors.models import SalesforceField
from connectors.salesforce import build_selects_in, iterate_records, normalise_id, update_records
from connectors.services import refresh_fields
from lists.records.merge import Conflict, decide
from lists.records.plan import CHANGED_AT_FIELD, read_time
from sync.engine.context import RunContext
from sync.engine.conversions.edits import LeadEdits
from sync.engine.fates import find_successors
from sync.engine.rest_rows import to_text
from sync.engine.send_collections import ROWS_PER_CALL, write_options
from sync.engine.values import InvalidValueError, to_json

LEAD_FIELDS = ["Id", "IsConverted", "ConvertedContactId"]

Values = dict[str, Any]


def find_contacts(context: RunContext, lead_ids: Sequence[str]) -> dict[str, str]:
    """Return the contact of each lead that was converted, empty where that is gone.

    A contact that was merged is followed.
    """
    queries = build_selects_in(
        "Lead", LEAD_FIELDS, known_fields=LEAD_FIELDS, field="Id", values=sorted(set(lead_ids))
    )
    found = {
        normalise_id(row["Id"]): row["ConvertedContactId"]
        for soql in queries
        for row in iterate_records(context.client, soql, include_deleted=True)
        if row["IsConverted"]
    }
    contacts = {normalise_id(contact) for contact in found.values() if contact}
    present = find_successors(context.client, "Contact", contacts) if contacts else {}
    return {
        lead: present.get(normalise_id(contact), "") if contact else ""
        for lead, contact in found.items()
    }


def send_to_contacts(context: RunContext, leads: Iterable[LeadEdits]) -> None:
    """Send edits that a push may send to the contacts.

    A value that Salesforce changed too is left to the field's rule, as in a pull.
    """
    waiting = [lead for lead in leads if lead.contact_id and _pushed_fields(context, lead)]
    if not waiting:
        return
    described = refresh_fields(client=context.client, sobject_type="Contact")
    catalogue = {each.name: each for each in described if each.is_updateable}
    present = _read_present(context, waiting, catalogue)
    rows: dict[str, Values] = {}
    senders: dict[str, list[tuple[LeadEdits, list[str]]]] = {}
    for lead in waiting:
        values = _decide(context, lead, catalogue, present.get(lead.contact_id, {}))
        row = rows.setdefault(lead.contact_id, {})
        if any(row.get(name, value) != value for name, value in values.items()):
            lead.problem = "another lead became the same contact and has another value."
        mine = {name: value for name, value in values.items() if row.get(name, value) == value}
        row |= mine
        senders.setdefault(lead.contact_id, []).append((lead, list(mine)))
    _send(context, rows, senders)


def _pushed_fields(context: RunContext, lead: LeadEdits) -> list[str]:
    return [name for name in lead.edits if lead.keys[name] in context.options.push_keys]


def _read_present(
    context: RunContext, leads: Sequence[LeadEdits], catalogue: dict[str, SalesforceField]
) -> dict[str, dict[str, Any]]:
    wanted = {name for lead in leads for name in _pushed_fields(context, lead)}
    times = [CHANGED_AT_FIELD] if context.options.compares_times else []
    fields = list(dict.fromkeys(["Id", *times, *sorted(wanted & catalogue.keys())]))
    queries = build_selects_in(
        "Contact",
        fields,
        known_fields=fields,
        field="Id",
        values=sorted({lead.contact_id for lead in leads}),
    )
    return {
        normalise_id(record["Id"]): record
        for soql in queries
        for record in iterate_records(context.client, soql)
    }


def _decide(
    context: RunContext,
    lead: LeadEdits,
    catalogue: dict[str, SalesforceField],
    contact: dict[str, Any],
) -> Values:
    """Return the values to send; what the contact has already, or gets not, has found its place."""
    columns = {
        column.salesforce_field: column for column in context.options.pull_plan(context.run).columns
    }
    changed_at = read_time(contact.get(CHANGED_AT_FIELD))
    values: Values = {}
    for name in _pushed_fields(context, lead):
        if name not in catalogue or name not in contact:
            continue
        edit, data_type = lead.edits[name], catalogue[name].data_type
        theirs = to_text(contact[name], data_type) or None
        column = columns[name]
        told = {"edited_at": edit.edited_at, "changed_at": changed_at}
        decision = decide(edit.base, edit.value, theirs, column, **told)
        if decision.is_conflict:
            lead.conflicts.append(
                Conflict(column.key, edit.value, theirs, column.rule, decision.is_open)
            )
        try:
            if decision.is_open:
                values[name] = to_json(edit.value, data_type)
                continue
        except InvalidValueError as error:
            lead.problem = f"{catalogue[name].label} there: {error}"
            continue
        lead.place(name)
    return values


def _send(
    context: RunContext,
    rows: dict[str, Values],
    senders: dict[str, list[tuple[LeadEdits, list[str]]]],
) -> None:
    ids = [contact_id for contact_id, values in rows.items() if values]
    options = write_options(context, create=False)
    for start in range(0, len(ids), ROWS_PER_CALL):
        context.check()
        some = ids[start : start + ROWS_PER_CALL]
        records = [{"Id": each, **rows[each]} for each in some]
        answers = update_records(context.client, "Contact", records, options)
        for contact_id, answer in zip(some, answers, strict=True):
            for lead, names in senders[contact_id]:
                if answer.error is None:
                    for name in names:
                        lead.place(name)
                else:
                    lead.problem = f"the contact did not take them: {answer.error.message}"
