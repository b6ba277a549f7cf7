"""What the database's clock leaves behind when it is set back: times that are still to come.

Nobody can have written such a time before it was, so each one tells of a jump. A lease that ends
a day from now would keep a dead run's account for that day, a start that is still to come would
keep its list waiting. A clock that is set forward leaves nothing: the holder prolongs its lease,
or the run is taken over as from a dead one, and the fence keeps the two apart.
"""

from datetime import timedelta

import structlog
from django.db.models.functions import Now

from connectors.budget import LONGEST_WAIT
from sync.models import AccountLease, RunState, SyncJob, SyncRun
from sync.queue.lease import from_now, lease_seconds

log = structlog.get_logger(__name__)

# What is less is no jump: two hosts and their database need not agree on the second, and a start
# that is written while somebody looks is later than the time of the look.
NOTICEABLE = timedelta(minutes=1)


def repair_times_to_come() -> None:
    """Bring leases and starts back to what they can be at the most by the clock as it is now.

    The queries walk an index to rows that only a jump leaves.
    """
    shortened = _shorten_leases()
    brought_back = _bring_back_starts()
    resumed = _bring_back_waits()
    if shortened or brought_back or resumed:
        log.warning("clock.was_set_back", leases=shortened, starts=brought_back, waits=resumed)


def _shorten_leases() -> int:
    """Let each lease end one whole lease from now, under its fence: a living holder prolongs it."""
    end = from_now(lease_seconds())
    return AccountLease.objects.filter(run__isnull=False, expires_at__gt=end).update(expires_at=end)


def _bring_back_starts() -> int:
    """Count the interval from now: how long ago the list really started nobody knows."""
    to_come = SyncJob.objects.unscoped().filter(last_started_at__gt=from_now(NOTICEABLE))
    return to_come.update(last_started_at=Now())


def _bring_back_waits() -> int:
    """Let a run wait for calls no longer than it takes until all of ours are old."""
    waiting = SyncRun.objects.unscoped().filter(state=RunState.WAITING_FOR_ALLOWANCE)
    longest = from_now(LONGEST_WAIT)
    return waiting.filter(resume_at__gt=longest).update(resume_at=longest)
