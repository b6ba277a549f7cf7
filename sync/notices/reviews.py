"""The review of an account: its causes against its open notices, and what is to be told of both."""

import time
from collections.abc import Callable, Collection

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now

from acton_connector.accounts.database_clock import read_database_time
from acton_connector.accounts.models import Account
from acton_connector.accounts.scope import account_scope
from sync.models import SyncJob
from sync.notices.causes import Cause, Causes, one_line
from sync.notices.models import News, Notice, NoticeDelivery, NoticeKind, NoticeReview
from sync.notices.recipients import Recipient, list_recipients

log = structlog.get_logger(__name__)

REVIEWS_PER_ROUND = 1_000
ROUND_SECONDS = 10.0

# The notices that tell of a failed run.
TOLD_AS = (NoticeKind.RUN_FAILED, NoticeKind.SCHEDULE_PAUSED)


def review_what_changed(clock: Callable[[], float] = time.monotonic) -> None:
    """Review the accounts in which something changed, those first that wait longest.

    A review that fails stays to be done, and keeps none of the others waiting.
    """
    deadline = clock() + ROUND_SECONDS
    asked = NoticeReview.objects.unscoped().order_by("asked_at")
    for pk in list(asked.values_list("pk", flat=True)[:REVIEWS_PER_ROUND]):
        if clock() > deadline:
            return  # the next round goes on
        try:
            _review(pk)
        except Exception:
            log.exception("notices.review_failed", review=pk)


@transaction.atomic
def _review(pk: int) -> None:
    # Who writes the row has not committed yet what is to be reviewed: the next round sees it.
    asked = NoticeReview.objects.unscoped().select_for_update(skip_locked=True)
    review = asked.select_related(None).filter(pk=pk).first()
    if review is None:
        return
    with account_scope(review.account_id):
        review_account(Account.objects.get(pk=review.account_id), review.late_jobs)
        review.delete()


@transaction.atomic
def review_account(account: Account, late_jobs: Collection[int] = ()) -> None:
    """Open, change and close the notices of the account in scope as its causes have it."""
    causes = Causes(account, read_database_time(account.pk), late_jobs)
    open_notices = {
        (NoticeKind(each.kind), each.job_id): each for each in Notice.objects.filter(closed_at=None)
    }
    found = causes.list_causes()
    wrong = {cause.subject for cause in found}
    over = [
        notice
        for subject, notice in open_notices.items()
        if subject not in wrong and not causes.is_undecided(notice)
    ]
    told = _list_told_failures(found, over)
    for cause in found:
        if notice := open_notices.get(cause.subject):
            _change(account, notice, cause, is_told=cause in told)
        elif cause not in told:
            _open(account, cause)
    for notice in over:
        _close(account, notice)


def close_notices_of(job: SyncJob) -> None:
    """Close what is open about a job that is about to be deleted."""
    with account_scope(job.account_id):
        for notice in Notice.objects.filter(job=job, closed_at=None):
            _close(job.account, notice)


def _list_told_failures(found: list[Cause], over: list[Notice]) -> list[Cause]:
    """Return the failures whose run was told of by a notice that is closed, or is about to be.

    A person who saves the set-up of a paused job ends the pause, and not what the last run says.
    """
    failures = [cause for cause in found if cause.kind == NoticeKind.RUN_FAILED]
    told = Notice.objects.filter(
        kind__in=TOLD_AS, run_id__in=[cause.run_id for cause in failures], closed_at__isnull=False
    )
    runs = set(told.values_list("run_id", flat=True))
    runs |= {each.run_id for each in over if each.run_id and each.kind in TOLD_AS}
    return [cause for cause in failures if cause.run_id in runs]


def _open(account: Account, cause: Cause) -> None:
    notice = Notice.objects.create(
        account=account,
        kind=cause.kind,
        job_id=cause.job_id,
        run_id=cause.run_id,
        code=cause.code,
        title=cause.title,
        text=cause.text,
        advice=cause.advice,
        path=cause.path,
        opened_at=Now(),
    )
    _tell(account, notice, News.OPENED, list_recipients(account))


def _change(account: Account, notice: Notice, cause: Cause, *, is_told: bool) -> None:
    """Keep the notice to its cause; another cause of the same kind is told anew."""
    is_other = notice.code != cause.code and not is_told
    current = {
        "run_id": cause.run_id,
        "code": cause.code,
        "title": cause.title,
        "text": cause.text,
        "advice": cause.advice,
        "path": cause.path,
    }
    if all(getattr(notice, name) == value for name, value in current.items()):
        return
    for name, value in current.items():
        setattr(notice, name, value)
    notice.telling += is_other
    notice.save(update_fields=["run", *(name for name in current if name != "run_id"), "telling"])
    if is_other:
        _tell(account, notice, News.OPENED, list_recipients(account))


def _close(account: Account, notice: Notice) -> None:
    """Close the notice; who was told that it was opened is told that it is over."""
    # Not before it was opened, also where the clock was set back since.
    still_open = Notice.objects.filter(pk=notice.pk, closed_at=None)
    if not still_open.update(closed_at=Greatest(Now(), F("opened_at"))):
        return  # its list was deleted meanwhile
    heard = set(
        NoticeDelivery.objects.filter(notice=notice, news=News.OPENED).values_list(
            "channel", "address"
        )
    )
    recipients = [each for each in list_recipients(account) if each in heard]
    _tell(account, notice, News.OVER, recipients)


def _tell(account: Account, notice: Notice, news: News, recipients: list[Recipient]) -> None:
    if news == News.OVER:
        title = f"Over: {notice.title}"[:400]
        text = "What you were told of here is over. Nothing needs to be done any more."
    else:
        title, text = notice.title, notice.text
        if notice.advice:
            text += f"\n\nWhat to do: {one_line(notice.advice)}"
    NoticeDelivery.objects.bulk_create(
        [
            NoticeDelivery(
                account=account,
                notice=notice,
                news=news,
                telling=notice.telling,
                channel=channel,
                address=address,
                title=title,
                text=text,
                made_at=Now(),
                next_try_at=Now(),
            )
            for channel, address in recipients
        ]
    )
