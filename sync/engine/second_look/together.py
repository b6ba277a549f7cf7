"""Rows that failed together: a trigger that fails on one record fails the batch of 200 (F39)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import PushRow, Refusal
from sync.engine.second_look.situation import Situation, pieces
from sync.engine.send_collections import ROWS_PER_CALL

CODES = frozenset({"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER"})
# Enough to find three bad records among 200.
MOST_CALLS = 50
# As many halvings as lead to one row of 200: where none went through, all are refused.
HOPELESS_AFTER = 16


def send_apart(situation: Situation, refusals: list[Refusal]) -> Outcomes:
    """Send the rows in halves, and these in halves, until the bad ones stand alone.

    Where no row of a batch goes through, the records are not to blame, and no more are sent.
    """
    outcomes = Outcomes()
    hopeless = False
    for some in pieces(refusals, ROWS_PER_CALL):
        if hopeless or len(some) == 1:
            outcomes.refusals += some
            continue
        rows = situation.rows_of(some)
        found = _send_in_halves(situation, rows, {each.row.record_id: each for each in some})
        hopeless = not found.settled
        outcomes.add(found)
    return outcomes


def _send_in_halves(
    situation: Situation, rows: Sequence[PushRow], refused: Mapping[UUID, Refusal]
) -> Outcomes:
    outcomes = Outcomes()
    waiting = _halve(rows)
    calls = 0
    while waiting and calls < (MOST_CALLS if outcomes.settled else HOPELESS_AFTER):
        part = waiting.pop()
        answers = situation.send(part)
        calls += 1
        failed = [] if answers.settled or len(part) == 1 else answers.set_apart(CODES)
        waiting += _halve([refusal.row for refusal in failed])
        outcomes.add(answers)
    outcomes.refusals += [refused[row.record_id] for part in waiting for row in part]
    return outcomes


def _halve(rows: Sequence[PushRow]) -> list[Sequence[PushRow]]:
    middle = len(rows) // 2
    return [half for half in (rows[middle:], rows[:middle]) if half]
