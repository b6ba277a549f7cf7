"""How this installation reaches Salesforce, made from the settings."""

import time
from collections.abc import Callable

from django.conf import settings

from connectors.salesforce import ApiCall, Network, RetryPolicy, Timeouts

# A person waits in front of the page, and a log-in never takes longer by right.
SHORT_TIMEOUTS = Timeouts(connect_seconds=5, read_seconds=20, total_seconds=30)

# What a person does not wait for.
BRIEF_TIMEOUTS = Timeouts(connect_seconds=3, read_seconds=5, total_seconds=5)

OnCall = Callable[[ApiCall], None]


def allowed_hosts() -> frozenset[str]:
    """Return the hosts that are trusted beside `*.salesforce.com`."""
    return frozenset(settings.SALESFORCE_EXTRA_LOGIN_HOSTS)


def make_network(
    *,
    on_call: OnCall | None = None,
    before_call: Callable[[], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    retry_seconds: float = 0,
) -> Network:
    """Return the way to Salesforce that the settings allow.

    `retry_seconds` bounds the waits of a worker in all. With 0 nothing is repeated and time-outs
    are short, as a page and a log-in need it.
    """
    return Network(
        allowed_hosts=allowed_hosts(),
        ca_bundle=settings.SALESFORCE_CA_BUNDLE or None,
        timeouts=Timeouts() if retry_seconds else SHORT_TIMEOUTS,
        retry=RetryPolicy(budget_seconds=retry_seconds),
        sleep=sleep,
        on_call=on_call,
        before_call=before_call,
    )
