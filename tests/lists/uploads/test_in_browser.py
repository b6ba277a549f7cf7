"""The upload in a real browser: wide and narrow, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from lists.models import ListRecord

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}
LONG_HEADING = "x" * 80


@pytest.fixture
def console():
    """What the pages wrote to the browser's console."""
    return []


@pytest.fixture
def screen(browser, request, live_app, marketer, console):
    """A marketer's page at the width and theme of the parameter."""
    width, theme = getattr(request, "param", (1280, "light"))
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    live_app.log_in(context, marketer)
    page = context.new_page()
    page.on("console", lambda message: console.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: console.append(f"{page.url}: {error}"))
    yield page
    context.close()


def findings(page):
    """Return what is wrong with the page as it stands: for axe-core, and its width."""
    found = [
        (rule["id"], [node["target"] for node in rule["nodes"]])
        for rule in Axe().run(page, options=WCAG).response["violations"]
    ]
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found + [("scrolls sideways by", overflow)] * (overflow > 0)


def choose(screen, content):
    screen.get_by_label("CSV file").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": content.encode()}
    )


@pytest.mark.parametrize(
    "screen",
    [(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark")],
    indirect=True,
    ids=str,
)
def test_file_is_refused_then_taken_over_and_the_pages_are_accessible(
    screen, console, live_app, people
):
    screen.goto(live_app.url + reverse("list_upload", args=["example", people.pk]))
    wrong = findings(screen)
    choose(screen, f"E-mail,{LONG_HEADING}\na@example.com,x\n")
    screen.get_by_role("button", name="Upload").click()
    expect(screen.get_by_role("alert")).to_contain_text("Row 1: the list has no column")
    wrong += findings(screen)

    choose(screen, "E-mail,City\na@example.com,Zürich\n")
    screen.get_by_role("button", name="Upload").click()
    expect(screen.get_by_role("heading", level=1)).to_have_text("The file was taken over")
    wrong += findings(screen)

    assert wrong == []
    assert console == []
    assert ListRecord.objects.get().data["City"] == "Zürich"


@pytest.mark.threat("T27")
def test_browser_sends_no_file_that_is_too_large(screen, live_app, people, settings):
    settings.MAX_UPLOAD_MEGABYTES = 1
    screen.goto(live_app.url + reverse("list_upload", args=["example", people.pk]))
    sent = []
    screen.on("request", lambda request: sent.append(request.method))

    choose(screen, "x" * (2**20 + 1))
    screen.get_by_role("button", name="Upload").click()

    field = screen.get_by_label("CSV file")
    assert "larger than 1 MB" in field.evaluate("field => field.validationMessage")
    assert "POST" not in sent
