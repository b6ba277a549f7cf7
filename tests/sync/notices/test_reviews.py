"""Reviews: what they cost, what stands beside them, and what they leave in the database."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from acton_connector.accounts.models import Role
from acton_connector.accounts.scope import account_scope
from lists.services import delete_list
from sync.models import RunState, SyncJob, SyncRun
from sync.notices.asking import ask_for_review
from sync.notices.models import News, Notice, NoticeDelivery, NoticeKind, NoticeReview
from sync.notices.retention import KEPT
from sync.notices.reviews import review_what_changed
from sync.notices.round import look_for_news, tell_news
from sync.queue.lease import from_now
from tests.factories import (
    AccountFactory,
    ConnectionFactory,
    MembershipFactory,
    SyncJobFactory,
    SyncRunFactory,
)
from tests.sync.notices.conftest import run_in_threads
from tests.sync.notices.troubles import fail, schedule


def test_a_review_that_fails_keeps_no_other_account_waiting(job, told, other_account, outsider):
    fail(job)
    with account_scope(other_account):
        their_job = SyncJobFactory()
        fail(their_job)
        NoticeReview.objects.create(
            account=other_account, asked_at=timezone.now() - timedelta(hours=1)
        )
    NoticeReview.objects.create(account=job.account, asked_at=timezone.now())
    # A slug that no address can be made of: their review raises.
    type(other_account).objects.filter(pk=other_account.pk).update(slug="not a slug")

    assert told() == ["[Example Company] The sync of “All Leads” failed"]

    assert list(NoticeReview.objects.unscoped().values_list("account", flat=True)) == [
        other_account.pk
    ]


def test_the_schema_holds_one_open_notice_per_cause_and_every_delivery_to_its_state(job, told_of):
    fail(job)
    told_of()
    notice, delivery = Notice.objects.get(), NoticeDelivery.objects.get()

    def refused(work):
        with pytest.raises(IntegrityError), transaction.atomic():
            work()

    notice.pk = None
    refused(notice.save)
    refused(lambda: Notice.objects.update(kind=NoticeKind.CONNECTION_PAUSED))
    refused(lambda: Notice.objects.update(job=None))
    refused(lambda: NoticeDelivery.objects.update(next_try_at=timezone.now()))
    delivery.pk = None
    refused(lambda: NoticeDelivery.objects.bulk_create([delivery]))
    assert delivery.news == News.OPENED


def test_the_round_costs_as_much_with_many_accounts_in_which_nothing_is_wrong(job, told_of):
    def count_queries():
        fail(job, code=str(SyncRun.objects.count()))
        NoticeReview.objects.create(account=job.account, asked_at=timezone.now())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            look_for_news()
            tell_news()
        return len(queries)

    few = count_queries()
    for _ in range(30):
        account = AccountFactory()
        with account_scope(account):
            ConnectionFactory()
            MembershipFactory(role=Role.ADMINISTRATOR)
            healthy = SyncJobFactory()
            schedule(healthy, timezone.now() + timedelta(hours=1))
            SyncRunFactory(job=healthy, state=RunState.SUCCEEDED)
    for _ in range(20):
        SyncRunFactory(job=SyncJobFactory(), state=RunState.SUCCEEDED)

    assert count_queries() == few


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_while_its_account_is_reviewed_is_not_overlooked(
    transactional_db, job, told
):
    ask_for_review(job.account_id)  # what the round is about to review
    written, reviewed = threading.Event(), threading.Event()

    def end_a_run():
        try:
            with account_scope(job.account_id), transaction.atomic():
                fail(job)
                ask_for_review(job.account_id)
                written.set()
                reviewed.wait(1)  # SQLite lets nobody write meanwhile, and the review waits
        finally:
            connection.close()

    worker = threading.Thread(target=end_a_run)
    worker.start()
    assert written.wait(10)
    subjects = told()
    reviewed.set()
    worker.join()

    assert [*subjects, *told()] == ["[Example Company] The sync of “All Leads” failed"]


def test_a_clock_that_was_set_back_keeps_no_notice_open_and_no_message_back(job, told_of):
    fail(job)
    told_of()
    Notice.objects.update(opened_at=from_now(timedelta(days=1)))
    SyncRunFactory(job=job, state=RunState.SUCCEEDED)
    ask_for_review(job.account_id)
    review_what_changed()
    NoticeDelivery.objects.filter(news=News.OVER).update(next_try_at=from_now(timedelta(days=1)))

    assert told_of() == ["[Example Company] Over: The sync of “All Leads” failed"]
    assert told_of() == []


def test_the_tick_asks_as_often_whatever_is_to_be_reviewed_and_leaves_it_to_a_worker(job, told):
    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            look_for_news()
        return len(queries)

    fail(job)
    ask_for_review(job.account_id)
    few = count_queries()
    for _ in range(20):
        account = AccountFactory()
        with account_scope(account):
            fail(SyncJobFactory())
            ask_for_review(account.pk)

    assert count_queries() == few
    assert not Notice.objects.unscoped().exists()
    tell_news()
    assert Notice.objects.unscoped().count() == 21


@pytest.mark.threat("T25")
def test_what_is_over_for_half_a_year_is_forgotten_with_the_addresses_that_were_told(
    job, told_of, other_account, outsider
):
    with account_scope(other_account):
        fail(SyncJobFactory())
        ask_for_review(other_account.pk)
    fail(job)
    told_of()
    for made in (SyncJobFactory(), SyncJobFactory()):
        fail(made)
        told_of()
        SyncRunFactory(job=made, state=RunState.SUCCEEDED)
        told_of()
    old, recent = Notice.objects.filter(closed_at__isnull=False)
    aged = {old: KEPT + timedelta(hours=1), recent: KEPT - timedelta(hours=1)}
    for notice, age in aged.items():
        moments = {"opened_at": from_now(-age - KEPT), "closed_at": from_now(-age)}
        Notice.objects.filter(pk=notice.pk).update(**moments)
    Notice.objects.filter(closed_at=None).update(opened_at=from_now(-3 * KEPT))

    told_of()

    left = set(Notice.objects.unscoped().values_list("pk", "closed_at"))
    assert old.pk not in {pk for pk, _ in left}
    assert recent.pk in {pk for pk, _ in left}
    assert [closed_at for _, closed_at in left].count(None) == 2
    assert not NoticeDelivery.objects.filter(notice_id=old.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_review_and_the_deletion_of_a_list_do_not_wait_for_each_other(
    transactional_db, job, told_of, administrator, caplog
):
    for _ in range(8):
        made = SyncJobFactory()
        run = fail(made)
        told_of()
        # The review closes that notice and opens another about the job that is being deleted.
        SyncRun.objects.filter(pk=run.pk).update(
            state=RunState.SUCCEEDED_WITH_ERRORS, failure_reason="", removals_held=30
        )
        ask_for_review(made.account_id)
        works = iter([review_what_changed, partial(delete_in_scope, made, administrator)])
        run_in_threads(lambda works=works: next(works)(), 2)
        assert not SyncJob.objects.filter(pk=made.pk).exists()
        told_of()
        assert not Notice.objects.filter(closed_at=None).exists()
    assert "review_failed" not in caplog.text


def delete_in_scope(job, actor):
    with account_scope(job.account_id):
        delete_list(marketing_list=job.list, actor=actor)
