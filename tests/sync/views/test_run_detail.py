import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from sync.models import Direction, FailureReason, RecordIssue, RunKind, RunState, Step, Trigger
from sync.schedules.schedule import EveryHours
from tests.factories import SyncJobFactory, SyncRunFactory
from tests.sync.views.pages import text_of


def url_of(run, name="run_detail"):
    return reverse(name, args=["example", run.pk])


def add_issue(run, **values):
    issue = RecordIssue(
        **{
            "account": run.account,
            "run": run,
            "direction": Direction.PUSH,
            "record_key": str(uuid.uuid4()),
            "label": "ann@example.com",
            "code": "REQUIRED_FIELD_MISSING",
            "message": "Required fields are missing: [LastName]",
            "advice": "Fill in the field.",
            **values,
        }
    )
    issue.save()
    return issue


def test_page_says_what_was_read_and_why(make_run, marketer, client_of):
    since = timezone.now().replace(microsecond=0)
    run = make_run(read_since=since, read_reason="Only what changed since the last sync.")
    whole = make_run(
        state=RunState.SUCCEEDED,
        finished_at=since,
        read_reason="Everything. Once a week everything is compared.",
    )

    changes, everything = (text_of(client_of(marketer).get(url_of(each))) for each in (run, whole))

    assert "Only what changed since the last sync. Changes since <time" in changes
    assert "Everything. Once a week everything is compared.</dd>" in everything


@pytest.mark.requirement("S58")
def test_page_shows_progress_and_asks_again_when_the_run_is_running(make_run, marketer, client_of):
    run = make_run(
        state=RunState.RUNNING,
        step=Step.PULL,
        records_read=1_200,
        records_expected=4_800,
        records_added=1_100,
    )

    text = text_of(client_of(marketer).get(url_of(run)))

    assert f'hx-get="{url_of(run)}" hx-trigger="every 2s"' in text
    assert 'value="1200" max="4800"' in text
    assert "1,100" in text
    assert "Read from Salesforce." in text


@pytest.mark.requirement("S58")
def test_page_tells_how_many_edits_salesforce_overruled(make_run, marketer, client_of):
    run = make_run(state=RunState.SUCCEEDED, records_overruled=1_207)

    text = text_of(client_of(marketer).get(url_of(run)))

    assert re.search(r"Edits here overruled</dt> ?<dd[^>]*>1,207</dd>", text)


@pytest.mark.fault("F74")
@pytest.mark.parametrize(
    ("count", "told"),
    [
        (1, "One character that was read from Salesforce cannot be kept"),
        (1_200, "1,200 characters that were read from Salesforce cannot be kept"),
        (0, None),
    ],
)
def test_page_tells_that_characters_were_replaced(make_run, marketer, client_of, count, told):
    run = make_run(state=RunState.SUCCEEDED_WITH_ERRORS, characters_replaced=count)

    text = text_of(client_of(marketer).get(url_of(run)))

    assert ("\ufffd in" in text) is (told is not None)
    assert told is None or told in text


@pytest.mark.requirement("S58")
@pytest.mark.parametrize(
    "state",
    [RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_ERRORS, RunState.FAILED, RunState.CANCELLED],
)
def test_fragment_stops_asking_when_the_run_has_ended(make_run, marketer, client_of, state):
    run = make_run(state=state)

    page = client_of(marketer).get(url_of(run), headers={"HX-Request": "true"})

    text = text_of(page)
    assert text.startswith('<div id="run-progress">')
    assert "hx-trigger" not in text
    assert "<html" not in text
    assert "Cancel</button>" not in text


@pytest.mark.requirement("S58")
def test_page_tells_that_the_import_is_complete_when_it_is(make_run, marketer, client_of):
    run = make_run(
        kind=RunKind.IMPORT, trigger=Trigger.IMPORT, state=RunState.SUCCEEDED, records_added=312
    )

    text = text_of(client_of(marketer).get(url_of(run)))

    assert "The import is complete." in text
    assert "312" in text


@pytest.mark.requirement("S85")
def test_page_tells_the_place_in_the_queue_when_the_run_waits(make_run, marketer, client_of):
    SyncRunFactory(job=SyncJobFactory(), queued_at=timezone.now() - timedelta(minutes=1))
    run = make_run()

    assert "Number 2 in the account's queue" in text_of(client_of(marketer).get(url_of(run)))


def test_page_tells_message_and_advice_when_the_run_failed(make_run, marketer, client_of):
    run = make_run(
        state=RunState.FAILED,
        failure_reason=FailureReason.CONFIGURATION,
        message="The field Region__c is gone.",
        advice="Take the column out of the set-up.",
    )

    text = text_of(client_of(marketer).get(url_of(run)))

    assert "The set-up needs a change" in text
    assert "The field Region__c is gone." in text
    assert "Take the column out of the set-up." in text


def test_page_groups_issues_by_cause_and_links_the_records_when_some_were_set_aside(
    job, make_run, marketer, client_of
):
    run = make_run(state=RunState.SUCCEEDED_WITH_ERRORS, records_failed=13)
    issues = [add_issue(run, label=f"person{number}@example.com") for number in range(12)]
    add_issue(
        run, code="DUPLICATES_DETECTED", record_key="00Q000000000001AAA", advice="Merge them."
    )

    text = text_of(client_of(marketer).get(url_of(run)))

    assert "12 records: <code>REQUIRED_FIELD_MISSING</code>" in text
    assert "1 record: <code>DUPLICATES_DETECTED</code>" in text
    assert "Fill in the field." in text
    assert "Merge them." in text
    assert reverse("record_detail", args=["example", job.list_id, issues[0].record_key]) in text
    assert "person11@example.com" not in text
    assert "All 12 records of this cause" in text


def test_page_lists_all_records_of_one_cause_when_it_is_asked_for(make_run, marketer, client_of):
    run = make_run(state=RunState.SUCCEEDED_WITH_ERRORS, records_failed=61)
    for number in range(60):
        add_issue(run, label=f"person{number}@example.com")
    add_issue(run, code="DUPLICATES_DETECTED", label="other@example.com")
    client = client_of(marketer)

    first = text_of(client.get(url_of(run), {"cause": "REQUIRED_FIELD_MISSING"}))
    second = text_of(client.get(url_of(run), {"cause": "REQUIRED_FIELD_MISSING", "page": "2"}))

    assert "person49@example.com" in first
    assert "person50@example.com" not in first
    assert "person59@example.com" in second
    assert "other@example.com" not in first + second


@pytest.mark.threat("T17")
def test_page_shows_salesforce_text_as_text_when_it_holds_markup(make_run, marketer, client_of):
    payload = "<script>alert(1)</script>"
    run = make_run(state=RunState.FAILED, message=payload, advice=payload)
    add_issue(run, message=payload, label=payload, code="<b>CODE</b>", advice=payload)

    page = client_of(marketer).get(url_of(run)).content.decode()

    assert payload not in page
    assert "<b>CODE</b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING])
def test_cancel_ends_the_run_when_it_is_active(make_run, marketer, client_of, state):
    run = make_run(state=state)
    assert url_of(run, "run_cancel") in text_of(client_of(marketer).get(url_of(run)))

    client_of(marketer).post(url_of(run, "run_cancel"))

    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


@pytest.fixture
def held_run(make_run):
    return make_run(
        state=RunState.SUCCEEDED_WITH_ERRORS,
        step=Step.PUSH,
        removals_held=1_250,
        message="1,250 of 4,000 records are no longer found in Salesforce.",
    )


@pytest.mark.requirement("S76")
def test_held_removals_are_released_when_an_administrator_types_their_number(
    held_run, administrator, client_of
):
    assert "Release 1,250 removals" in text_of(client_of(administrator).get(url_of(held_run)))

    client_of(administrator).post(
        url_of(held_run, "run_release_removals"), {"confirmation": "1,250"}
    )

    held_run.refresh_from_db()
    assert held_run.state == RunState.QUEUED
    assert held_run.options["removals_released"] == 1_250


@pytest.mark.requirement("S76")
@pytest.mark.parametrize("typed", ["", "1249", "yes"])
def test_held_removals_stay_held_when_another_number_is_typed(
    held_run, administrator, client_of, typed
):
    page = client_of(administrator).post(
        url_of(held_run, "run_release_removals"), {"confirmation": typed}
    )

    held_run.refresh_from_db()
    assert page.status_code == 422
    assert "form-errors" in text_of(page)
    assert held_run.state == RunState.SUCCEEDED_WITH_ERRORS


def test_held_removals_name_who_can_release_them_when_a_marketer_looks(
    held_run, marketer, client_of
):
    text = text_of(client_of(marketer).get(url_of(held_run)))

    assert "An administrator of Example Company can release them." in text
    assert "Release 1,250 removals" not in text


def test_held_removals_cannot_be_released_when_a_later_run_has_looked_again(
    held_run, make_run, administrator, client_of
):
    make_run(state=RunState.SUCCEEDED)

    text = text_of(client_of(administrator).get(url_of(held_run)))

    assert "these removals are out of date" in text
    assert '<button class="btn btn-danger">Release' not in text


def test_state_fragment_tells_the_last_run_and_the_next_when_a_list_is_scheduled(
    job, make_run, marketer, client_of
):
    due = timezone.now() + timedelta(hours=3)
    url = reverse("list_sync_state", args=["example", job.list_id])
    assert "not synced yet" in text_of(client_of(marketer).get(url))
    job.schedule = EveryHours(4, due.time(), due.date())
    job.next_due_at = due
    job.save()
    run = make_run(state=RunState.SUCCEEDED)

    text = text_of(client_of(marketer).get(url))

    assert "Succeeded" in text
    assert url_of(run) in text
    assert due.isoformat() in text
    assert "hx-trigger" not in text
    assert "<html" not in text
