"""Each page in a real Chromium: nothing for axe-core, the console or a sideways scroll to find."""

from datetime import time, timedelta
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from lists.aside import set_aside
from lists.models import AsideReason
from lists.records import MergeRule
from sync.job_models import Frequency
from sync.models import (
    Direction,
    FieldConflict,
    RecordIssue,
    RunKind,
    RunState,
    Step,
    SyncJob,
    SyncJobField,
    Trigger,
)
from tests.api_usage import put_usage
from tests.factories import ListColumnFactory, MarketingListFactory, SyncJobFactory, SyncRunFactory
from tests.page_walk import assert_sound, assert_sound_in_each_look
from tests.sync.views.previews import FOUND

pytestmark = pytest.mark.browser

LONG_NAME = "A list whose name is much longer than what anybody would think of " * 2


@pytest.fixture
def finished_run(make_run):
    run = make_run(
        state=RunState.SUCCEEDED_WITH_ERRORS,
        step=Step.PUSH,
        queued_at=timezone.now() - timedelta(days=1),
        records_read=480_123,
        records_added=1_200,
        records_failed=12,
        conflicts_found=30,
        records_overruled=12,
        removals_held=1_250,
        message="1,250 of 4,000 records are no longer found in Salesforce.",
        warnings=[{"text": "Lead.Budget__c is away.", "advice": "Look there.", "is_error": True}],
    )
    for number in range(12):
        RecordIssue(
            account=run.account,
            run=run,
            direction=Direction.PUSH,
            record_key=f"00000000-0000-4000-8000-0000000000{number:02}",
            label=f"a.person.with.a.long.address.{number}@subsidiary.example.com",
            code="FIELD_CUSTOM_VALIDATION_EXCEPTION",
            message="A lead of the region EMEA needs a consent before it is written to.",
            advice="Change the record so that it meets the rule, or change the rule.",
            fields=["Consent__c"],
        ).save()
        FieldConflict(
            account=run.account,
            run=run,
            record_id=UUID(int=number),
            label=f"a.person.with.a.long.address.{number}@subsidiary.example.com",
            column_name="Job title",
            ours="Head of " * 30,
            theirs="",
            rule=MergeRule.UNLESS_BLANK,
            ours_won=True,
        ).save()
    return run


@pytest.fixture
def busy_account(account, job, make_run, finished_run):
    """An account with something of everything."""
    SyncJob.objects.update(
        frequency=Frequency.DAILY,
        start_time=time(2),
        next_due_at=timezone.now() + timedelta(hours=2),
        last_started_at=timezone.now() - timedelta(hours=1),
        pull_add=True,
    )
    put_usage(ours=1_234, used=21_234, limit=100_000)
    make_run(state=RunState.SUCCEEDED, queued_at=timezone.now() - timedelta(days=3))
    for key, reason, found_type in (
        ("A_field_of_a_long_name_that_was_removed__c", AsideReason.GONE, ""),
        ("Budget__c", AsideReason.TYPE_CHANGED, "double"),
    ):
        column = ListColumnFactory(list=job.list, key=key, name=key, salesforce_field=key)
        set_aside(column=column, reason=reason, found_type=found_type)
    other = SyncJobFactory(list=MarketingListFactory(name=LONG_NAME.strip()))
    SyncRunFactory(
        job=other,
        options=finished_run.options,
        state=RunState.FAILED,
        message="The field Region__c is gone.",
        advice="Take the column out of the set-up.",
    )
    return account


@pytest.fixture
def running(make_run):
    return make_run(
        state=RunState.RUNNING, step=Step.PULL, records_read=1_200, records_expected=4_800
    )


@pytest.fixture
def preview(make_run):
    return make_run(
        kind=RunKind.DRY_RUN,
        trigger=Trigger.PREVIEW,
        state=RunState.SUCCEEDED_WITH_ERRORS,
        result=FOUND,
    )


@pytest.fixture
def paths(busy_account, job, finished_run, running, preview):
    SyncJobField(
        account=busy_account,
        job=job,
        direction=Direction.PULL,
        column=job.list.columns.get(key="FirstName"),
        rule=MergeRule.MOST_RECENT,
    ).save()

    def path(name, *args):
        return reverse(name, args=[busy_account.slug, *args])

    return {
        "dashboard": path("dashboard"),
        "import": path("list_import"),
        "import_fields": path("list_import_fields", "leads"),
        "sync_setup": path("sync_setup", job.list_id),
        "add_columns": path("sync_add_columns", job.list_id),
        "runs": path("runs"),
        "run_running": path("run_detail", running.pk),
        "run_preview": path("run_detail", preview.pk),
        "run_held": path("run_detail", finished_run.pk),
        "run_conflicts": path("run_detail", finished_run.pk) + "?show=conflicts",
        "run_one_cause": path("run_detail", finished_run.pk)
        + "?cause=FIELD_CUSTOM_VALIDATION_EXCEPTION",
    }


def test_pages_are_sound_when_a_person_opens_them(
    paths, administrator, live_app, context, page, console
):
    live_app.log_in(context, administrator)

    for path in paths.values():
        page.goto(live_app.url + path)
        page.locator("h1").wait_for()
        assert_sound_in_each_look(page, console)


@pytest.mark.parametrize("look", [(375, "light"), (375, "dark")], indirect=True, ids=str)
def test_refusals_and_empty_pages_are_sound_when_a_person_meets_them(
    busy_account, job, marketer, salesperson, live_app, context, page, look, console
):
    live_app.log_in(context, salesperson)
    page.goto(live_app.url + reverse("dashboard", args=[busy_account.slug]))
    assert_sound(page, console)

    live_app.log_in(context, marketer)
    page.goto(live_app.url + reverse("sync_setup", args=[busy_account.slug, job.list_id]))
    page.get_by_label("Update existing records in the list").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Choose at least one pull-update field").wait_for()
    assert_sound(page, console)


@pytest.mark.requirement("S81")
def test_leaving_sync_setup_asks_first_when_something_is_not_saved(
    busy_account, job, marketer, live_app, context, page
):
    url = live_app.url + reverse("sync_setup", args=[busy_account.slug, job.list_id])
    questions = []
    page.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.dismiss()))
    live_app.log_in(context, marketer)
    page.goto(url)

    page.get_by_label("Update existing records in the list").check()
    with page.expect_event("dialog"):
        page.get_by_role("button", name="Run Now").click()

    assert questions == ["beforeunload"]
    assert page.url == url
    expect(page.get_by_label("Update existing records in the list")).to_be_checked()
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url(lambda address: address != url)
    assert questions == ["beforeunload"]
    assert not SyncJob.objects.get(pk=job.pk).pull_update


@pytest.mark.requirement("S80")
def test_next_starts_follow_the_schedule_when_it_is_changed(
    account, job, marketer, live_app, context, page
):
    live_app.log_in(context, marketer)
    page.goto(live_app.url + reverse("sync_setup", args=[account.slug, job.list_id]))
    expect(page.get_by_text("No sync starts by itself.")).to_be_visible()

    page.get_by_label("Every few hours").check()
    page.get_by_label("Start time").fill("13:37")

    page.locator("#next-starts time", has_text="13:37").first.wait_for()


@pytest.mark.requirement("S58")
def test_counters_move_and_stop_when_a_run_goes_on_and_ends(
    account, running, marketer, live_app, context, page
):
    live_app.log_in(context, marketer)
    page.goto(live_app.url + reverse("run_detail", args=[account.slug, running.pk]))
    expect(page.get_by_text("1,200 of 4,800")).to_be_visible()

    type(running).objects.filter(pk=running.pk).update(records_read=2_400)
    page.get_by_text("2,400 of 4,800").wait_for()

    type(running).objects.filter(pk=running.pk).update(
        state=RunState.SUCCEEDED, finished_at=timezone.now()
    )
    page.get_by_text("Everything went well.").wait_for()
    expect(page.locator("#run-progress[hx-trigger]")).to_have_count(0)


def test_cancel_works_when_the_page_was_refreshed_behind_its_question(
    account, running, marketer, live_app, context, page
):
    live_app.log_in(context, marketer)
    page.goto(live_app.url + reverse("run_detail", args=[account.slug, running.pk]))

    page.get_by_role("button", name="Cancel").click()
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
        pass
    page.get_by_role("button", name="Cancel the run").click()

    page.get_by_text("The run is cancelled.").wait_for()
    running.refresh_from_db()
    assert running.state == RunState.CANCELLED


def test_preview_opens_beside_the_set_up_which_stays_as_it_was_filled_in(
    account, job, marketer, live_app, context, page
):
    live_app.log_in(context, marketer)
    page.goto(live_app.url + reverse("sync_setup", args=[account.slug, job.list_id]))
    page.get_by_label("Add new records to the list").check()

    with context.expect_page() as opened:
        page.get_by_role("button", name="Preview").click()

    opened.value.get_by_text("The sync is gone through on a copy of the list").wait_for()
    expect(page.get_by_label("Add new records to the list")).to_be_checked()
    questions = []
    page.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.dismiss()))
    page.get_by_role("button", name="Run Now").click()  # what is not saved is asked for
    page.wait_for_function("document.readyState === 'complete'")
    assert questions == ["beforeunload"]
    assert not SyncJob.objects.get(pk=job.pk).pull_add
