import pytest
from django.urls import reverse
from playwright.sync_api import expect

from connectors.models import Connection, ConnectionState
from connectors.selectors import find_connection
from tests.oauth_kit import OrgApp
from tests.page_walk import assert_sound_in_each_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser_context_args(browser_context_args):
    """The local organisation's authority is not the browser's."""
    return {**browser_context_args, "ignore_https_errors": True}


@pytest.fixture
def app(live_app, org, settings):
    """An app that sends people back to the running application."""
    settings.PUBLIC_BASE_URL = live_app.url
    return OrgApp(org)


@pytest.fixture
def oauth_page(live_app, administrator, page, app):
    live_app.log_in(page.context, administrator)
    page.goto(live_app.url + reverse("salesforce_connection", args=["example"]))
    page.get_by_role("link", name="Connect with Salesforce").first.click()
    return page


def fill(page, app):
    page.get_by_label("Login address").select_option("My Domain")
    page.get_by_label("My Domain address").fill(app.org.url)
    page.get_by_label("Consumer key").fill(app.key)
    page.get_by_label("Consumer secret").fill(app.secret)
    page.get_by_role("button", name="Connect with Salesforce").click()


def log_in_at_salesforce(page, org, button):
    expect(page).to_have_title("Login | Salesforce")
    page.get_by_label("Username").fill(org.username)
    page.get_by_label("Password").fill(org.password)
    page.get_by_role("button", name="Log In").click()
    page.get_by_role("button", name=button, exact=True).click()


@pytest.mark.fault("F2")
@pytest.mark.requirement("S7", "S8", "S11", "S12")
def test_administrator_connects_through_salesforces_pages_and_again_when_access_was_revoked(
    oauth_page, live_app, app, org
):
    page = oauth_page
    expect(page.get_by_text(f"{live_app.url}/salesforce/callback/")).to_be_visible()

    fill(page, app)
    log_in_at_salesforce(page, org, "Deny")
    expect(page.get_by_text("choose Allow when Salesforce asks")).to_be_visible()
    expect(page.get_by_label("Consumer secret")).to_have_value("")

    fill(page, app)
    log_in_at_salesforce(page, org, "Allow")
    page.get_by_text("Connected to").wait_for()
    expect(page.get_by_text(org.organization_id)).to_be_visible()
    assert "code=" not in page.url

    page.get_by_role("button", name="Test").click()
    page.get_by_text("The connection works.").wait_for()

    org.control("POST", "revoke-approvals", {"username": org.username})
    page.get_by_role("button", name="Test").click()
    page.get_by_text("Needs attention", exact=True).wait_for()
    page.get_by_role("button", name="Reconnect").click()
    expect(page.get_by_label("Username")).to_have_value(org.username)
    log_in_at_salesforce(page, org, "Allow")
    page.get_by_text("Connected to").wait_for()
    assert find_connection().state == ConnectionState.CONNECTED

    page.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    page.get_by_text("Salesforce is disconnected and the credentials are erased.").wait_for()
    assert not find_connection().refresh_token


@pytest.mark.parametrize("state", [None, ConnectionState.CONNECTED, ConnectionState.PAUSED])
def test_pages_are_accessible_and_fit_the_screen(
    oauth_page, live_app, account, administrator, app, console, state
):
    page = oauth_page
    if state:
        app.connect(account, administrator)
        Connection.objects.update(state=state, reason="expired access/refresh token")
    for name in ("salesforce_connection", "salesforce_oauth"):
        page.goto(live_app.url + reverse(name, args=["example"]))
        assert_sound_in_each_look(page, console)


def test_pages_of_the_way_are_accessible_and_fit_the_screen(oauth_page, live_app, app, console):
    page = oauth_page
    page.route("**/services/oauth2/authorize**", lambda route: route.fulfill(status=204))
    fill(page, app)
    expect(page.get_by_role("link", name="Continue to Salesforce")).to_be_visible()
    assert_sound_in_each_look(page, console)

    page.goto(f"{live_app.url}/salesforce/callback/?state=x&code=y")
    expect(page.get_by_text("does not belong to anything")).to_be_visible()
    console.clear()  # of the status of the page itself
    assert_sound_in_each_look(page, console)
