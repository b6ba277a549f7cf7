"""Rows about a record, or about a parent of it, that Salesforce says is not there.

Merged records are followed to the one that is left (F41). A deleted one is told, and nothing is
created in its place (F42). Where the record is there, its parents are looked up once (F45).
"""

from dataclasses import replace

from connectors.salesforce import build_selects_in, iterate_records, normalise_id
from sync.engine.fates import find_successors
from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import PushRow, Refusal
from sync.engine.second_look.situation import Situation

CODES = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"})
DELETED_ADVICE = (
    "It is not created again. Restore it in Salesforce, and the next sync goes on with it; or "
    "delete it from this list."
)
RECORD_TYPE_ADVICE = (
    "Give the connected user's profile this record type in Salesforce, or choose another one here."
)


def look_up(situation: Situation, refusals: list[Refusal]) -> Outcomes:
    """Follow what was merged, tell what was deleted, and look the parents of the rest up."""
    outcomes = Outcomes()
    masters = _find_successors(situation, refusals)
    alive = []
    for refusal in refusals:
        salesforce_id = refusal.row.salesforce_id
        master = salesforce_id if situation.is_create else masters.get(salesforce_id or "")
        if master == salesforce_id:
            alive.append(refusal)
        elif master and salesforce_id:
            outcomes.masters[salesforce_id] = master
        else:
            outcomes.refusals.append(replace(refusal, advice=DELETED_ADVICE))
    outcomes.add(_look_at_parents(situation, alive))
    return outcomes


def _find_successors(situation: Situation, refusals: list[Refusal]) -> dict[str, str]:
    context = situation.context
    ids = {refusal.row.salesforce_id for refusal in refusals if refusal.row.salesforce_id}
    return find_successors(context.client, context.options.sobject_type, ids)


def _look_at_parents(situation: Situation, refusals: list[Refusal]) -> Outcomes:
    """Name the parent that is gone; where all are there, send the row once more."""
    rows = situation.rows_of(refusals)
    gone = _find_gone_parents(situation, rows)
    to_send = []
    outcomes = Outcomes()
    by_record = {refusal.row.record_id: refusal for refusal in refusals}
    for row in rows:
        names = [name for name, value in row.values.items() if (name, value) in gone]
        if names:
            outcomes.refusals.append(_name_parents(situation, by_record[row.record_id], row, names))
        else:
            to_send.append(row)
    again = situation.send(to_send)
    again.refusals = [_advise(refusal) for refusal in again.refusals]
    outcomes.add(again)
    return outcomes


def _find_gone_parents(situation: Situation, rows: list[PushRow]) -> set[tuple[str, str | None]]:
    """Return the pairs of field and id whose record Salesforce does not show us."""
    named: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.values.items():
            if value and situation.fields.type_of(name) == "reference":
                named.setdefault(name, set()).add(value)
    return {
        (name, value)
        for name, values in named.items()
        for value in values - _read_present(situation, name, values)
    }


def _read_present(situation: Situation, name: str, values: set[str]) -> set[str]:
    by_id: dict[str, str] = {}
    for value in values:
        try:
            by_id[normalise_id(value)] = value
        except ValueError:
            continue
    present = set()
    for sobject_type in situation.fields.catalogue[name].reference_to:
        queries = build_selects_in(
            sobject_type, ["Id"], known_fields=["Id"], field="Id", values=sorted(by_id)
        )
        for soql in queries:
            for record in iterate_records(situation.context.client, soql):
                present.add(by_id[normalise_id(record["Id"])])
    return present


def _name_parents(
    situation: Situation, refusal: Refusal, row: PushRow, names: list[str]
) -> Refusal:
    labels = {name: situation.fields.catalogue[name].label for name in names}
    told = ", ".join(f"{labels[name]} {row.values[name]}" for name in names)
    return replace(
        refusal,
        message=f"{refusal.message}. Not found in Salesforce: {told}.",
        advice=f"Correct {', '.join(labels.values())} in the list, then run the sync again: the "
        "record was deleted or merged, or the connected user may not see it.",
        fields=tuple(names),
    )


def _advise(refusal: Refusal) -> Refusal:
    if "RecordTypeId" in refusal.fields:
        return replace(refusal, advice=RECORD_TYPE_ADVICE)
    return refusal
