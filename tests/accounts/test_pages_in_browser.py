"""The kit and the pages of people and accounts, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from acton_connector.accounts import services
from acton_connector.accounts.models import Account, Membership, Role, User
from tests.conftest import LiveApp
from tests.factories import PASSWORD, MembershipFactory
from tests.page_walk import assert_sound, assert_sound_in_each_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIGNED_OUT_PAGES = ["/people/login/", "/people/password/reset/", "/people/password/reset/done/"]
SIGNED_IN_PAGES = [
    "/a/example/settings/account/",
    "/a/example/settings/audit-log/",
    "/people/password/change/",
    "/people/2fa/",
    "/people/2fa/totp/activate/",
    "/people/logout/",
]


@pytest.mark.threat("T17")
def test_pages_are_accessible_and_silent(
    page: Page,
    console: list[str],
    live_app: LiveApp,
    administrator: User,
    marketer: User,
) -> None:
    for url in SIGNED_OUT_PAGES:
        page.goto(live_app.url + url)
        assert_sound_in_each_look(page, console)
    live_app.log_in(page.context, administrator)
    for url in SIGNED_IN_PAGES:
        page.goto(live_app.url + url)
        assert_sound_in_each_look(page, console)


def test_removal_is_sent_only_after_it_was_confirmed(
    page: Page, console: list[str], live_app: LiveApp, administrator: User, marketer: User
) -> None:
    live_app.log_in(page.context, administrator)
    page.goto(live_app.url + "/a/example/settings/account/")
    dialog = page.get_by_role("dialog")
    remove = page.get_by_role("button", name=f"Remove {marketer}")

    remove.click()
    expect(dialog).to_contain_text(f"Remove {marketer}?")
    expect(dialog).to_be_in_viewport(ratio=1)
    dialog.get_by_role("button", name="Keep things as they are").click()
    expect(dialog).to_be_hidden()
    remove.click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert Membership.objects.filter(user=marketer).exists()

    remove.click()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("is no member any more")).to_be_visible()
    assert not Membership.objects.filter(user=marketer).exists()
    assert console == []


@pytest.mark.parametrize("look", [(1280, "dark")], indirect=True)
def test_theme_follows_the_system_until_a_person_chooses(
    page: Page, look: None, live_app: LiveApp, db: None
) -> None:
    def theme() -> str | None:
        return page.locator("html").get_attribute("data-bs-theme")

    page.goto(live_app.url + "/people/login/")
    assert theme() == "dark"
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Switch between light and dark").click()
    assert theme() == "dark"
    page.reload()
    assert theme() == "dark"


@pytest.mark.parametrize("look", [(375, "light")], indirect=True)
def test_menu_opens_by_keyboard_on_a_small_screen(
    page: Page, look: None, live_app: LiveApp, administrator: User
) -> None:
    live_app.log_in(page.context, administrator)
    page.goto(live_app.url + "/a/example/settings/account/")
    link = page.get_by_role("link", name="Audit log")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).press("Enter")
    link.press("Enter")
    expect(page).to_have_url(re.compile("/audit-log/$"))


def test_keyboard_reaches_the_content_first(
    page: Page, live_app: LiveApp, administrator: User
) -> None:
    live_app.log_in(page.context, administrator)
    page.goto(live_app.url + "/a/example/settings/account/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_invited_person_joins_and_signs_in_again(
    page: Page, console: list[str], live_app: LiveApp, account: Account, administrator: User
) -> None:
    _, token = services.invite_person(
        account=account, email="new@example.com", role=Role.ADMINISTRATOR, actor=administrator
    )
    page.goto(f"{live_app.url}/invitations/{token}/")
    assert_sound(page, console)
    page.get_by_label("Your name").fill("Grace")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join Example Company").click()
    page.wait_for_url(re.compile("/a/example/"))

    page.goto(live_app.url + "/people/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign Out").click()
    page.get_by_label("Email").fill("new@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/a/example/"))
    page.goto(live_app.url + "/a/example/settings/audit-log/")
    expect(page.get_by_role("main")).to_contain_text("member.added")
    assert console == []


@pytest.mark.threat("T17")
def test_hostile_names_run_no_code(
    page: Page, console: list[str], live_app: LiveApp, account: Account, administrator: User
) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
    Account.objects.update(name=hostile)
    MembershipFactory(account=account, user__name=hostile)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    live_app.log_in(page.context, administrator)
    for url in SIGNED_IN_PAGES:
        page.goto(live_app.url + url)
    page.goto(live_app.url + "/a/example/settings/account/")
    page.get_by_role("button", name="Remove <img").click()
    expect(page.get_by_role("dialog")).to_contain_text("<script>alert(2)")
    assert dialogs == []
    assert console == []
