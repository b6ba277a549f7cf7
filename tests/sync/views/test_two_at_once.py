"""Two clicks, two tabs, two people at the same instant: one run, and everybody is led to it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse

from acton_connector.accounts.models import AuditEvent
from lists.models import MarketingList
from sync.models import RunKind, SyncRun
from sync.queue.lease import from_now
from tests.factories import default_folder
from tests.sync.views.pages import text_of

pytestmark = [pytest.mark.fault("F84"), pytest.mark.django_db(transaction=True)]

LIMIT_SECONDS = 30


def post_at_once(clients, url, data=None):
    """Send the same form from all clients, each in a thread of its own, at one instant."""
    start = threading.Barrier(len(clients))

    def post(client):
        try:
            client.get(reverse("account_login"))  # what the first request of a process does
            start.wait(LIMIT_SECONDS)
            return client.post(url, data)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(clients)) as threads:
        return list(threads.map(post, clients))


@pytest.fixture
def double_click(marketer, client_of):
    """Two requests of one session."""
    first, second = client_of(marketer), client_of(None)
    second.cookies = first.cookies
    return [first, second]


@pytest.fixture
def tabs_and_people(double_click, marketer, administrator, client_of):
    """A double click, a second browser of the same person, and a colleague."""
    return [*double_click, client_of(marketer), client_of(administrator)]


def test_run_now_starts_one_run_and_leads_everybody_to_it(account, job, tabs_and_people):
    job.pull_add = True
    job.save()
    url = reverse("sync_run_now", args=[account.slug, job.list_id])

    answers = post_at_once(tabs_and_people, url)

    run = SyncRun.objects.get()
    assert {answer.url for answer in answers} == {reverse("run_detail", args=["example", run.pk])}
    # The log names who started it, and nobody else.
    assert AuditEvent.objects.get(action="sync.run_now").actor == run.requested_by


def test_preview_starts_one_dry_run_and_leads_both_clicks_to_it(account, job, double_click):
    url = reverse("sync_preview", args=[account.slug, job.list_id])

    answers = post_at_once(double_click, url, {"frequency": "manual", "remove_missing": "on"})

    run = SyncRun.objects.get()
    assert run.kind == RunKind.DRY_RUN
    assert {answer.url for answer in answers} == {reverse("run_detail", args=["example", run.pk])}
    assert AuditEvent.objects.get(action="sync.previewed").after == {"run": run.pk}


def test_import_makes_one_list_and_leads_both_clicks_to_its_run(account, connection, double_click):
    default_folder(account)  # making it would put the two in a row
    url = reverse("list_import_fields", args=[account.slug, "leads"])

    answers = post_at_once(double_click, url, {"name": "All Leads", "columns": ["Email", "Title"]})

    run = SyncRun.objects.get()
    assert MarketingList.objects.get() == run.job.list
    assert {answer.url for answer in answers} == {reverse("run_detail", args=["example", run.pk])}


@pytest.mark.parametrize("other", ["columns", "person", "time"])
def test_import_is_refused_when_the_list_of_that_name_is_another(
    account, connection, marketer, administrator, client_of, other
):
    url = reverse("list_import_fields", args=[account.slug, "leads"])
    form = {"name": "All Leads", "columns": ["Email", "Title"]}
    client_of(administrator if other == "person" else marketer).post(url, form)
    if other == "columns":
        form["columns"] = ["Email", "Phone"]
    if other == "time":
        SyncRun.objects.update(queued_at=from_now(-timedelta(hours=1)))

    page = client_of(marketer).post(url, form)

    assert "Another list has this name already." in text_of(page)
    assert SyncRun.objects.count() == 1
