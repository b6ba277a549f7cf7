"""The pages of people in a real Chromium: axe-core, the console, and no sideways scroll."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import ListRecordFactory, MarketingListFactory
from tests.page_walk import assert_sound_in_each_look
from tests.prospects.pages import url_of

pytestmark = pytest.mark.browser

URL = "/a/example/prospects/people/"


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


def test_pages_are_accessible_and_silent(page, console, live_app, salesperson, people, ada):
    live_app.log_in(page.context, salesperson)
    for address in (URL, f"{URL}?q=nobody", f"{URL}?q={'x' * 255}", url_of(ada[0])):
        page.goto(live_app.url + address)
        assert_sound_in_each_look(page, console)


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
