"""Pages in a real Chromium: nothing for axe-core, the console or a sideways scroll to find."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS = [(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark")]

# A busy machine is slow, not wrong: what a page should come to show gets as long as a click does.
expect.set_options(timeout=30_000)

in_each_look = pytest.mark.parametrize("look", LOOKS, indirect=True, ids=str)


@pytest.fixture
def look(page: Page, request: pytest.FixtureRequest) -> None:
    """Show the pages at the width and in the theme of the parameter."""
    width, theme = request.param
    page.set_viewport_size({"width": width, "height": 900})
    # Colours on their way to others have contrasts that nobody chose.
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")


@pytest.fixture
def console(page: Page) -> list[str]:
    """Everything that the pages say to the browser's console."""
    lines: list[str] = []
    page.on("console", lambda message: lines.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: lines.append(f"{page.url}: {error}"))
    return lines


def assert_sound(page: Page, console: list[str]) -> None:
    """Hold the page as it stands to the rules: accessible, silent, no wider than the window."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert console == []
    width: Any = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0, f"{page.url} scrolls sideways by {width} px"
