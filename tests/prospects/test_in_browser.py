"""The pages of people in a real Chromium: axe-core, the console, and no sideways scroll."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.factories import ListRecordFactory, MarketingListFactory
from tests.prospects.pages import url_of

pytestmark = pytest.mark.browser

URL = "/a/example/prospects/people/"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def people(ada, leads):
    for number in range(60):
        ListRecordFactory(
            list=leads,
            email=f"a.person.with.a.long.address.{number:02}@subsidiary.of.example.com",
            data={"FirstName": "Jean", "LastName": "D" * 80, "Company": "A company & daughters"},
        )
    for number in range(4):
        made = MarketingListFactory(name=f"A list of which nobody would shorten the name {number}")
        ListRecordFactory(list=made, email="ada@example.com", salesforce_id=None)


@pytest.fixture
def console(page):
    """Everything that a page says to the browser's console."""
    lines = []
    page.on("console", lambda message: lines.append(message.text))
    page.on("pageerror", lambda error: lines.append(str(error)))
    return lines


def assert_sound(page, console):
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert found.violations_count == 0, found.generate_report()
    assert console == []
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0, f"{page.url} scrolls sideways by {width} px"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_pages_are_accessible_and_silent(
    page, console, live_app, salesperson, people, ada, width, theme
):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    live_app.log_in(page.context, salesperson)
    for address in (URL, f"{URL}?q=nobody", f"{URL}?q={'x' * 255}", url_of(ada[0])):
        page.goto(live_app.url + address)
        assert_sound(page, console)


def test_person_is_found_from_the_menu_by_keyboard(
    page, console, live_app, salesperson, people, ada
):
    live_app.log_in(page.context, salesperson)
    page.goto(live_app.url + "/a/example/")
    page.get_by_role("link", name="People").press("Enter")
    page.get_by_role("link", name="Next").press("Enter")
    expect(page.get_by_role("link", name="First page")).to_be_visible()
    page.get_by_label("E-mail address begins with").fill("ADA")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="ada@example.com").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
    expect(page).to_have_url(re.compile(re.escape(url_of(ada[0]))))
    expect(page.get_by_role("link", name="People")).to_have_count(2)
    expect(page.locator(".nav-item.active")).to_have_text(re.compile("People"))
    assert console == []
