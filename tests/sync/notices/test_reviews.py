"""One notice per cause, however often it is met, and one when it is over."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from acton_connector.accounts.models import Role
from acton_connector.accounts.scope import account_scope
from connectors.models import Connection, ConnectionState
from connectors.services import disconnect
from lists.services import delete_list
from sync.engine.runner import execute_run
from sync.lease import from_now
from sync.models import RunKind, RunState, SyncJob, SyncRun
from sync.notices.asking import ask_for_review
from sync.notices.models import News, Notice, NoticeDelivery, NoticeKind, NoticeReview
from sync.notices.retention import KEPT
from sync.notices.reviews import review_what_changed
from sync.notices.round import look_for_news, tell_news
from sync.services import cancel_run, release_removals
from sync.setup import SyncSetup, save_setup
from sync.tick import tick
from tests.factories import (
    AccountFactory,
    ConnectionFactory,
    MarketingListFactory,
    MembershipFactory,
    SyncJobFactory,
    SyncRunFactory,
)
from tests.sync.notices.conftest import run_in_threads

AWAY = "SERVER_UNAVAILABLE: Salesforce is down for maintenance."


@pytest.fixture
def job(account):
    ConnectionFactory()
    return SyncJobFactory(list=MarketingListFactory(name="All Leads"))


def schedule(job, first_due):
    """Put the job on a schedule of four hours whose slot was at `first_due`."""
    SyncJob.objects.filter(pk=job.pk).update(
        frequency="hours",
        every_hours=4,
        start_time=first_due.time(),
        start_date=first_due.date() - timedelta(days=1),
        next_due_at=first_due,
    )
    job.refresh_from_db()


def fail(job, code="LIMIT", message="LIMIT: No calls are left."):
    return SyncRunFactory(
        job=job, state=RunState.FAILED, failure_code=code, message=message, advice="Wait."
    )


def give_up(job):
    """Let a run of the job end as the fourth attempt does while Salesforce is away."""
    run = SyncRunFactory(job=job, state=RunState.INTERRUPTED, attempts=3, message=AWAY)
    assert execute_run(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    return run


def test_a_failed_run_is_told_to_every_administrator_and_to_nobody_else(
    job, told_of, administrator, second_administrator, marketer, mailoutbox
):
    MembershipFactory(role=Role.ADMINISTRATOR, user__is_active=False)
    run = fail(job)

    assert told_of() == ["[Example Company] The sync of “All Leads” failed"] * 2

    assert sorted(m.to[0] for m in mailoutbox) == sorted(
        [administrator.email, second_administrator.email]
    )
    body = mailoutbox[0].body
    assert "LIMIT: No calls are left." in body
    assert "What to do: Wait." in body
    assert f"http://127.0.0.1:8000/a/example/sync/runs/{run.pk}/" in body


def test_the_same_failure_is_told_once_another_one_anew_and_its_end_once(job, told_of):
    fail(job)
    assert len(told_of()) == 1
    for _ in range(3):
        fail(job, message="LIMIT: Again no calls are left.")
        assert told_of() == []
    fail(job, code="STORAGE", message="STORAGE: The storage is full.")
    assert told_of() == ["[Example Company] The sync of “All Leads” failed"]

    SyncRunFactory(job=job, state=RunState.SUCCEEDED)

    assert told_of() == ["[Example Company] Over: The sync of “All Leads” failed"]
    assert told_of() == []
    notice = Notice.objects.get()
    assert (notice.telling, bool(notice.closed_at)) == (2, True)


def test_a_failure_that_comes_back_after_it_was_over_is_told_again(job, told_of):
    for _ in range(2):
        fail(job)
        assert len(told_of()) == 1
        SyncRunFactory(job=job, state=RunState.SUCCEEDED)
        assert len(told_of()) == 1

    assert Notice.objects.count() == 2


def test_a_failure_is_not_over_while_the_next_run_only_runs_or_is_cancelled(
    job, told_of, administrator
):
    fail(job)
    told_of()

    run = SyncRunFactory(job=job, state=RunState.RUNNING)
    SyncRunFactory(job=job, state=RunState.SUCCEEDED, kind=RunKind.DRY_RUN)
    assert told_of() == []
    cancel_run(run=run, actor=administrator)
    assert told_of() == []

    assert Notice.objects.get().closed_at is None


def test_a_preview_that_fails_is_nobodys_trouble(job, told_of):
    SyncRunFactory(job=job, state=RunState.FAILED, kind=RunKind.DRY_RUN, message="No.")

    assert told_of() == []


def test_messages_that_differ_in_numbers_alone_are_one_cause(job, told_of):
    fail(job, code="", message="1,200 records were set aside and 3 were sent.")
    assert len(told_of()) == 1
    fail(job, code="", message="950 records were set aside and 17 were sent.")

    assert told_of() == []


@pytest.mark.fault("F29")
def test_a_paused_schedule_is_one_notice_until_its_setup_is_saved(
    job, told, told_of, administrator
):
    schedule(job, timezone.now() + timedelta(hours=1))
    fail(job, code="", message="Most were refused.")
    SyncJob.objects.filter(pk=job.pk).update(next_due_at=None, pause_reason="Most were refused.")

    assert told_of() == ["[Example Company] The schedule of “All Leads” is paused"]

    save_setup(job=job, setup=SyncSetup(pull_add=True), actor=administrator)
    # What the last run says was told with the pause.
    assert told() == ["[Example Company] Over: The schedule of “All Leads” is paused"]
    assert told_of() == []


@pytest.mark.fault("F29")
def test_a_pause_that_follows_a_failure_ends_nothing_and_is_told_by_itself(
    job, told_of, administrator
):
    schedule(job, timezone.now() + timedelta(hours=1))
    fail(job)
    told_of()
    fail(job, code="", message="Most were refused.")
    SyncJob.objects.filter(pk=job.pk).update(next_due_at=None, pause_reason="Most were refused.")

    assert told_of() == ["[Example Company] The schedule of “All Leads” is paused"]
    save_setup(job=job, setup=SyncSetup(pull_add=True), actor=administrator)
    assert told_of() == ["[Example Company] Over: The schedule of “All Leads” is paused"]
    SyncRunFactory(job=job, state=RunState.SUCCEEDED)
    assert told_of() == ["[Example Company] Over: The sync of “All Leads” failed"]


def test_held_removals_wait_until_they_are_released_and_done(job, told_of, administrator):
    fail(job)
    run = SyncRunFactory(
        job=job, state=RunState.SUCCEEDED_WITH_ERRORS, removals_held=30, message="30 are gone."
    )
    assert told_of() == ["[Example Company] Removals of “All Leads” wait for a person"]

    release_removals(run=run, actor=administrator)
    assert told_of() == []  # neither over, nor is the failure before it news

    SyncRun.objects.filter(pk=run.pk).update(
        state=RunState.SUCCEEDED, finished_at=timezone.now(), removals_held=0
    )
    assert told_of() == ["[Example Company] Over: Removals of “All Leads” wait for a person"]


@pytest.mark.fault("F19")
def test_an_outage_is_told_when_two_starts_were_missed_and_not_before(job, told):
    give_up(job)
    assert told() == []
    give_up(job)

    assert told() == ["[Example Company] The sync of “All Leads” missed two starts"]

    give_up(job)
    assert told() == []
    SyncRunFactory(job=job, state=RunState.SUCCEEDED)
    NoticeReview.objects.create(account=job.account, asked_at=timezone.now())
    assert told() == ["[Example Company] Over: The sync of “All Leads” missed two starts"]


@pytest.mark.fault("F19")
def test_a_run_that_waits_while_two_more_starts_pass_is_told_once(job, told):
    run = SyncRunFactory(job=job, state=RunState.QUEUED)
    for hours, subjects in (
        (7, []),
        (9, ["[Example Company] The sync of “All Leads” missed two starts"]),
        (13, []),
    ):
        queued_at = timezone.now() - timedelta(hours=hours)
        schedule(job, queued_at)
        SyncJob.objects.update(next_due_at=timezone.now() + timedelta(hours=1))
        SyncRun.objects.filter(pk=run.pk).update(queued_at=queued_at)
        assert told() == subjects
    look_for_news()
    assert not NoticeReview.objects.exists()  # what was told is not looked at every 30 seconds


@pytest.mark.fault("F19")
def test_machines_that_were_off_for_two_intervals_are_told_until_the_sync_has_run(job, told):
    schedule(job, timezone.now() - timedelta(hours=9))
    tick()  # it starts the job, which then is late no more
    run = SyncRun.objects.get()
    assert SyncJob.objects.get().next_due_at > timezone.now()

    assert told() == ["[Example Company] The sync of “All Leads” missed two starts"]
    NoticeReview.objects.create(account=job.account, asked_at=timezone.now())
    assert told() == []

    SyncRun.objects.filter(pk=run.pk).update(
        state=RunState.SUCCEEDED, options={}, finished_at=from_now(timedelta(seconds=1))
    )
    NoticeReview.objects.create(account=job.account, asked_at=timezone.now())
    assert told() == ["[Example Company] Over: The sync of “All Leads” missed two starts"]


def test_a_sync_that_waits_for_a_paused_connection_misses_no_start(job, told_of):
    schedule(job, timezone.now() - timedelta(hours=30))
    Connection.objects.update(state=ConnectionState.PAUSED, reason="No.", reason_code="NO")

    assert told_of() == ["[Example Company] The connection to Salesforce is paused"]


def test_a_connection_that_a_person_ends_is_over_and_no_news(job, told, administrator):
    Connection.objects.update(state=ConnectionState.PAUSED, reason="No.", reason_code="NO")
    NoticeReview.objects.create(account=job.account, asked_at=timezone.now())
    assert len(told()) == 1

    disconnect(connection=Connection.objects.get(), actor=administrator)

    assert told() == ["[Example Company] Over: The connection to Salesforce is paused"]


def test_a_list_that_is_deleted_takes_its_troubles_along(job, told_of, administrator):
    fail(job)
    told_of()

    delete_list(marketing_list=job.list, actor=administrator)

    assert told_of() == ["[Example Company] Over: The sync of “All Leads” failed"]
    notice = Notice.objects.get()
    assert (notice.job_id, bool(notice.closed_at)) == (None, True)


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


def test_that_it_is_over_is_told_to_those_alone_who_heard_of_it(
    job, told_of, administrator, mailoutbox
):
    fail(job)
    told_of()
    MembershipFactory(role=Role.ADMINISTRATOR)
    SyncRunFactory(job=job, state=RunState.SUCCEEDED)
    told_of()

    assert [message.to for message in mailoutbox] == [[administrator.email]] * 2


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


def test_released_removals_that_fail_are_told_as_a_failure(job, told_of, administrator):
    run = SyncRunFactory(job=job, state=RunState.SUCCEEDED_WITH_ERRORS, removals_held=30)
    told_of()
    release_removals(run=run, actor=administrator)

    SyncRun.objects.filter(pk=run.pk).update(
        state=RunState.FAILED,
        failure_reason="permanent",
        failure_code="X",
        message="X: No.",
        finished_at=timezone.now(),
    )

    assert sorted(told_of()) == [
        "[Example Company] Over: Removals of “All Leads” wait for a person",
        "[Example Company] The sync of “All Leads” failed",
    ]


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


@pytest.mark.fault("F15")
def test_a_run_that_waits_for_calls_is_told_when_two_starts_passed_with_why_it_waits(
    job, told, mailoutbox
):
    queued_at = timezone.now() - timedelta(hours=9)
    schedule(job, queued_at)
    SyncJob.objects.update(next_due_at=timezone.now() + timedelta(hours=1))
    SyncRunFactory(
        job=job,
        state=RunState.WAITING_FOR_ALLOWANCE,
        queued_at=queued_at,
        resume_at=timezone.now() + timedelta(hours=2),
        message="This account's share of calls is used up.",
        advice="Ask the operator for a larger share.",
    )

    assert told() == ["[Example Company] The sync of “All Leads” missed two starts"]
    assert "This account's share of calls is used up." in mailoutbox[0].body
    assert "What to do: Ask the operator for a larger share." in mailoutbox[0].body
