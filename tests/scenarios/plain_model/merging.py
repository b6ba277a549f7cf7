"""Whose value is taken, ours or Salesforce's."""

from datetime import datetime
from typing import NamedTuple

from tests.scenarios.plain_model.marketing_list import Record
from tests.scenarios.plain_model.options import MOST_RECENT, OURS, UNLESS_BLANK


class Decision(NamedTuple):
    """What is kept and what counts as agreed from now on; who won where both sides had changed."""

    value: str | None
    agreed: str | None
    winner: str = ""


def decide(
    name: str,
    *,
    ours: str | None,
    agreed: str | None,
    theirs: str | None,
    rule: str,
    ours_is_later: bool = False,
) -> Decision:
    """Decide on one value; `agreed` is the one that both sides had last.

    Only they changed it: theirs. Only we did: ours. Both did: the rule says whose. Where Salesforce
    wins unless it is blank, its blank empties nothing, whoever changed what.
    """
    keep = rule == UNLESS_BLANK and theirs is None
    if same(name, ours, agreed) and ours == agreed:
        return Decision(ours, ours) if keep else Decision(theirs, theirs)
    if same(name, theirs, agreed) and ours != theirs:
        return Decision(ours, theirs)
    if same(name, theirs, ours):
        return Decision(theirs, theirs)
    if keep or rule == OURS or (rule == MOST_RECENT and ours_is_later):
        return Decision(ours, theirs, "ours")
    return Decision(theirs, theirs, "theirs")


def same(name: str, one: str | None, other: str | None) -> bool:
    """Tell whether two texts are one value: of an address, capitals make no other."""
    if name == "Email" and one is not None and other is not None:
        return one.casefold() == other.casefold()
    return one == other


def keep(record: Record, name: str, decision: Decision) -> None:
    """Note a decision in a record."""
    record.values[name] = decision.value
    record.agreed.pop(name, None)
    if decision.value != decision.agreed:
        record.agreed[name] = decision.agreed


def is_later(edited_at: datetime | None, changed_at: datetime | None) -> bool:
    """Tell whether the edit came after Salesforce's change; both are told in whole seconds."""
    if edited_at is None or changed_at is None:
        return False
    return edited_at.replace(microsecond=0) > changed_at
