import re
from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from acton_connector.accounts.models import AuditEvent
from connectors.models import ConnectionState, SalesforceField
from sync.models import Direction, DuplicateAction, SyncJob, SyncJobField
from sync.schedules.schedule import OnDayOfMonth, OnWeekdays, iter_slots
from tests.factories import SyncJobFactory
from tests.sync.views.pages import find_option, text_of


@pytest.fixture
def url(account, job):
    return reverse("sync_setup", args=[account.slug, job.list_id])


def chosen(job, direction):
    fields = SyncJobField.objects.filter(job=job, direction=direction)
    return sorted(fields.values_list("column__key", flat=True))


EVERYTHING = {
    "push_add": "on",
    "push_update": "on",
    "push_columns": ["FirstName", "Region__c"],
    "pull_add": "on",
    "pull_update": "on",
    "pull_columns": ["Email", "Owner_ID__c"],
    "remove_missing": "on",
    "frequency": "hours",
    "every_hours": "6",
    "start_time": "02:30",
}


@pytest.mark.requirement("S64", "S68", "S69", "S70", "S73", "S74", "S75", "S76", "S80", "S81")
def test_save_commits_both_halves_and_the_schedule_when_all_is_sound(job, marketer, client_of, url):
    response = client_of(marketer).post(url, EVERYTHING)

    assert response.url == url
    job.refresh_from_db()
    assert (job.push_add, job.push_update) == (True, True)
    assert (job.pull_add, job.pull_update, job.remove_missing) == (True, True, True)
    assert chosen(job, Direction.PUSH) == ["FirstName", "Region__c"]
    assert chosen(job, Direction.PULL) == ["Email", "Owner_ID__c"]
    assert (job.every_hours, job.start_time) == (6, time(2, 30))
    assert job.next_due_at is not None
    assert AuditEvent.objects.filter(action="sync.setup_saved", actor=marketer).exists()


@pytest.mark.requirement("S71", "S75")
def test_nothing_is_selected_when_sync_setup_opens_first(job, marketer, client_of, url):
    page = client_of(marketer).get(url)

    for picker in ("push_columns", "clearing_columns", "pull_columns"):
        for key in ("Email", "FirstName", "Region__c"):
            assert not find_option(page, picker, key).is_checked
    text = text_of(page)
    options = ["push_add", "push_update", "pull_add", "pull_update", "remove_missing"]
    for option in [*options, "use_assignment_rule"]:
        assert f'<input type="checkbox" name="{option}"' in text
    checked = re.findall(r'name="(\w+)" value="(\w+)"[^>]* checked', text)
    assert checked == [("duplicates", "set_aside"), ("frequency", "manual")]
    assert text.count(" checked") == 2


@pytest.mark.requirement("S69", "S70")
def test_push_options_are_saved_and_shown_when_they_are_chosen(job, marketer, client_of, url):
    options = {
        "clearing_columns": ["Region__c"],
        "use_assignment_rule": "on",
        "duplicates": "link",
    }

    client_of(marketer).post(url, EVERYTHING | options)

    job.refresh_from_db()
    assert (job.use_assignment_rule, job.duplicates) == (True, DuplicateAction.LINK)
    clearing = SyncJobField.objects.filter(clears_field=True)
    assert [(f.direction, f.column.key) for f in clearing] == [(Direction.PUSH, "Region__c")]
    page = client_of(marketer).get(url)
    assert find_option(page, "clearing_columns", "Region__c").is_checked
    assert not find_option(page, "clearing_columns", "FirstName").is_checked
    checked = re.findall(r'<input type="checkbox" name="(\w+)"[^>]* checked', text_of(page))
    assert "use_assignment_rule" in checked


def test_a_blank_that_clears_a_field_that_is_not_pushed_is_refused_and_nothing_is_saved(
    job, marketer, client_of, url
):
    response = client_of(marketer).post(url, EVERYTHING | {"clearing_columns": ["Email"]})

    assert "Only a push-update field can be cleared by a blank" in text_of(response)
    assert find_option(response, "clearing_columns", "Email").is_checked
    assert not SyncJobField.objects.exists()


@pytest.mark.requirement("S71", "S75")
def test_sync_setup_shows_what_was_saved_when_it_opens_again(job, marketer, client_of, url):
    client_of(marketer).post(url, EVERYTHING)

    page = client_of(marketer).get(url)

    assert find_option(page, "push_columns", "Region__c").is_checked
    assert not find_option(page, "push_columns", "Email").is_checked
    assert find_option(page, "pull_columns", "Email").is_checked
    assert 'name="start_time" value="02:30"' in text_of(page)


@pytest.mark.requirement("S71", "S78")
@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("CreatedDate", "Read-only in Salesforce"),
        ("Owner_ID__c", "Calculated by Salesforce"),
        ("Gone__c", "Not visible in Salesforce any more"),
        ("shoe_size", "Not in Salesforce"),
    ],
)
def test_column_cannot_be_pushed_and_tells_why_when_salesforce_would_not_take_it(
    job, marketer, client_of, url, key, reason
):
    option = find_option(client_of(marketer).get(url), "push_columns", key)

    assert option.is_locked
    assert reason in option.text
    page = client_of(marketer).post(url, {**EVERYTHING, "push_columns": [key]})
    assert "Select a valid choice" in text_of(page)
    assert chosen(job, Direction.PUSH) == []


@pytest.mark.requirement("S78")
def test_calculated_column_can_be_pulled_with_a_warning_when_it_cannot_be_pushed(
    job, marketer, client_of, url
):
    option = find_option(client_of(marketer).get(url), "pull_columns", "Owner_ID__c")

    assert not option.is_locked
    assert "reads every record again" in option.text


@pytest.mark.requirement("S76")
def test_page_warns_in_words_of_what_remove_missing_does(account, job, marketer, client_of, url):
    text = text_of(client_of(marketer).get(url))

    assert "each sync takes records out of this list that Salesforce no longer has" in text
    assert f"more than {account.removal_limit_percent} % of the list" in text


@pytest.mark.requirement("S81", "S84")
def test_what_was_filled_in_stays_and_nothing_is_saved_when_the_interval_is_too_short(
    job, marketer, client_of, url
):
    page = client_of(marketer).post(url, {**EVERYTHING, "every_hours": "3"})

    text = text_of(page)
    assert "At least 4 hours lie between two syncs of a list." in text
    assert 'name="every_hours" value="3"' in text
    assert find_option(page, "push_columns", "Region__c").is_checked
    assert find_option(page, "pull_columns", "Owner_ID__c").is_checked
    job.refresh_from_db()
    assert (job.push_add, job.every_hours, job.next_due_at) == (False, None, None)
    assert not SyncJobField.objects.exists()


@pytest.mark.requirement("S71", "S75", "S81")
@pytest.mark.parametrize("half", ["push", "pull"])
def test_save_is_refused_in_words_when_an_update_has_no_field(job, marketer, client_of, url, half):
    page = client_of(marketer).post(url, {f"{half}_update": "on", "frequency": "manual"})

    assert f"Choose at least one {half}-update field" in text_of(page)
    job.refresh_from_db()
    assert not getattr(job, f"{half}_update")


@pytest.mark.requirement("S80")
@pytest.mark.parametrize("missing", ["every_hours", "start_time"])
def test_save_asks_for_the_rest_when_a_schedule_is_not_whole(
    job, marketer, client_of, url, missing
):
    page = client_of(marketer).post(url, {**EVERYTHING, missing: ""})

    assert "A recurring sync needs this." in text_of(page)
    assert SyncJob.objects.get().every_hours is None


@pytest.mark.requirement("S64", "S80")
def test_schedule_ends_when_manual_is_saved(job, marketer, client_of, url):
    client_of(marketer).post(url, EVERYTHING)

    client_of(marketer).post(url, {**EVERYTHING, "frequency": "manual", "every_hours": "nonsense"})

    job.refresh_from_db()
    assert (job.every_hours, job.start_time, job.next_due_at) == (None, None, None)


@pytest.mark.requirement("S65")
def test_page_advises_few_recurring_syncs_of_master_lists(job, marketer, client_of, url):
    text = text_of(client_of(marketer).get(url))

    assert "Put the master lists of leads and contacts on a schedule" in text
    assert "one sync runs at a time" in text


@pytest.mark.requirement("S82")
def test_page_counts_the_scheduled_syncs_and_refuses_another_when_all_are_used(
    account, job, marketer, client_of, url
):
    for _ in range(10):
        SyncJobFactory(schedule=OnWeekdays(time(1)))

    assert (
        "10 of the account\N{RIGHT SINGLE QUOTATION MARK}s 10 scheduled syncs are in use."
        in text_of(client_of(marketer).get(url))
    )
    page = client_of(marketer).post(url, EVERYTHING)

    assert "its 10 scheduled syncs already" in text_of(page)
    assert find_option(page, "push_columns", "Region__c").is_checked
    assert SyncJob.objects.get(pk=job.pk).every_hours is None


@pytest.fixture
def soon(account):
    """A time of the day two hours from now on the account's wall clock, and when that is."""
    account.time_zone = "Asia/Kathmandu"  # its clocks never change, and stand at a quarter
    account.save()
    moment = (timezone.now() + timedelta(hours=2)).replace(second=0, microsecond=0)
    return moment.astimezone(account.zone)


@pytest.mark.requirement("S80")
def test_page_names_the_zone_and_shows_the_next_starts_when_a_schedule_is_saved(
    job, marketer, client_of, url, soon
):
    client_of(marketer).post(url, {**EVERYTHING, "start_time": f"{soon:%H:%M}"})

    text = text_of(client_of(marketer).get(url))

    assert "Asia/Kathmandu" in text
    for hours in (0, 6, 12, 18, 24):
        assert (soon + timedelta(hours=hours)).isoformat() in text
    job.refresh_from_db()
    assert job.next_due_at == soon


@pytest.mark.requirement("S80")
def test_preview_shows_the_starts_of_a_schedule_when_it_is_not_saved_yet(
    account, job, marketer, client_of, soon
):
    url = reverse("sync_schedule_preview", args=[account.slug, job.list_id])
    rule = {"frequency": "hours", "every_hours": "24", "start_time": f"{soon:%H:%M}"}

    text = text_of(client_of(marketer).get(url, rule))

    assert soon.isoformat() in text
    assert (soon + timedelta(days=1)).isoformat() in text
    assert "<html" not in text
    for broken in ({"every_hours": "3"}, {"start_time": "99:99"}, {"frequency": "manual"}):
        page = client_of(marketer).get(url, {**rule, **broken})
        assert "No sync starts by itself." in text_of(page)


def checked_values(text, name):
    boxes = re.findall(rf'<input[^>]*name="{name}"[^>]*>', text)
    return [re.search('value="([^"]*)"', box)[1] for box in boxes if "checked" in box]


@pytest.mark.requirement("S80")
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"frequency": "daily"}, OnWeekdays(time(2, 30))),
        (
            {"frequency": "weekly", "weekdays": ["0", "3"]},
            OnWeekdays(time(2, 30), frozenset({0, 3})),
        ),
        ({"frequency": "monthly", "day_of_month": "31"}, OnDayOfMonth(time(2, 30), 31)),
    ],
)
def test_each_kind_of_schedule_is_saved_shown_again_and_taken_away(
    job, marketer, client_of, url, sent, expected
):
    client = client_of(marketer)
    client.post(url, {**EVERYTHING, **sent})

    job = SyncJob.objects.get(pk=job.pk)
    assert job.schedule == expected
    assert job.next_due_at == next(iter_slots(expected, job.account.zone, timezone.now()))
    shown = text_of(client.get(url))
    assert checked_values(shown, "frequency") == [sent["frequency"]]
    assert checked_values(shown, "weekdays") == sent.get("weekdays", [])
    assert ('value="31" selected' in shown) == ("day_of_month" in sent)

    client.post(url, {**EVERYTHING, "frequency": "manual"})
    assert SyncJob.objects.get(pk=job.pk).schedule is None


@pytest.mark.requirement("S80", "S84")
@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"frequency": "weekly"}, "A recurring sync needs this."),
        ({"frequency": "daily"}, "The shortest interval between two syncs is 48 hours."),
        (
            {"frequency": "weekly", "weekdays": ["6", "0"]},
            "The shortest interval between two syncs is 48 hours.",
        ),
        ({"frequency": "monthly", "day_of_month": "32"}, "Select a valid choice."),
    ],
)
def test_schedule_that_cannot_be_kept_is_refused_in_words(
    account, job, marketer, client_of, url, sent, sentence
):
    account.min_sync_interval_hours = 48
    account.save()

    page = client_of(marketer).post(url, {**EVERYTHING, **sent})

    assert sentence in text_of(page)
    assert SyncJob.objects.get(pk=job.pk).schedule is None


@pytest.mark.requirement("S80", "S84")
def test_preview_leaves_out_slots_when_the_last_sync_started_too_short_a_time_before(
    account, job, marketer, client_of, soon
):
    SyncJob.objects.update(last_started_at=timezone.now() - timedelta(minutes=30))
    url = reverse("sync_schedule_preview", args=[account.slug, job.list_id])
    rule = {"frequency": "hours", "every_hours": "24", "start_time": f"{soon:%H:%M}"}

    text = text_of(client_of(marketer).get(url, rule))

    assert soon.isoformat() not in text
    assert (soon + timedelta(days=1)).isoformat() in text


def test_page_keeps_the_set_up_and_tells_the_reason_when_the_connection_is_paused(
    connection, job, marketer, client_of, url
):
    connection.state, connection.reason = ConnectionState.PAUSED, "The password has expired."
    connection.save()

    page = client_of(marketer).get(url)

    assert "The password has expired." in text_of(page)
    assert find_option(page, "push_columns", "Region__c") is not None


def test_page_leads_to_the_connection_when_no_field_is_known(
    connection, job, marketer, client_of, url
):
    SalesforceField.objects.all().delete()
    connection.delete()

    assert "Salesforce is not connected." in text_of(client_of(marketer).get(url))


def test_page_tells_the_pause_and_save_ends_it_when_the_schedule_is_paused(
    job, marketer, client_of, url
):
    SyncJob.objects.update(pause_reason="A field is gone.")

    assert "A field is gone." in text_of(client_of(marketer).get(url))
    client_of(marketer).post(url, EVERYTHING)

    job.refresh_from_db()
    assert job.pause_reason == ""
    assert job.next_due_at > datetime.now(UTC) - timedelta(minutes=1)
