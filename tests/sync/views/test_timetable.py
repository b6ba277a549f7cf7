"""The pages of the queue and of the calendar."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sync.models import RunState, SyncJob, SyncRun
from sync.schedule import OnWeekdays
from tests.factories import ConnectionFactory, MarketingListFactory, SyncJobFactory, SyncRunFactory
from tests.sync.views.pages import text_of


@pytest.fixture
def jobs(account):
    ConnectionFactory()
    return [
        SyncJobFactory(
            list=MarketingListFactory(name=name),
            schedule=OnWeekdays(time(2)),
            next_due_at=timezone.now() + timedelta(hours=5),
        )
        for name in ("All Leads", "All Contacts")
    ]


@pytest.mark.requirement("S85")
def test_queue_shows_places_and_a_run_is_cancelled_from_it(account, jobs, marketer, client_of):
    url = reverse("queue", args=[account.slug])
    first, second = (SyncRunFactory(job=job) for job in jobs)
    client = client_of(marketer)

    text = text_of(client.get(url))

    assert text.index("<td>1</td>") < text.index("All Leads") < text.index("<td>2</td>")
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


@pytest.mark.requirement("S65", "S82", "S85")
def test_calendar_marks_overlaps_and_stagger_takes_them_away(account, jobs, marketer, client_of):
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
    assert len({job.start_time for job in SyncJob.objects.all()}) == len(jobs)


def test_calendar_reads_schedules_and_their_usual_lengths_once(account, jobs, marketer, client_of):
    client = client_of(marketer)
    url = reverse("calendar", args=[account.slug])

    with CaptureQueriesContext(connection) as queries:
        client.get(url)

    asked = [query["sql"] for query in queries]
    assert sum('FROM "sync_syncjob"' in sql for sql in asked) == 1, asked
    assert sum("ROW_NUMBER()" in sql for sql in asked) == 1, asked


def test_stagger_by_an_old_page_is_refused_in_words(account, jobs, marketer, client_of):
    url = reverse("calendar_stagger", args=[account.slug])

    answer = client_of(marketer).post(url, {"key": "of another proposal"}, follow=True)

    assert "The schedules have changed since this was proposed." in text_of(answer)
    assert {job.start_time for job in SyncJob.objects.all()} == {time(2)}


def test_calendar_tells_what_to_do_first_when_nothing_is_scheduled(account, marketer, client_of):
    page = client_of(marketer).get(reverse("calendar", args=[account.slug]))

    assert "No list is synced on a schedule" in text_of(page)


@pytest.mark.requirement("S85")
def test_run_tells_which_starts_were_merged_into_it(account, jobs, marketer, client_of):
    run = SyncRunFactory(job=jobs[0], merged_starts=2)

    page = client_of(marketer).get(reverse("run_detail", args=[account.slug, run.pk]))

    assert "2, due while it was not done" in text_of(page)
