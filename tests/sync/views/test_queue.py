"""The page of the queue, and what runs that wait tell of it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from connectors.models import Connection, ConnectionState
from sync.models import RunState, Step, SyncJob, SyncRun
from tests.factories import SyncRunFactory
from tests.sync.views.pages import text_of


@pytest.mark.requirement("S85")
def test_queue_shows_places_and_a_run_is_cancelled_from_it(
    account, scheduled_jobs, marketer, client_of
):
    url = reverse("queue", args=[account.slug])
    first, second = (SyncRunFactory(job=job) for job in scheduled_jobs)
    client = client_of(marketer)

    text = text_of(client.get(url))

    assert text.index(">1</td>") < text.index("All Leads") < text.index(">2</td>")
    assert "after the run before it" in text
    client.post(reverse("run_cancel", args=[account.slug, first.pk]))
    assert SyncRun.objects.get(pk=first.pk).state == RunState.CANCELLED
    text = text_of(client.get(url, headers={"HX-Request": "true"}))
    assert "All Leads" not in text
    assert "<html" not in text
    SyncRun.objects.filter(pk=second.pk).update(
        state=RunState.CANCELLED, finished_at=timezone.now()
    )
    assert "Nothing waits" in text_of(client.get(url))


@pytest.mark.requirement("S85")
def test_queue_shows_what_waits_for_calls_and_it_is_cancelled_from_there(
    account, scheduled_jobs, marketer, client_of
):
    url = reverse("queue", args=[account.slug])
    waiting, other = scheduled_jobs
    resume_at = timezone.now() + timedelta(hours=3)
    run = SyncRunFactory(
        job=waiting,
        state=RunState.WAITING_FOR_ALLOWANCE,
        started_at=timezone.now(),
        resume_at=resume_at,
        message="This account's share of Salesforce's calls is used up.",
    )
    SyncRunFactory(job=other)
    client = client_of(marketer)

    text = text_of(client.get(url))

    assert text.index(other.list.name) < text.index(">lets others pass<")
    assert f"from {resume_at:%-d %b %Y, %H:%M} on" in strip_tags(text)
    assert "This account's share of Salesforce's calls is used up." in text
    client.post(reverse("run_cancel", args=[account.slug, run.pk]))
    assert "lets others pass" not in text_of(client.get(url, headers={"HX-Request": "true"}))


@pytest.mark.requirement("S85")
def test_run_tells_which_starts_were_merged_into_it(account, scheduled_jobs, marketer, client_of):
    run = SyncRunFactory(job=scheduled_jobs[0], merged_starts=2)

    page = client_of(marketer).get(reverse("run_detail", args=[account.slug, run.pk]))

    assert "2, due while it was not done" in text_of(page)


@pytest.mark.requirement("S85")
@pytest.mark.parametrize(
    ("state", "waits_for", "when"),
    [
        (RunState.QUEUED, "number 2 in the queue, starts", "after the run before it"),
        (RunState.INTERRUPTED, "number 2 in the queue, goes on", "after the run before it"),
        (RunState.WAITING_FOR_ALLOWANCE, "goes on", "from {resume_at} on"),
    ],
)
def test_pages_tell_what_a_waiting_run_waits_for_and_what_it_goes_on_with(
    make_run, scheduled_jobs, marketer, client_of, state, waits_for, when
):
    now = timezone.now()
    SyncRunFactory(job=scheduled_jobs[0], queued_at=now - timedelta(hours=1))
    has_begun = state != RunState.QUEUED
    resume_at = now + timedelta(hours=3) if state == RunState.WAITING_FOR_ALLOWANCE else None
    run = make_run(state=state, step=Step.PUSH if has_begun else "", resume_at=resume_at)
    when = when.format(resume_at=f"{now + timedelta(hours=3):%-d %b %Y, %H:%M}")
    client = client_of(marketer)

    table, page = (
        strip_tags(text_of(client.get(reverse(name, args=["example", *args]))))
        for name, args in (("runs", []), ("run_detail", [run.pk]))
    )

    assert f"{waits_for} {when}" in table
    assert f"{'Goes on' if has_begun else 'Starts'}{when}" in page.replace("> <", "><")
    assert ("t will go on with “Send to Salesforce”" in page) == has_begun
    assert re.findall("Remove what Salesforce no longer has(done|waiting)", page) == [
        "done" if has_begun else "waiting"
    ]
    assert f"Send to Salesforce{'next' if has_begun else 'waiting'}" in page


@pytest.mark.parametrize(
    ("started_hours_ago", "is_connected", "told"),
    [
        (1, True, "It starts when the interval since the list's last sync is over."),
        (None, False, "It starts when the connection to Salesforce is put right."),
        (None, True, "It starts as soon as a worker is free."),
    ],
)
def test_page_tells_why_the_first_of_the_queue_does_not_start(
    scheduled_jobs, marketer, client_of, started_hours_ago, is_connected, told
):
    job = scheduled_jobs[0]
    if started_hours_ago:
        SyncJob.objects.update(last_started_at=timezone.now() - timedelta(hours=started_hours_ago))
    if not is_connected:
        Connection.objects.update(state=ConnectionState.PAUSED, reason="No.", reason_code="NO")
    run = SyncRunFactory(job=job)

    page = client_of(marketer).get(reverse("run_detail", args=["example", run.pk]))

    assert told in text_of(page)
