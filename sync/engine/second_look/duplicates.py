"""Rows that a duplicate rule of the organisation refused, answered as the job chose (F25)."""

from collections.abc import Sequence
from dataclasses import replace

from connectors.salesforce import (
    AllOf,
    Condition,
    DuplicateError,
    RowOutcome,
    build_select,
    iterate_records,
    update_record,
    upsert_record,
)
from lists.models import ListRecord
from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import EXTERNAL_ID_FIELD, PushRow, Refusal
from sync.engine.queries import LEAD_IS_OPEN
from sync.engine.second_look.situation import Situation
from sync.engine.send_collections import json_values, sort_answers, write_options
from sync.models import DuplicateAction

CODES = frozenset({"DUPLICATES_DETECTED"})
# Salesforce names the matches only to a call for one record. So many are asked about at once;
# with more of them the rule, and not the records, needs a look.
MOST_ASKED = 200
MOST_NAMED = 5

Match = tuple[str, str]


def answer(situation: Situation, refusals: list[Refusal]) -> Outcomes:
    """Save, link or set aside the rows, each with the ids of its matches where it stays refused."""
    outcomes = Outcomes(refusals=refusals)
    if situation.context.options.duplicates == DuplicateAction.SAVE:
        # A Bulk job knows nothing of saving past a rule.
        outcomes = situation.send(situation.rows_of(outcomes.set_apart(CODES)))
    refused = outcomes.set_apart(CODES)
    outcomes.refusals += refused[MOST_ASKED:]
    for row in situation.rows_of(refused[:MOST_ASKED]):
        situation.context.check()
        _ask(situation, row, outcomes)
    return outcomes


def _ask(situation: Situation, row: PushRow, outcomes: Outcomes) -> None:
    """Send one row by a call of its own, and note what became of it."""
    answered = _send_alone(situation, row)
    if not isinstance(answered.error, DuplicateError):
        outcomes.add(sort_answers([row], [answered], situation.fields))
        return
    matches = answered.error.matches
    linked = {salesforce_id for _, salesforce_id in outcomes.links}
    if _may_be_linked(situation, matches, linked):
        outcomes.links.append((row, matches[0][1]))
        return
    refused = sort_answers([row], [answered], situation.fields).refusals
    outcomes.refusals += [_name_matches(refusal, matches) for refusal in refused]


def _send_alone(situation: Situation, row: PushRow) -> RowOutcome:
    context, values = situation.context, json_values(row, situation.fields)
    sobject_type = context.options.sobject_type
    options = write_options(context, create=situation.is_create)
    if situation.is_create:
        ours = (EXTERNAL_ID_FIELD, str(row.record_id))
        return upsert_record(context.client, sobject_type, ours, values, options)
    return update_record(context.client, sobject_type, row.salesforce_id or "", values, options)


def _may_be_linked(situation: Situation, matches: Sequence[Match], linked: set[str]) -> bool:
    """Tell whether a new record has exactly one match, and that is free to be linked to."""
    options = situation.context.options
    if not (situation.is_create and options.duplicates == DuplicateAction.LINK):
        return False
    if len(matches) != 1 or matches[0][0] != options.sobject_type or matches[0][1] in linked:
        return False
    return not _is_listed(situation, matches[0][1]) and _is_open(situation, matches[0][1])


def _is_listed(situation: Situation, salesforce_id: str) -> bool:
    held = ListRecord.objects.filter(list_id=situation.context.run.job.list_id)
    return held.filter(salesforce_id=salesforce_id).exists()


def _is_open(situation: Situation, salesforce_id: str) -> bool:
    """Tell whether a record can still be changed: a converted lead cannot."""
    context = situation.context
    if context.options.sobject_type != "Lead":
        return True
    where = AllOf(Condition("Id", "=", salesforce_id), LEAD_IS_OPEN)
    soql = build_select("Lead", ["Id"], known_fields=["Id", "IsConverted"], where=where)
    return any(True for _ in iterate_records(context.client, soql))


def _name_matches(refusal: Refusal, matches: Sequence[Match]) -> Refusal:
    if not matches:
        return refusal
    named = ", ".join(f"{sobject_type} {each}" for sobject_type, each in matches[:MOST_NAMED])
    more = len(matches) - MOST_NAMED
    named += f" and {more} more" if more > 0 else ""
    return replace(
        refusal,
        message=f"{refusal.message} The duplicate rule found: {named}.",
        advice="Merge them in Salesforce, or correct this record. Under Sync Setup you choose what "
        "becomes of such records.",
    )
