import pytest
from django.urls import reverse
from playwright.sync_api import expect

from connectors.models import ConnectionState
from connectors.selectors import find_connection
from tests.page_walk import assert_sound_in_each_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def connector_page(live_app, administrator, page):
    live_app.log_in(page.context, administrator)
    page.goto(live_app.url + reverse("salesforce_connection", args=["example"]))
    return page


def fill(page, org, password):
    page.get_by_label("Login address").select_option("My Domain")
    page.get_by_label("My Domain address").fill(org.url)
    page.get_by_label("User name").fill(org.username)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Security token").fill(org.security_token)
    page.get_by_role("button", name="Connect").click()


@pytest.mark.requirement("S8", "S9", "S10", "S11", "S12")
def test_administrator_connects_tests_and_disconnects(connector_page, org):
    page = connector_page
    page.get_by_text("Where do I get the security token?").click()
    expect(page.get_by_text("Reset My Security Token")).to_be_visible()

    fill(page, org, "wrong")
    expect(page.get_by_role("alert").get_by_text("Invalid username")).to_be_visible()
    expect(page.get_by_label("Password")).to_have_value("")

    fill(page, org, org.password)
    page.get_by_text("Connected to").wait_for()
    expect(page.get_by_text(org.organization_id)).to_be_visible()

    page.get_by_role("button", name="Test").click()
    page.get_by_text("The connection works.").wait_for()

    page.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep things as they are").click()
    assert find_connection().state == ConnectionState.CONNECTED
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    page.get_by_text("Salesforce is disconnected and the credentials are erased.").wait_for()
    assert find_connection().state == ConnectionState.DISCONNECTED


def test_pages_are_accessible_and_fit_the_screen(connector_page, live_app, connected, console):
    page = connector_page
    for name in ("salesforce_connection", "salesforce_update_credentials"):
        page.goto(live_app.url + reverse(name, args=["example"]))
        assert_sound_in_each_look(page, console)
