"""What the kit's scripts do: the field picker, live fragments, questions before a form is sent."""

import re

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route, expect

from acton_connector.kit import FieldGroup, FieldOption
from tests.conftest import LiveApp

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GROUPS = [
    FieldGroup(
        "Standard", [FieldOption("Email", "Email", "email", checked=True, locked="Required")]
    ),
    FieldGroup("Custom", [FieldOption(f"F{n}__c", f"Field {n}", "string") for n in range(1, 21)]),
]


def put_into(page: Page, html: str) -> None:
    """Swap `html` into the page's content, as an answer to htmx would be."""
    page.evaluate("html => htmx.swap('#content', html, {swapStyle: 'innerHTML'})", html)


@pytest.fixture
def blank(page: Page, live_app: LiveApp) -> Page:
    page.goto(live_app.url + "/people/login/")
    return page


def test_field_picker_selects_what_the_search_shows_and_nothing_else(blank: Page) -> None:
    context = {"name": "fields", "legend": "Fields", "groups": GROUPS}
    put_into(blank, render_to_string("components/field_picker.html", context))
    search, every = blank.get_by_role("searchbox"), blank.get_by_label("Select all shown")
    expect(blank.get_by_text("1 of 21 selected")).to_be_visible()

    search.fill("field 1 string")
    expect(blank.get_by_role("group", name="Standard")).to_be_hidden()
    every.check()
    expect(blank.get_by_text("12 of 21 selected")).to_be_visible()

    search.fill("")
    expect(blank.get_by_role("checkbox", name="F2__c")).not_to_be_checked()
    expect(every).to_have_js_property("indeterminate", True)
    search.fill("no such field")
    expect(blank.get_by_text("No field fits the search.")).to_be_visible()
    expect(every).to_be_disabled()


def test_live_fragment_is_asked_for_until_an_answer_has_no_trigger(blank: Page) -> None:
    asked = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        trigger = 'hx-get="/live/" hx-trigger="every 100ms" hx-swap="outerHTML"'
        route.fulfill(body=f"<p {trigger if len(asked) < 3 else ''}>Answer {len(asked)}</p>")

    blank.route("**/live/", answer)
    put_into(blank, '<p hx-get="/live/" hx-trigger="every 100ms" hx-swap="outerHTML">First</p>')
    expect(blank.get_by_text("Answer 3")).to_be_visible()
    blank.wait_for_timeout(500)
    assert len(asked) == 3


def test_note_is_shown_while_a_live_fragment_fails_and_goes_when_it_comes_back(
    blank: Page,
) -> None:
    working = []
    live = '<p hx-get="/live/" hx-trigger="every 100ms" hx-swap="outerHTML">Live</p>'
    blank.route("**/live/", lambda route: route.fulfill(status=200 if working else 503, body=live))
    put_into(blank, live)
    note = blank.get_by_text("could not be refreshed")
    expect(note).to_be_visible()
    working.append(True)
    expect(note).to_be_hidden()


def test_log_in_page_is_not_put_into_a_live_fragment(blank: Page, live_app: LiveApp) -> None:
    blank.goto(live_app.url + "/people/password/reset/")
    put_into(blank, '<p hx-get="/" hx-trigger="every 100ms" hx-swap="outerHTML">Live</p>')
    blank.wait_for_event("load")  # "/" leads to the log-in page: the page is loaded anew instead
    expect(blank).to_have_url(re.compile("/people/password/reset/$"))
    expect(blank.get_by_role("heading", name="Reset your password")).to_be_visible()


FORM = (
    '<form method="post" action="/sent/" data-confirm="Delete it?"><button>Delete</button></form>'
)


def test_question_is_asked_while_other_scripts_are_still_on_their_way(
    page: Page, live_app: LiveApp
) -> None:
    address = live_app.url + "/people/login/"
    page.route("**/tabler.min*.js", lambda _: None)  # never answered: what follows it waits
    page.goto(address, wait_until="commit")
    page.get_by_label("Password").wait_for()
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", FORM)

    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_role("dialog").get_by_text("Delete it?")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Keep things as they are").click()
    expect(page).to_have_url(address)
    page.get_by_role("button", name="Delete").click()
    with page.expect_request("**/sent/"):
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
