"""One round for notices: the tick looks whether there is anything to do, a worker does it."""

from sync.notices.missed import ask_about_missed_starts
from sync.notices.models import NoticeReview
from sync.notices.outbox import deliver_due, list_due
from sync.notices.retention import forget_old_notices
from sync.notices.reviews import review_what_changed
from sync.queue import doorbell

DOORBELL_LIFETIME_SECONDS = 30


def look_for_news() -> None:
    """Ring for a worker when an account is to be reviewed or something is to be sent.

    Neither is done here, so that no start waits for it. Without a broker the next tick rings again.
    """
    ask_about_missed_starts()
    if not (NoticeReview.objects.unscoped().exists() or list_due().exists()):
        return
    doorbell.ring("sync.tell_news", lifetime=DOORBELL_LIFETIME_SECONDS)


def tell_news() -> int:
    """Review what changed and send what is due; return how many messages arrived."""
    review_what_changed()
    forget_old_notices()
    return deliver_due()
