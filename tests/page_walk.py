"""Pages in a real Chromium: nothing for axe-core, the console or a sideways scroll to find."""

from typing import Any

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Without the last entry axe-core tells of everything that is right, which is megabytes.
AXE_OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
LOOKS = [(375, "light"), (375, "dark"), (1280, "dark"), (1280, "light")]

# A busy machine is slow, not wrong: what a page comes to show gets as long as a click does.
expect.set_options(timeout=30_000)


@pytest.fixture
def look(page: Page, request: pytest.FixtureRequest) -> None:
    """Show the pages at the width and in the theme of the parameter."""
    show_at(page, *request.param)


@pytest.fixture
def console(page: Page) -> list[str]:
    """Everything that the pages say to the browser's console."""
    lines: list[str] = []
    page.on("console", lambda message: lines.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: lines.append(f"{page.url}: {error}"))
    return lines


def show_at(page: Page, width: int, theme: Any) -> None:
    """Show the page at a width in pixels and in the theme "light" or "dark"."""
    page.set_viewport_size({"width": width, "height": 900})
    # Colours on their way to others have contrasts that nobody chose.
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")


def assert_sound_in_each_look(page: Page, console: list[str]) -> None:
    """Hold the page to the rules on a telephone and on a desk, in the light and in the dark."""
    for width, theme in LOOKS:
        show_at(page, width, theme)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        assert_sound(page, console)


def assert_sound(page: Page, console: list[str]) -> None:
    """Hold the page as it stands to the rules: accessible, silent, no wider than the window."""
    found = _run_axe(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert console == []
    width: Any = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0, f"{page.url} scrolls sideways by {width} px"


def open_menu(page: Page, name: str) -> None:
    """Open a menu by its button, once the page that a click led to has the script for it."""
    button = page.get_by_role("button", name=name)
    button.wait_for()
    page.wait_for_load_state()
    button.click()


def _run_axe(page: Page) -> AxeResults:
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return AxeResults(page.evaluate("options => axe.run(options)", AXE_OPTIONS))
