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
from playwright.sync_api import Page, expect

from acton_connector.accounts.models import Account, User
from tests.conftest import LiveApp
from tests.factories import PASSWORD
from tests.local_org import LocalOrg
from tests.scenarios.worker import running_worker, worker_environment

pytestmark = [pytest.mark.browser, pytest.mark.scenario]

RUN_MILLISECONDS = 60_000


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


def counter(page: Page, label: str) -> int:
    """Return what a run's page counts under a label."""
    item = page.locator(".datagrid-item", has=page.get_by_text(label, exact=True))
    return int(re.sub(r"\D", "", item.locator("dd").inner_text()))


@pytest.mark.requirement(
    "S8", "S9", "S52", "S53", "S54", "S56", "S58", "S64", "S67", "S69", "S70", "S71", "S81"
)
def test_what_a_marketer_does_on_the_pages_stands_in_salesforce_when_she_runs_a_sync(
    account: Account,
    administrator: User,
    org: LocalOrg,
    worker: None,
    live_app: LiveApp,
    page: Page,
) -> None:
    mark = uuid.uuid4().hex[:10]
    known = org.client().Lead.create(
        {"FirstName": "Ada", "LastName": f"Known{mark}", "Company": "Old Company",
         "Email": f"known.{mark}@example.net"}
    )["id"]  # fmt: skip

    sign_in(page, live_app, administrator)
    connect(page, org)
    import_leads(page)

    assert counter(page, "Added to the list") == org.count(
        "SELECT COUNT() FROM Lead WHERE IsConverted = false"
    )
