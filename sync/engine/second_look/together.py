"""Rows that failed together: a trigger that fails on one record fails the batch of 200 (F39)."""

from collections.abc import Sequence

from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import PushRow, Refusal
from sync.engine.second_look.situation import Situation, pieces
from sync.engine.send_collections import ROWS_PER_CALL

CODES = frozenset({"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER"})
# Enough to find three bad records among 200. Beyond that the records are hardly to blame.
MOST_CALLS = 50


def send_apart(situation: Situation, refusals: list[Refusal]) -> Outcomes:
    """Send the rows in halves, and these in halves, until the bad ones stand alone."""
    outcomes = Outcomes()
    for some in pieces(refusals, ROWS_PER_CALL):
        if len(some) == 1:
            outcomes.refusals += some
            continue
        rows = situation.rows_of(some)
        outcomes.add(_send_in_halves(situation, rows, {each.row.record_id: each for each in some}))
    return outcomes


def _send_in_halves(
    situation: Situation, rows: Sequence[PushRow], refused: dict[object, Refusal]
) -> Outcomes:
    outcomes = Outcomes()
    waiting = _halve(rows)
    for _ in range(MOST_CALLS):
        if not waiting:
            break
        part = waiting.pop()
        answers = situation.send(part)
        failed = [] if answers.settled or len(part) == 1 else answers.set_apart(CODES)
        waiting += _halve([refusal.row for refusal in failed])
        outcomes.add(answers)
    outcomes.refusals += [refused[row.record_id] for part in waiting for row in part]
    return outcomes


def _halve(rows: Sequence[PushRow]) -> list[Sequence[PushRow]]:
    middle = len(rows) // 2
    return [half for half in (rows[middle:], rows[:middle]) if half]
