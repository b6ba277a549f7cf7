"""Notices that are over for long are forgotten, and with them the addresses that were told."""

from datetime import timedelta

from sync.notices.models import Notice
from sync.queue.lease import from_now

KEPT = timedelta(days=180)
PER_ROUND = 500


def forget_old_notices() -> int:
    """Delete some of the notices that ended half a year ago; return how many."""
    old = Notice.objects.unscoped().filter(closed_at__lt=from_now(-KEPT)).order_by("closed_at")
    chosen = list(old.values_list("pk", flat=True)[:PER_ROUND])
    if chosen:
        Notice.objects.unscoped().filter(pk__in=chosen).delete()
    return len(chosen)
