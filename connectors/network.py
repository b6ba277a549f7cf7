"""How this installation reaches Salesforce, made from the settings."""

import time
from collections.abc import Callable

from django.conf import settings

from connectors.salesforce import ApiCall, Network, RetryPolicy, Timeouts

# A person waits in front of the page, and a log-in never takes longer by right.
SHORT_TIMEOUTS = Timeouts(connect_seconds=5, read_seconds=20, total_seconds=30)

OnCall = Callable[[ApiCall], None]


def allowed_hosts() -> frozenset[str]:
    """Return the hosts that are trusted beside `*.salesforce.com`."""
    return frozenset(settings.SALESFORCE_EXTRA_LOGIN_HOSTS)


def job_network(
    *, on_call: OnCall | None, sleep: Callable[[float], None], retry_seconds: float
) -> Network:
    """Return the network of a worker: patient, up to `retry_seconds` of waiting in all."""
    return Network(
        allowed_hosts=allowed_hosts(),
        ca_bundle=settings.SALESFORCE_CA_BUNDLE or None,
        retry=RetryPolicy(budget_seconds=retry_seconds),
        sleep=sleep,
        on_call=on_call,
    )


def page_network(on_call: OnCall | None = None) -> Network:
    """Return the network of a page and of every log-in: short time-outs, nothing repeated."""
    return Network(
        allowed_hosts=allowed_hosts(),
        ca_bundle=settings.SALESFORCE_CA_BUNDLE or None,
        timeouts=SHORT_TIMEOUTS,
        retry=RetryPolicy(budget_seconds=0),
        sleep=time.sleep,
        on_call=on_call,
    )
