"""Ringing for runs that may start.

The database is the truth and the broker a doorbell. A lost message is rung again by the next
tick; a doubled one meets a claim that changes no row.
"""

from random import SystemRandom
from typing import Any

from celery import current_app

from sync.queue import doorbell
from sync.queue.waiting import find_first, list_first_of_free_accounts

_random = SystemRandom()

# A doorbell that nobody heard within this time is rung anew by a tick, not heard twice.
DOORBELL_LIFETIME_SECONDS = 60
# More runs than workers begin at once need no bell: each run that ends rings for another one.
RINGS_PER_ROUND = 200


def ring(run_id: int, *, producer: Any = None) -> bool:
    """Tell a worker that a run may start; return whether the broker took it.

    Without a broker the next tick rings again.
    """
    return doorbell.ring(
        "sync.execute_run", run_id, lifetime=DOORBELL_LIFETIME_SECONDS, producer=producer
    )


def ring_waiting() -> None:
    """Ring for the runs that start next in accounts in which none runs, the longest due first.

    A broker that did not take one is not tried for the others: each try may take seconds.
    """
    with current_app.producer_or_acquire() as producer:
        for run_id in list_first_of_free_accounts()[:RINGS_PER_ROUND]:
            if not ring(run_id, producer=producer):
                return


def ring_next(account_id: int) -> None:
    """Ring for the run that starts next in an account that has come free, else in another one."""
    run_id = find_first(account_id)
    if run_id is None:
        # Two workers that end at one time should not ring for the same run.
        others = list_first_of_free_accounts()[:RINGS_PER_ROUND]
        run_id = _random.choice(others) if others else None
    if run_id is not None:
        ring(run_id)
