"""One notice per cause, however often it is met, and one when it is over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from acton_connector.accounts.models import Role
from connectors.models import Connection, ConnectionState
from connectors.services import disconnect
from lists.services import delete_list
from sync.models import RunKind, RunState, SyncJob, SyncRun
from sync.notices.models import Notice, NoticeReview
from sync.services import cancel_run, release_removals
from sync.setup.saving import SyncSetup, save_setup
from tests.factories import MembershipFactory, SyncRunFactory
from tests.sync.notices.troubles import fail, schedule


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


def test_that_it_is_over_is_told_to_those_alone_who_heard_of_it(
    job, told_of, administrator, mailoutbox
):
    fail(job)
    told_of()
    MembershipFactory(role=Role.ADMINISTRATOR)
    SyncRunFactory(job=job, state=RunState.SUCCEEDED)
    told_of()

    assert [message.to for message in mailoutbox] == [[administrator.email]] * 2


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
