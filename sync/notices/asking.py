"""How the rest of the application says that something may be wrong, or right again."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now

from sync.notices.models import NoticeReview


@transaction.atomic
def ask_for_review(account_id: int, late_jobs: Sequence[int] = ()) -> None:
    """Have the account's causes compared with its notices soon; part of the transaction.

    A row that is there already is written as well: its lock makes a review that runs at this
    moment wait, or come again, so that it cannot miss what this transaction changes. So to be
    called before a job is locked: a review holds the row when it refers to jobs. `late_jobs` are
    added to those that the row names.
    """
    NoticeReview.objects.unscoped().bulk_create(
        [NoticeReview(account_id=account_id, asked_at=Now())],
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=["asked_at"],
    )
    if late_jobs:
        _add_late_jobs(account_id, late_jobs)


def _add_late_jobs(account_id: int, late_jobs: Sequence[int]) -> None:
    review = NoticeReview.objects.unscoped().select_for_update().get(account_id=account_id)
    named = sorted({*review.late_jobs, *late_jobs})
    NoticeReview.objects.unscoped().filter(pk=review.pk).update(late_jobs=named)
