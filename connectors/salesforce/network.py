"""How Salesforce is reached: trusted hosts, certificates, time-outs, repeats, clock and meter.

One frozen value, made once from the settings and handed to ``log_in`` and
``SalesforceClient``; tests hand in their own clock and sleep.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Timeouts:
    """Limits of one request, in seconds.

    ``read_seconds`` is the longest silence between two bytes. ``total_seconds``
    bounds an ordinary answer as a whole: Salesforce itself gives a query 120 s.
    ``transfer_seconds`` bounds the streams, a page of bulk results or an upload.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 130.0
    total_seconds: float = 150.0
    transfer_seconds: float = 900.0


@dataclass(frozen=True)
class RetryPolicy:
    """Waits between repeats: base x 2^n with jitter, at most cap, at most budget in all.

    A page that a person waits for uses ``RetryPolicy(budget_seconds=0)``.
    """

    base_seconds: float = 1.0
    cap_seconds: float = 60.0
    budget_seconds: float = 900.0


@dataclass(frozen=True)
class ApiCall:
    """One HTTP answer; ``used`` of ``maximum`` daily calls, as Sforce-Limit-Info says.

    ``answered_at`` is Salesforce's time, as the header Date says.
    """

    method: str
    status: int
    used: int | None
    maximum: int | None
    answered_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Network:
    """How to reach Salesforce.

    ``allowed_hosts`` holds exact ``host:port`` strings trusted beside
    ``*.salesforce.com``; ``ca_bundle`` the path of a PEM file, None for the public
    authorities. ``sleep`` may raise, to end a wait when the process shuts down.
    ``on_call`` is called once for every HTTP answer and must not raise. ``before_call`` is
    called before every request, repeats among them; what it raises ends the call unmade.
    """

    allowed_hosts: frozenset[str] = frozenset()
    ca_bundle: str | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    on_call: Callable[[ApiCall], None] | None = None
    before_call: Callable[[], None] | None = None
