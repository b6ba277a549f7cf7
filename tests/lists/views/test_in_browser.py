"""Each page in a real Chromium: nothing for axe-core, the console or a sideways scroll to find."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from lists.models import ListRecord, MarketingList
from sync.models import RunState
from tests.factories import (
    FolderFactory,
    ListRecordFactory,
    MarketingListFactory,
    SyncJobFactory,
    SyncRunFactory,
)
from tests.page_walk import assert_sound, assert_sound_in_each_look, open_menu

pytestmark = pytest.mark.browser

LONG_NAME = "A list whose name is much longer than what anybody would think of " * 2


@pytest.fixture
def busy_account(account, leads, ada):
    """Folders, lists with and without a sync, and records in every state."""
    SyncRunFactory(job=SyncJobFactory(list=leads), state=RunState.SUCCEEDED)
    MarketingListFactory(name=LONG_NAME.strip(), kind="file", folder=FolderFactory(name="Fairs"))
    FolderFactory(name="Salesforce System Lists")
    ListRecord.objects.update(data={**ada.data, "Title": "Countess"}, dirty={"Title": "Analyst"})
    ListRecordFactory(list=leads, salesforce_id=None, data={"LastName": "word " * 60})
    for number in range(60):
        ListRecordFactory(list=leads, email=f"a.long.address.{number}@subsidiary.example.com")
    type(leads).objects.filter(pk=leads.pk).update(record_count=480_123)
    return account


@pytest.fixture
def paths(busy_account, leads, ada):
    def path(name, *args):
        return reverse(name, args=[busy_account.slug, *args])

    empty = MarketingList.objects.get(kind="file")
    return {
        "lists": path("marketing_lists"),
        "folder_add": path("folder_add"),
        "folder_rename": path("folder_rename", leads.folder_id),
        "list_rename": path("list_rename", leads.pk),
        "list_move": path("list_move", leads.pk),
        "list_delete": path("list_delete", leads.pk),
        "grid": path("list_records", leads.pk),
        "grid_searched": path("list_records", leads.pk) + "?q=ada&sort=-Title&show=changed",
        "grid_nothing": path("list_records", leads.pk) + "?q=nobody",
        "grid_empty": path("list_records", empty.pk),
        "record": path("record_detail", leads.pk, ada.record_id),
        "cell": path("record_edit_cell", leads.pk, ada.record_id, "Rating"),
        "cell_locked": path("record_edit_cell", leads.pk, ada.record_id, "Age__c"),
    }


def test_pages_are_sound_when_a_person_opens_them(
    paths, marketer, live_app, context, page, console
):
    live_app.log_in(context, marketer)

    for path in paths.values():
        page.goto(live_app.url + path)
        page.locator("h1").wait_for()
        page.wait_for_load_state("networkidle")
        assert_sound_in_each_look(page, console)


@pytest.fixture
def grid(paths, marketer, live_app, context, page):
    live_app.log_in(context, marketer)
    page.goto(live_app.url + paths["grid"] + "?q=ada")
    return page


@pytest.mark.parametrize("look", [(1280, "light"), (1280, "dark")], indirect=True, ids=str)
def test_cell_is_edited_by_keyboard_alone(look, grid, ada, console):
    grid.get_by_role("link", name="Lovelace").focus()
    grid.keyboard.press("Enter")
    field = grid.get_by_label("Last Name", exact=True)
    expect(field).to_be_focused()
    assert_sound(grid, console)

    field.fill("x" * 21)
    grid.keyboard.press("Enter")
    grid.get_by_text("at most 20 characters").wait_for()
    assert_sound(grid, console)

    grid.get_by_label("Last Name", exact=True).fill("King")
    grid.keyboard.press("Enter")
    expect(grid.get_by_role("link", name="King")).to_be_focused()
    assert_sound(grid, console)
    (stored,) = ListRecord.objects.filter(record_id=ada.record_id)
    assert stored.data["LastName"] == "King"


def test_values_stand_below_the_names_of_their_columns(grid):
    def edge(selector):
        return round(grid.locator(selector).first.bounding_box()["x"])

    assert edge("thead th:nth-child(3)") == edge("tbody td:nth-child(3)")


def test_escape_leaves_the_cell_as_it_was(grid, ada):
    grid.get_by_role("link", name="Lovelace").click()
    field = grid.get_by_label("Last Name", exact=True)
    field.fill("King")

    grid.keyboard.press("Escape")

    grid.get_by_role("link", name="Lovelace").wait_for()
    expect(field).to_have_count(0)
    assert "q=ada" in grid.url
    assert ListRecord.objects.get(record_id=ada.record_id).data["LastName"] == "Lovelace"


@pytest.mark.requirement("S55", "S106")
def test_list_menu_leads_to_the_sync_and_to_another_folder(
    paths, leads, marketer, live_app, context, page, console
):
    live_app.log_in(context, marketer)
    page.goto(live_app.url + paths["lists"])
    open_menu(page, "Menu of All Salesforce Leads")
    setup = page.get_by_role("link", name="Sync Setup")
    assert reverse("sync_setup", args=["example", leads.pk]) in setup.get_attribute("href")
    assert_sound(page, console)

    page.get_by_role("link", name="Move", exact=True).click()
    page.get_by_label("Folder").select_option("Salesforce System Lists")
    page.get_by_role("button", name="Save").click()

    section = page.get_by_role("region", name="Salesforce System Lists", exact=True)
    section.get_by_role("link", name="All Salesforce Leads").wait_for()
    leads.refresh_from_db()
    assert leads.folder.name == "Salesforce System Lists"


@pytest.mark.requirement("S105")
def test_folder_is_added_by_its_manage_menu(paths, marketer, live_app, context, page, console):
    live_app.log_in(context, marketer)
    page.goto(live_app.url + paths["lists"])
    open_menu(page, "Manage Default Folder")
    assert_sound(page, console)
    page.get_by_role("link", name="Add", exact=True).click()
    page.get_by_label("Name").fill("Trade shows")
    page.get_by_role("button", name="Save").click()

    page.get_by_role("heading", name="Trade shows").wait_for()
    open_menu(page, "Manage Trade shows")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("The folder “Trade shows” is deleted.").wait_for()


def test_list_is_exported_from_its_menu(paths, marketer, live_app, context, page):
    live_app.log_in(context, marketer)
    page.goto(live_app.url + paths["grid"])
    open_menu(page, "Menu of All Salesforce Leads")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()

    assert download.value.suggested_filename == "all-salesforce-leads.csv"
    assert "ada@example.com" in download.value.path().read_text()
