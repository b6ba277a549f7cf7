"""One round of the tick for notices."""

from sync.notices.missed import ask_about_missed_starts
from sync.notices.outbox import ring_outbox
from sync.notices.reviews import review_what_changed


def look_after_notices() -> None:
    """Review what changed and ring for what is to be sent.

    Before due jobs are started: a start moves the time that says how late they are.
    """
    ask_about_missed_starts()
    review_what_changed()
    ring_outbox()
