"""The kit and the pages of people and accounts, in a real browser."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from acton_connector.accounts import services
from acton_connector.accounts.models import Account, Membership, Role, User
from tests.conftest import LiveApp
from tests.factories import PASSWORD, MembershipFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}
SIGNED_OUT_PAGES = ["/people/login/", "/people/password/reset/", "/people/password/reset/done/"]
SIGNED_IN_PAGES = [
    "/a/example/settings/account/",
    "/a/example/settings/audit-log/",
    "/people/password/change/",
    "/people/2fa/",
    "/people/2fa/totp/activate/",
    "/people/logout/",
]


@pytest.fixture
def console() -> list[str]:
    """What the pages wrote to the browser's console."""
    return []


@pytest.fixture
def screen(browser: Browser, request: pytest.FixtureRequest, console: list[str]) -> Iterator[Page]:
    """A page at the width and theme of the parameter, 1280 pixels and light by default."""
    width, theme = getattr(request, "param", (1280, "light"))
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.on("console", lambda message: console.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: console.append(f"{page.url}: {error}"))
    yield page
    context.close()


def findings(page: Page) -> list[Any]:
    """Return what is wrong with the page as it stands: for axe-core, and its width."""
    found = [
        (page.url, rule["id"], [node["target"] for node in rule["nodes"]])
        for rule in Axe().run(page, options=WCAG).response["violations"]
    ]
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found + [(page.url, "scrolls sideways by", overflow)] * (overflow > 0)


@pytest.mark.threat("T17")
@pytest.mark.parametrize(
    "screen",
    [(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark")],
    indirect=True,
    ids=str,
)
def test_pages_are_accessible_and_silent(
    screen: Page, console: list[str], live_app: LiveApp, administrator: User, marketer: User
) -> None:
    wrong = []
    for url in SIGNED_OUT_PAGES:
        screen.goto(live_app.url + url)
        wrong += findings(screen)
    live_app.log_in(screen.context, administrator)
    for url in SIGNED_IN_PAGES:
        screen.goto(live_app.url + url)
        wrong += findings(screen)
    assert wrong == []
    assert console == []


def test_removal_is_sent_only_after_it_was_confirmed(
    screen: Page, console: list[str], live_app: LiveApp, administrator: User, marketer: User
) -> None:
    live_app.log_in(screen.context, administrator)
    screen.goto(live_app.url + "/a/example/settings/account/")
    dialog = screen.get_by_role("dialog")
    remove = screen.get_by_role("button", name=f"Remove {marketer}")

    remove.click()
    expect(dialog).to_contain_text(f"Remove {marketer}?")
    expect(dialog).to_be_in_viewport(ratio=1)
    dialog.get_by_role("button", name="Keep things as they are").click()
    expect(dialog).to_be_hidden()
    remove.click()
    screen.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert Membership.objects.filter(user=marketer).exists()

    remove.click()
    dialog.get_by_role("button", name="Remove").click()
    expect(screen.get_by_text("is no member any more")).to_be_visible()
    assert not Membership.objects.filter(user=marketer).exists()
    assert console == []


@pytest.mark.parametrize("screen", [(1280, "dark")], indirect=True)
def test_theme_follows_the_system_until_a_person_chooses(
    screen: Page, live_app: LiveApp, db: None
) -> None:
    def theme() -> str | None:
        return screen.locator("html").get_attribute("data-bs-theme")

    screen.goto(live_app.url + "/people/login/")
    assert theme() == "dark"
    screen.emulate_media(color_scheme="light")
    expect(screen.locator("html")).to_have_attribute("data-bs-theme", "light")
    screen.get_by_role("button", name="Switch between light and dark").click()
    assert theme() == "dark"
    screen.reload()
    assert theme() == "dark"


@pytest.mark.parametrize("screen", [(375, "light")], indirect=True)
def test_menu_opens_by_keyboard_on_a_small_screen(
    screen: Page, live_app: LiveApp, administrator: User
) -> None:
    live_app.log_in(screen.context, administrator)
    screen.goto(live_app.url + "/a/example/settings/account/")
    link = screen.get_by_role("link", name="Audit log")
    expect(link).to_be_hidden()
    screen.get_by_role("button", name="Menu", exact=True).press("Enter")
    link.press("Enter")
    expect(screen).to_have_url(re.compile("/audit-log/$"))


def test_keyboard_reaches_the_content_first(
    screen: Page, live_app: LiveApp, administrator: User
) -> None:
    live_app.log_in(screen.context, administrator)
    screen.goto(live_app.url + "/a/example/settings/account/")
    screen.keyboard.press("Tab")
    expect(screen.get_by_role("link", name="Skip to the content")).to_be_focused()
    screen.keyboard.press("Enter")
    expect(screen.locator("main")).to_be_focused()


def test_invited_person_joins_and_signs_in_again(
    screen: Page, console: list[str], live_app: LiveApp, account: Account, administrator: User
) -> None:
    _, token = services.invite_person(
        account=account, email="new@example.com", role=Role.ADMINISTRATOR, actor=administrator
    )
    screen.goto(f"{live_app.url}/invitations/{token}/")
    assert findings(screen) == []
    screen.get_by_label("Your name").fill("Grace")
    screen.get_by_label("Password").fill(PASSWORD)
    screen.get_by_role("button", name="Join Example Company").click()
    screen.wait_for_url(re.compile("/a/example/"))

    screen.goto(live_app.url + "/people/logout/")
    screen.get_by_role("main").get_by_role("button", name="Sign Out").click()
    screen.get_by_label("Email").fill("new@example.com")
    screen.get_by_label("Password").fill(PASSWORD)
    screen.get_by_role("button", name="Sign in").click()
    screen.wait_for_url(re.compile("/a/example/"))
    screen.goto(live_app.url + "/a/example/settings/audit-log/")
    expect(screen.get_by_role("main")).to_contain_text("member.added")
    assert console == []


@pytest.mark.threat("T17")
def test_hostile_names_run_no_code(
    screen: Page, console: list[str], live_app: LiveApp, account: Account, administrator: User
) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
    Account.objects.update(name=hostile)
    MembershipFactory(account=account, user__name=hostile)
    dialogs: list[str] = []
    screen.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    live_app.log_in(screen.context, administrator)
    for url in SIGNED_IN_PAGES:
        screen.goto(live_app.url + url)
    screen.goto(live_app.url + "/a/example/settings/account/")
    screen.get_by_role("button", name="Remove <img").click()
    expect(screen.get_by_role("dialog")).to_contain_text("<script>alert(2)")
    assert dialogs == []
    assert console == []
