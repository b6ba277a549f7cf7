"""One person's whole path, as she walks it: from signing in to records that stand in Salesforce.

A real Chromium, the application on a port, a Celery worker that hears of runs through the broker,
and the local organisation over HTTPS. Nothing is done behind the pages' back.
"""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from acton_connector.accounts.models import Account, User
from tests.conftest import LiveApp
from tests.factories import PASSWORD
from tests.local_org import LocalOrg
from tests.page_walk import open_menu
from tests.scenarios.worker import running_worker, worker_environment

pytestmark = [pytest.mark.browser, pytest.mark.scenario]

RUN_MILLISECONDS = 60_000
LIST = "All Salesforce Leads"


@pytest.fixture
def org(local_org: LocalOrg, settings: Any) -> LocalOrg:
    """The organisation, allowed and trusted by the pages."""
    settings.SALESFORCE_EXTRA_LOGIN_HOSTS = [local_org.host]
    settings.SALESFORCE_CA_BUNDLE = local_org.ca_file
    return local_org


@pytest.fixture
def worker(transactional_db: None, org: LocalOrg, tmp_path: Path) -> Iterator[None]:
    """A Celery worker in a process of its own, on the test's database and broker."""
    with running_worker(worker_environment(org, SYNC_LEASE_SECONDS="90"), tmp_path):
        yield


def sign_in(page: Page, app: LiveApp, user: User) -> None:
    page.goto(app.url)
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def connect(page: Page, org: LocalOrg) -> None:
    page.get_by_role("link", name="Connect Salesforce").click()
    page.get_by_label("Login address").select_option("my_domain")
    page.get_by_label("My Domain address").fill(org.host)
    page.get_by_label("User name").fill(org.username)
    page.get_by_label("Password").fill(org.password)
    page.get_by_label("Security token").fill(org.security_token)
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("Connected", exact=True).first).to_be_visible(timeout=RUN_MILLISECONDS)


def import_leads(page: Page) -> None:
    page.get_by_role("link", name="Marketing Lists").first.click()
    page.get_by_role("link", name="Import").first.click()
    page.get_by_label("All Salesforce Leads").check()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("List name")).to_have_value("All Salesforce Leads")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("The import is complete.")).to_be_visible(timeout=RUN_MILLISECONDS)


def open_list(page: Page) -> None:
    page.get_by_role("link", name="Marketing Lists").first.click()
    page.get_by_role("main").get_by_role("link", name=LIST, exact=True).click()


def upload(page: Page, folder: Path, text: str) -> None:
    file = folder / "people.csv"
    file.write_text(text, encoding="utf-8")
    choose_from_menu(page, "Upload CSV")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("heading", name="The file was taken over")).to_be_visible()


def choose_from_menu(page: Page, entry: str) -> None:
    open_menu(page, f"Menu of {LIST}")
    page.locator(".dropdown-menu.show").get_by_role("link", name=entry).click()


def find_row(page: Page, email: str) -> Locator:
    """Search the grid for one address and return its row."""
    open_list(page)
    page.locator("input[name=q]").fill(email)
    page.get_by_role("button", name="Search").click()
    row = page.get_by_role("row").filter(has_text=email)
    expect(row).to_have_count(1)
    return row


def edit_cell(row: Locator, old: str, new: str) -> None:
    row.get_by_role("link", name=old).click()
    row.get_by_role("textbox").fill(new)
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("link", name=new)).to_be_visible()


def set_up_sync(page: Page) -> None:
    open_list(page)
    choose_from_menu(page, "Sync Setup")
    page.get_by_label("Add new records to Salesforce").check()
    page.get_by_label("Update existing records in Salesforce").check()
    page.locator("input[name=push_columns][value=Title]").check()
    page.get_by_label("Add new records to the list").check()
    page.get_by_label("Update existing records in the list").check()
    page.locator("input[name=pull_columns][value=Phone]").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"The sync of “{LIST}” is saved.")).to_be_visible()


def read_counter(page: Page, label: str) -> int:
    """Return what a run's page counts under a label."""
    item = page.locator(".datagrid-item", has=page.get_by_text(label, exact=True))
    return int(re.sub(r"\D", "", item.locator("dd").inner_text()))


@pytest.mark.requirement(
    "S8", "S9", "S52", "S53", "S54", "S56", "S58", "S64", "S67", "S68", "S69", "S70", "S71",
    "S73", "S74", "S75", "S81",
)  # fmt: skip
def test_what_a_person_does_on_the_pages_stands_in_salesforce_when_the_sync_has_run(
    account: Account,
    administrator: User,
    org: LocalOrg,
    worker: None,
    live_app: LiveApp,
    page: Page,
    tmp_path: Path,
) -> None:
    mark = uuid.uuid4().hex[:10]
    ada, bob, eve = (f"{name}.{mark}@example.net" for name in ("ada", "bob", "eve"))
    salesforce = org.client()
    ada_id = salesforce.Lead.create(
        {"FirstName": "Ada", "LastName": mark, "Company": "Engines", "Email": ada,
         "Title": "Analyst", "Phone": "+44 20 1000"}
    )["id"]  # fmt: skip

    sign_in(page, live_app, administrator)
    connect(page, org)
    import_leads(page)
    leads = org.count("SELECT COUNT() FROM Lead WHERE IsConverted = false")
    assert read_counter(page, "Added to the list") == leads

    open_list(page)
    upload(page, tmp_path, f"Email,First Name,Last Name,Company\n{bob},Bob,{mark},Bridges\n")
    edit_cell(find_row(page, ada), "Analyst", "Director")

    # Meanwhile somebody works in Salesforce.
    salesforce.Lead.update(ada_id, {"Phone": "+44 20 2000"})
    salesforce.Lead.create({"LastName": mark, "Company": "Events", "Email": eve})

    set_up_sync(page)
    page.get_by_role("button", name="Run Now").click()
    expect(page.get_by_text("Everything went well.")).to_be_visible(timeout=RUN_MILLISECONDS)
    counters = {
        label: read_counter(page, label)
        for label in ("Added to the list", "Added to Salesforce", "Updated in Salesforce")
    }
    assert counters == {
        "Added to the list": 1,
        "Added to Salesforce": 1,
        "Updated in Salesforce": 1,
    }

    found = org.query(
        f"SELECT Id, FirstName, Company, Title, Phone, Email FROM Lead WHERE LastName = '{mark}'"
    )
    by_email = {lead.pop("Email"): lead for lead in found}
    assert len(found) == len(by_email) == 3
    assert by_email[ada] == {
        "Id": ada_id, "FirstName": "Ada", "Company": "Engines", "Title": "Director",
        "Phone": "+44 20 2000",
    }  # fmt: skip
    assert (by_email[bob]["FirstName"], by_email[bob]["Company"]) == ("Bob", "Bridges")
    expect(find_row(page, ada)).to_contain_text("+44 20 2000")
    expect(find_row(page, eve)).to_contain_text("Events")
    expect(page.get_by_text("New", exact=True)).to_have_count(0)
