"""Rows that another transaction held: they are sent again, a little later each time (F24)."""

import random

from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import Refusal
from sync.engine.second_look.situation import Situation

CODES = frozenset({"UNABLE_TO_LOCK_ROW"})
MOST_TRIES = 5
FIRST_WAIT_SECONDS = 0.5

_random = random.SystemRandom()


def send_again(situation: Situation, refusals: list[Refusal]) -> Outcomes:
    """Send the rows up to five times more; those that are locked still are set aside."""
    outcomes = Outcomes(refusals=refusals)
    longest = FIRST_WAIT_SECONDS
    for _ in range(MOST_TRIES):
        locked = outcomes.set_apart(CODES)
        if not locked:
            break
        # Part of the wait is chance, so that two programs do not meet at the lock again.
        situation.context.client.network.sleep(longest * (0.5 + 0.5 * _random.random()))
        situation.context.check()
        longest *= 2
        outcomes.add(situation.send(situation.rows_of(locked)))
    return outcomes
