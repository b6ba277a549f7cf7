"""The page of the queue, and what a run tells of it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from sync.models import RunState, SyncRun
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


@pytest.mark.requirement("S85")
def test_run_tells_which_starts_were_merged_into_it(account, scheduled_jobs, marketer, client_of):
    run = SyncRunFactory(job=scheduled_jobs[0], merged_starts=2)

    page = client_of(marketer).get(reverse("run_detail", args=[account.slug, run.pk]))

    assert "2, due while it was not done" in text_of(page)
