"""The upload in a real browser: wide and narrow, light and dark."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from lists.models import ListRecord
from tests.page_walk import assert_sound_in_each_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG_HEADING = "x" * 80


@pytest.fixture
def page(page, live_app, marketer):
    """A marketer's page."""
    live_app.log_in(page.context, marketer)
    return page


def choose(page, content):
    page.get_by_label("CSV file").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": content.encode()}
    )


def test_file_is_refused_then_taken_over_and_the_pages_are_accessible(
    page, console, live_app, people
):
    page.goto(live_app.url + reverse("list_upload", args=["example", people.pk]))
    assert_sound_in_each_look(page, console)
    choose(page, f"E-mail,{LONG_HEADING}\na@example.com,x\n")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("alert")).to_contain_text("Row 1: the list has no column")
    assert_sound_in_each_look(page, console)

    choose(page, "E-mail,City\na@example.com,Zürich\n")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The file was taken over")
    assert_sound_in_each_look(page, console)

    assert ListRecord.objects.get().data["City"] == "Zürich"


@pytest.mark.threat("T27")
def test_browser_sends_no_file_that_is_too_large(page, live_app, people, settings):
    settings.MAX_UPLOAD_MEGABYTES = 1
    page.goto(live_app.url + reverse("list_upload", args=["example", people.pk]))
    sent = []
    page.on("request", lambda request: sent.append(request.method))

    choose(page, "x" * (2**20 + 1))
    page.get_by_role("button", name="Upload").click()

    field = page.get_by_label("CSV file")
    assert "larger than 1 MB" in field.evaluate("field => field.validationMessage")
    assert "POST" not in sent
