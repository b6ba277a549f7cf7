"""Two starts in a row that led to no sync are told; a single one is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.models import Connection, ConnectionState
from sync.engine.runner import execute_run
from sync.models import RunState, SyncJob, SyncRun
from sync.notices.models import NoticeReview
from sync.notices.round import look_for_news
from sync.queue.lease import from_now
from sync.queue.tick import tick
from tests.factories import SyncRunFactory
from tests.sync.notices.troubles import schedule

AWAY = "SERVER_UNAVAILABLE: Salesforce is down for maintenance."


def give_up(job):
    """Let a run of the job end as the fourth attempt does while Salesforce is away."""
    run = SyncRunFactory(job=job, state=RunState.INTERRUPTED, attempts=3, message=AWAY)
    assert execute_run(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    return run


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
