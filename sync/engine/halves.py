"""Calls that Salesforce fails on as a whole, sent in halves until the bad row stands alone (F20).

An error of Salesforce's own (HTTP 500) names no record, and does not tell whether something was
written: what is sent so must do no harm when it is sent twice.
"""

from collections.abc import Callable

from connectors.salesforce import ServerError, read_api_limits
from sync.engine.context import RunContext
from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import PushRow, Refusal

# Enough to find three bad records among 200. Each call that fails was repeated by the session.
MOST_CALLS = 50
# So few records may all be bad ones. That more of them are is no record's fault.
FEW = 10
ADVICE = (
    "The next sync sends it again. If that fails too, give Salesforce's support the error's number "
    "from this text."
)

Send = Callable[[list[PushRow]], Outcomes]


def send_in_halves(context: RunContext, rows: list[PushRow], send: Send) -> Outcomes:
    """Send rows by one call, or by smaller ones where Salesforce fails on it.

    A row that fails by itself is refused; so is, from the 50th call on, each part that fails. Where
    no call is answered it may be Salesforce that is away: the error is raised when it does not
    answer a question about nothing either, or when a second of many rows fails by itself.
    """
    outcomes = Outcomes()
    waiting, calls, is_answered = [rows], 0, False
    while waiting:
        # Behind a bad row that nothing was answered before, a large part tells who is to blame.
        part = waiting.pop(0 if outcomes.refusals and not is_answered else -1)
        calls += 1
        try:
            outcomes.add(send(part))
            is_answered = True
        except ServerError as error:
            if len(part) == 1 and not is_answered:
                is_answered = len(rows) <= FEW and _does_answer(context)
                is_first_of_many = len(rows) > FEW and not outcomes.refusals
                if not is_answered and not is_first_of_many:
                    raise
            if len(part) == 1 or calls >= MOST_CALLS:
                outcomes.refusals += [_refuse(row, error) for row in part]
            else:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
            context.check()
    return outcomes


def _does_answer(context: RunContext) -> bool:
    """Tell whether Salesforce answers a call that has nothing to do with any record."""
    try:
        read_api_limits(context.client)
    except ServerError:
        return False
    return True


def _refuse(row: PushRow, error: ServerError) -> Refusal:
    return row.refuse(error.code, error.message, ADVICE)
