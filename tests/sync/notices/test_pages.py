"""Sync > Notices, and the dashboard's way to it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connectors.models import Connection, ConnectionState
from lists.models import MarketingList
from sync.models import Notice, RunState
from sync.queue.lease import from_now
from tests.factories import MarketingListFactory, SyncJobFactory, SyncRunFactory
from tests.page_walk import assert_sound_in_each_look
from tests.sync.views.pages import text_of


def fail(job):
    return SyncRunFactory(
        job=job, state=RunState.FAILED, failure_code="X", message="X: No.", advice="Mend it."
    )


def open_page(client, name="notices"):
    return text_of(client.get(reverse(name, args=["example"])))


@pytest.mark.one_engine
def test_a_marketer_sees_what_is_wrong_who_was_told_and_what_is_over(
    job, told_of, administrator, marketer, client_of
):
    client = client_of(marketer)
    assert "Nothing is wrong" in open_page(client)
    run = fail(job)
    told_of()

    page = open_page(client)
    assert "The sync of “All Leads” failed" in page
    assert "X: No." in page
    assert "Mend it." in page
    assert f"Opened, E-mail to {administrator.email}" in page
    assert reverse("run_detail", args=["example", run.pk]) in page
    assert "1 open notice" in open_page(client, "dashboard")

    SyncRunFactory(job=job, state=RunState.SUCCEEDED)
    told_of()
    page = open_page(client)
    assert "Nothing is wrong" in page
    assert "2 messages" in page
    assert f"Over, E-mail to {administrator.email}" in page
    assert "open notice" not in open_page(client, "dashboard")


@pytest.mark.one_engine
def test_a_message_that_does_not_arrive_says_why_and_when_it_is_tried_again(
    job, told_of, mail_server, marketer, client_of
):
    fail(job)
    told_of()

    page = open_page(client_of(marketer))

    assert "On its way" in page
    assert "The mail server did not take it: [Errno" in page
    assert "next try" in page


@pytest.mark.one_engine
def test_only_who_may_open_the_connection_is_led_to_it(
    job, told_of, administrator, marketer, client_of
):
    Connection.objects.update(state=ConnectionState.PAUSED, reason="No.", reason_code="NO")
    told_of()
    link = f'href="{reverse("salesforce_connection", args=["example"])}">Open<'

    assert link in open_page(client_of(administrator))
    assert link not in open_page(client_of(marketer))


@pytest.mark.one_engine
@pytest.mark.threat("T17")
def test_a_hostile_name_is_text_on_the_page(job, told_of, marketer, client_of):
    MarketingList.objects.update(name="<script>alert(1)</script>")
    fail(job)
    told_of()

    answer = client_of(marketer).get(reverse("notices", args=["example"]))

    assert "<script>alert" not in answer.content.decode()
    assert "&lt;script&gt;alert(1)" in answer.content.decode()


def test_the_page_asks_as_often_for_many_notices_as_for_few(job, told_of, marketer, client_of):
    client = client_of(marketer)

    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            open_page(client)
        return len(queries)

    for _ in range(2):
        fail(SyncJobFactory())
    told_of()
    few = count_queries()
    for _ in range(20):
        fail(SyncJobFactory())
    told_of()

    assert count_queries() == few


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_notices_and_webhook_are_accessible_and_silent_in_each_look(
    page, console, live_app, administrator, job, told_of, mail_server
):
    over = fail(SyncJobFactory(list=MarketingListFactory(name="A list with a long name " * 4)))
    fail(job)
    told_of()
    SyncRunFactory(job=over.job, state=RunState.SUCCEEDED)
    told_of()
    live_app.log_in(page.context, administrator)
    for name in ("notices", "webhook"):
        page.goto(live_app.url + reverse(name, args=["example"]))
        for summary in page.locator("summary").all():
            summary.click()
        assert_sound_in_each_look(page, console)
    page.get_by_label("Address").fill("https://hooks.example.com/T0")
    page.get_by_role("button", name="Save and make a secret").click()
    page.get_by_role("heading", name="The secret of the signatures").wait_for()
    assert_sound_in_each_look(page, console)
    page.goto(live_app.url + reverse("dashboard", args=["example"]))
    page.get_by_role("link", name="1 open notice").click()
    page.get_by_role("heading", name="The sync of “All Leads” failed").wait_for()


@pytest.mark.one_engine
def test_what_is_over_comes_in_pages_the_last_one_first(account, marketer, client_of, db):
    for number in range(30):
        Notice.objects.create(
            account=account,
            kind="run_failed",
            title=f"Notice number {number}.",
            text="No.",
            path="/",
            opened_at=timezone.now() - timedelta(days=2),
            closed_at=from_now(-timedelta(minutes=number)),
        )

    page = open_page(client_of(marketer))

    assert "1 to 25 of 30 notices" in page
    assert "Notice number 0." in page
    assert "Notice number 29." not in page
