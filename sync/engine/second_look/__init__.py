"""What Salesforce refused at first, looked at once more where another look can help.

A record that is locked is sent again; one that failed because of another in its batch is sent
apart from it; one that was merged or converted meanwhile is followed. Each kind of refusal has a
module here. What is left of them is set aside with what the second look has found out.
"""

from collections.abc import Callable

from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import Refusal
from sync.engine.second_look import (
    conversions,
    duplicates,
    locks,
    ours,
    picklists,
    references,
    together,
)
from sync.engine.second_look.situation import Situation

__all__ = ["Situation", "look_again"]

LOOKS: tuple[tuple[frozenset[str], Callable[[Situation, list[Refusal]], Outcomes]], ...] = (
    (locks.CODES, locks.send_again),
    (together.CODES, together.send_apart),
    (ours.CODES, ours.find),
    (conversions.CODES, conversions.follow),
    (references.CODES, references.look_up),
    (duplicates.CODES, duplicates.answer),
    (picklists.CODES, picklists.name_the_values),
)


def look_again(situation: Situation, outcomes: Outcomes) -> Outcomes:
    """Take out the refusals that deserve a second look; return what became of them."""
    found = Outcomes()
    for codes, look in LOOKS:
        if codes is together.CODES and outcomes.settled:
            continue  # others of the same call went through: these failed by themselves
        refused = outcomes.set_apart(codes)
        if refused:
            situation.context.check()
            found.add(look(situation, refused))
    return found
