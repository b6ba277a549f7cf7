"""The page of the calendar."""

from datetime import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sync.models import SyncJob
from tests.sync.views.pages import text_of


@pytest.mark.requirement("S65", "S82", "S85")
def test_calendar_marks_overlaps_and_stagger_takes_them_away(
    account, scheduled_jobs, marketer, client_of
):
    account.time_zone = "Asia/Tokyo"
    account.save()
    client = client_of(marketer)
    url = reverse("calendar", args=[account.slug])

    page = client.get(url)

    assert "02:00 – 02:10" in text_of(page)  # noqa: RUF001 - a dash between times
    assert "14 starts of this week overlap" in text_of(page)
    assert "2 of the account" in text_of(page)
    key = page.context["proposal"].key
    answer = client.post(
        reverse("calendar_stagger", args=[account.slug]), {"key": key}, follow=True
    )
    assert "1 schedule has another start time." in text_of(answer)
    assert "overlap" not in text_of(answer)
    assert len({job.start_time for job in SyncJob.objects.all()}) == len(scheduled_jobs)


def test_calendar_reads_schedules_and_their_usual_lengths_once(
    account, scheduled_jobs, marketer, client_of
):
    client = client_of(marketer)
    url = reverse("calendar", args=[account.slug])

    with CaptureQueriesContext(connection) as queries:
        client.get(url)

    asked = [query["sql"] for query in queries]
    assert sum('FROM "sync_syncjob"' in sql for sql in asked) == 1, asked
    assert sum("ROW_NUMBER()" in sql for sql in asked) == 1, asked


def test_stagger_by_an_old_page_is_refused_in_words(account, scheduled_jobs, marketer, client_of):
    url = reverse("calendar_stagger", args=[account.slug])

    answer = client_of(marketer).post(url, {"key": "of another proposal"}, follow=True)

    assert "The schedules have changed since this was proposed." in text_of(answer)
    assert {job.start_time for job in SyncJob.objects.all()} == {time(2)}


def test_calendar_tells_what_to_do_first_when_nothing_is_scheduled(account, marketer, client_of):
    page = client_of(marketer).get(reverse("calendar", args=[account.slug]))

    assert "No list is synced on a schedule" in text_of(page)
