"""How the rest of the application says that something may be wrong, or right again."""

from django.db.models.functions import Now

from sync.notices.models import NoticeReview


def ask_for_review(account_id: int) -> None:
    """Let the next tick compare the account's causes with its notices; part of the transaction.

    A row that is there already is written as well: its lock makes a review that runs at this
    moment wait, or come again, so that it cannot miss what this transaction changes.
    """
    NoticeReview.objects.unscoped().bulk_create(
        [NoticeReview(account_id=account_id, asked_at=Now())],
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=["asked_at"],
    )
