"""Waiting between repeats: exponential, capped, with jitter, and never beyond a budget."""

import random

from connectors.salesforce.errors import TransientError
from connectors.salesforce.network import Network

_random = random.SystemRandom()


class Repeats:
    """The repeats of one request."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._count = 0
        self._give_up_at = network.clock() + network.retry.budget_seconds

    def wait_or_raise(self, error: TransientError) -> None:
        """Sleep before the next attempt, or raise ``error`` when there shall be none.

        An answer's Retry-After is kept to, also beyond the cap, but not beyond the budget.
        """
        delay = self._delay(error)
        self._count += 1
        too_late = self._network.clock() + delay > self._give_up_at
        if self._count > error.repeats or too_late:
            raise error
        self._network.sleep(delay)

    def _delay(self, error: TransientError) -> float:
        policy = self._network.retry
        if error.retry_after_seconds is not None:
            return error.retry_after_seconds
        longest = min(policy.cap_seconds, policy.base_seconds * 2.0**self._count)
        # Half of it is random, so that workers who failed together do not return together.
        return longest * (0.5 + 0.5 * _random.random())
