from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from acton_connector.accounts.models import AuditEvent
from connectors.models import ConnectionState
from sync.models import RunState, SyncJob, SyncRun, Trigger
from tests.sync.views.pages import text_of


@pytest.fixture
def ready_job(job):
    job.pull_add = True
    job.save()
    return job


@pytest.fixture
def url(account, ready_job):
    return reverse("sync_run_now", args=[account.slug, ready_job.list_id])


@pytest.fixture
def inside_the_interval(ready_job):
    SyncJob.objects.update(last_started_at=timezone.now() - timedelta(hours=1))


@pytest.mark.requirement("S64", "S84")
def test_run_now_queues_a_run_and_leads_to_it_when_the_interval_has_passed(
    marketer, client_of, url
):
    response = client_of(marketer).post(url)

    run = SyncRun.objects.get()
    assert response.url == reverse("run_detail", args=["example", run.pk])
    assert (run.trigger, run.requested_by, run.state) == (Trigger.MANUAL, marketer, RunState.QUEUED)


def test_run_now_leads_to_the_same_run_when_it_is_pressed_twice(marketer, client_of, url):
    first, second = client_of(marketer).post(url), client_of(marketer).post(url)

    assert first.url == second.url
    assert SyncRun.objects.count() == 1


@pytest.mark.requirement("S84")
def test_run_now_is_refused_with_the_next_allowed_time_when_the_interval_has_not_passed(
    inside_the_interval, marketer, client_of, url
):
    page = client_of(marketer).post(url)

    text = text_of(page)
    allowed = SyncJob.objects.get().last_started_at + timedelta(hours=4)
    assert page.status_code == 409
    assert "at least 4 hours apart" in text
    assert allowed.isoformat() in text
    assert "Override and run now" not in text
    assert not SyncRun.objects.exists()


@pytest.mark.requirement("S84")
def test_administrator_may_override_when_a_reason_is_given(
    inside_the_interval, administrator, client_of, url
):
    assert "Override and run now" in text_of(client_of(administrator).post(url))
    client_of(administrator).post(url, {"reason": "The fair begins today."})

    run = SyncRun.objects.get()
    assert (run.trigger, run.override_reason) == (Trigger.OVERRIDE, "The fair begins today.")
    event = AuditEvent.objects.get(action="sync.interval_overridden")
    assert event.after["reason"] == "The fair begins today."


@pytest.mark.requirement("S84")
@pytest.mark.parametrize("reason", ["", "   "])
def test_override_is_refused_when_the_reason_is_blank(
    inside_the_interval, administrator, client_of, url, reason
):
    page = client_of(administrator).post(url, {"reason": reason})

    assert page.status_code == 409
    assert "This field is required." in text_of(page)
    assert not SyncRun.objects.exists()


@pytest.mark.requirement("S84")
@pytest.mark.threat("T2")
def test_override_is_refused_when_a_marketer_gives_a_reason(
    inside_the_interval, marketer, client_of, url
):
    page = client_of(marketer).post(url, {"reason": "I want it."})

    assert "Only an administrator may override" in text_of(page)
    assert not SyncRun.objects.exists()


def test_run_now_tells_what_to_choose_when_nothing_is_selected(account, job, marketer, client_of):
    url = reverse("sync_run_now", args=[account.slug, job.list_id])

    page = client_of(marketer).post(url, follow=True)

    assert "Nothing is selected yet" in text_of(page)
    assert not SyncRun.objects.exists()


def test_run_now_tells_the_reason_when_the_connection_is_paused(
    connection, marketer, client_of, url
):
    connection.state, connection.reason = ConnectionState.PAUSED, "The password has expired."
    connection.save()

    assert "The password has expired." in text_of(client_of(marketer).post(url, follow=True))
    assert not SyncRun.objects.exists()
