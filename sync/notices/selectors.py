"""What pages read of notices."""

from django.db.models import QuerySet

from sync.notices.models import Notice


def list_open_notices() -> QuerySet[Notice]:
    """Return what is wrong and was told, newest first, with its deliveries."""
    return Notice.objects.filter(closed_at=None).prefetch_related("deliveries")


def list_closed_notices() -> QuerySet[Notice]:
    """Return what is over, the last one first, with its deliveries."""
    closed = Notice.objects.filter(closed_at__isnull=False).order_by("-closed_at", "-pk")
    return closed.prefetch_related("deliveries")


def count_open_notices() -> int:
    """Return how many notices are open."""
    return Notice.objects.filter(closed_at=None).count()
