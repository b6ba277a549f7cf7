"""Import of a campaign or a report on the pages, and what their lists offer afterwards."""

import pytest
from django.urls import reverse

from lists.models import ListKind, ListRecord, MarketingList
from sync.engine.runner import execute_run
from sync.models import RunState, SyncJob, SyncRun
from tests.factories import (
    ListColumnFactory,
    ListRecordFactory,
    MarketingListFactory,
    SyncJobFactory,
)
from tests.page_walk import assert_sound_in_each_look
from tests.sync.views.pages import text_of

GUIDES_REPORT = "Act-On Report Prospects in Opportunities"


def url_of(name, *args):
    return reverse(name, args=["example", *args])


def id_of(sync, sobject_type, name):
    (found,) = sync.org.query(f"SELECT Id FROM {sobject_type} WHERE Name = '{name}'")
    return found["Id"]


@pytest.fixture
def read_only_job(account):
    """Return a maker of a list that is only read, with one column and its job."""

    def make(kind):
        made = MarketingListFactory(kind=kind, source_id="701000000000001AAA")
        ListColumnFactory(list=made, key="Status", name="Status")
        return SyncJobFactory(list=made)

    return make


@pytest.mark.requirement("S59")
@pytest.mark.parametrize("source", ["campaign", "report"])
def test_next_leads_to_the_choice_when_a_campaign_or_report_is_imported(
    connection, marketer, client_of, source
):
    response = client_of(marketer).get(url_of("list_import"), {"source": source})

    assert response.url == url_of("list_import_choose", source)


@pytest.mark.requirement("S59")
def test_campaigns_are_found_by_a_part_of_their_name(sync, marketer, client_of):
    client = client_of(marketer)
    everything = text_of(client.get(url_of("list_import_choose", "campaign")))
    found = text_of(client.get(url_of("list_import_choose", "campaign"), {"q": "programme"}))
    nothing = text_of(client.get(url_of("list_import_choose", "campaign"), {"q": "%"}))

    assert "Spring Webinar" in everything
    assert "Referral Programme" in found
    assert "Spring Webinar" not in found
    assert "Nothing in Salesforce has such a name" in nothing


@pytest.mark.requirement("S44", "S104")
def test_reports_of_public_folders_are_offered_and_private_or_matrix_ones_are_not(
    sync, marketer, client_of
):
    page = text_of(client_of(marketer).get(url_of("list_import_choose", "report")))

    assert GUIDES_REPORT in page
    assert "Leads by Source" in page
    assert "Pipeline by Stage and Month" not in page
    assert "My own hot leads" not in page


@pytest.mark.requirement("S59", "S79")
def test_name_is_filled_in_and_no_field_is_picked_when_a_campaign_is_chosen(
    sync, marketer, client_of
):
    campaign = id_of(sync, "Campaign", "Referral Programme")

    page = text_of(client_of(marketer).get(url_of("list_import_finish", "campaign", campaign)))

    assert 'name="name" value="Referral Programme"' in page
    assert "fields of its members come along" in page
    assert 'type="checkbox"' not in page


@pytest.mark.requirement("S59", "S79", "S104", "S106")
@pytest.mark.parametrize(
    ("kind", "sobject_type", "name"),
    [("campaign", "Campaign", "Referral Programme"), ("report", "Report", GUIDES_REPORT)],
)
def test_finish_makes_a_list_that_fills_when_a_source_is_chosen(
    sync, marketer, client_of, kind, sobject_type, name
):
    source_id = id_of(sync, sobject_type, name)

    client_of(marketer).post(url_of("list_import_finish", kind, source_id), {"name": "Chosen"})

    made, run = MarketingList.objects.get(), SyncRun.objects.get()
    assert (made.name, made.kind, made.source_id) == ("Chosen", kind, source_id)
    assert made.folder.is_default
    assert execute_run(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED
    assert ListRecord.objects.filter(list=made).count() == run.records_read > 0


@pytest.mark.fault("F84")
def test_finish_leads_to_the_same_run_when_it_is_pressed_twice(sync, marketer, client_of):
    campaign = id_of(sync, "Campaign", "Referral Programme")
    finish = url_of("list_import_finish", "campaign", campaign)

    first, second = (client_of(marketer).post(finish, {"name": "Chosen"}) for _ in range(2))

    run = SyncRun.objects.get()
    assert first.url == second.url == url_of("run_detail", run.pk)
    assert MarketingList.objects.count() == 1


def test_finish_refuses_a_name_when_it_is_taken(sync, marketer, client_of):
    MarketingListFactory(name="Taken")
    campaign = id_of(sync, "Campaign", "Referral Programme")

    page = client_of(marketer).post(
        url_of("list_import_finish", "campaign", campaign), {"name": "taken"}
    )

    assert "Another list has this name already." in text_of(page)
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize(
    ("kind", "source_id"),
    [
        ("campaign", "701000000000001AAA"),
        ("report", "00O000000000001AAA"),
        ("campaign", "nonsense"),
        ("leads", "701000000000001AAA"),
    ],
)
def test_a_source_is_not_found_when_there_is_none(sync, marketer, client_of, kind, source_id):
    page = client_of(marketer).get(url_of("list_import_finish", kind, source_id))

    assert page.status_code == 404


def test_a_private_report_is_not_found_when_its_address_is_known(sync, marketer, client_of):
    (private,) = sync.org.query(
        "SELECT Id FROM Report USING SCOPE allPrivate WHERE Name = 'My own hot leads'"
    )

    page = client_of(marketer).get(url_of("list_import_finish", "report", private["Id"]))

    assert page.status_code == 404


@pytest.mark.requirement("S67", "S68", "S79", "S83")
def test_re_import_offers_neither_push_nor_fields_for_a_report(
    connection, read_only_job, marketer, client_of
):
    job = read_only_job(ListKind.REPORT)

    page = text_of(client_of(marketer).get(url_of("sync_setup", job.list_id)))

    assert "Re-import from Salesforce" in page
    assert "A report is only read" in page
    assert "All columns of the report come along" in page
    for name in ("push_add", "push_update", "push_columns", "pull_columns"):
        assert f'name="{name}"' not in page
    assert url_of("sync_add_columns", job.list_id) not in page


@pytest.mark.requirement("S67", "S107")
def test_re_import_is_saved_with_a_schedule(connection, read_only_job, marketer, client_of):
    job = read_only_job(ListKind.REPORT)

    client_of(marketer).post(
        url_of("sync_setup", job.list_id),
        {
            "pull_add": "on",
            "pull_update": "on",
            "remove_missing": "on",
            "frequency": "hours",
            "every_hours": "24",
            "start_time": "02:00",
        },
    )

    saved = SyncJob.objects.get()
    assert (saved.pull_add, saved.pull_update, saved.remove_missing) == (True, True, True)
    assert saved.next_due_at is not None


@pytest.mark.requirement("S67")
def test_menu_says_re_import_for_a_report_and_offers_no_upload(read_only_job, marketer, client_of):
    job = read_only_job(ListKind.REPORT)

    page = text_of(client_of(marketer).get(url_of("marketing_lists")))

    assert "Re-import from Salesforce" in page
    assert "Sync Setup" not in page
    assert url_of("list_upload", job.list_id) not in page


def test_cells_cannot_be_edited_in_a_list_that_is_only_read(read_only_job, marketer, client_of):
    job = read_only_job(ListKind.REPORT)
    record = ListRecordFactory(list=job.list, data={"Status": "Sent"})

    answer = client_of(marketer).post(
        url_of("record_edit_cell", job.list_id, record.record_id, "Status"), {"value": "Other"}
    )

    assert "Comes from Salesforce alone" in text_of(answer)
    record.refresh_from_db()
    assert record.data == {"Status": "Sent"}


@pytest.mark.browser
@pytest.mark.requirement("S59", "S104")
@pytest.mark.parametrize(
    ("source", "name"), [("Salesforce Campaign", "Referral Programme"),
                         ("Salesforce Report", GUIDES_REPORT)]
)  # fmt: skip
def test_a_person_imports_a_campaign_or_a_report(
    sync, administrator, live_app, context, page, console, source, name
):
    live_app.log_in(context, administrator)
    page.goto(live_app.url + url_of("list_import"))
    page.get_by_label(source).check()
    assert_sound_in_each_look(page, console)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("textbox", name="Search by name").fill(name[:9])
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("link", name=name).wait_for()
    assert_sound_in_each_look(page, console)
    page.get_by_role("link", name=name).click()
    page.get_by_text("come along").first.wait_for()
    assert_sound_in_each_look(page, console)
    page.get_by_role("button", name="Finish").click()
    page.locator("#run-progress").wait_for()
    assert_sound_in_each_look(page, console)
    run = SyncRun.objects.get()
    page.goto(live_app.url + url_of("sync_setup", run.job.list_id))
    page.locator("h1").wait_for()
    assert_sound_in_each_look(page, console)
