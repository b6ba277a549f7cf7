"""Rows of leads that were converted meanwhile: their edits go to the contacts (F40)."""

from sync.engine.conversions import CODE, carry_over
from sync.engine.conversions.contacts import find_contacts
from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import Refusal
from sync.engine.second_look import ours
from sync.engine.second_look.situation import Situation

CODES = frozenset({CODE})


def follow(situation: Situation, refusals: list[Refusal]) -> Outcomes:
    """Carry the edits over; what has found no place is set aside.

    A new record can only be refused so if it was created by us before: it is linked, and its
    edits are carried over by the next run.
    """
    if situation.is_create:
        return ours.find(situation, refusals)
    ids = [refusal.row.salesforce_id for refusal in refusals if refusal.row.salesforce_id]
    contacts = find_contacts(situation.context, ids)
    stuck = carry_over(situation.context, contacts, situation.context.options.push_keys)
    return Outcomes(refusals=stuck)
