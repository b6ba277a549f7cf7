"""Reading a page the way a test needs it."""

import html
import re


def text_of(response):
    """Return the page's markup on one line, entities as characters."""
    return " ".join(html.unescape(response.content.decode()).split())


def find_option(response, picker, value):
    """Return the markup of one option of a field picker, None where it is not offered."""
    blocks = re.findall(
        r'<div class="form-check" data-picker-option.*?</div>', response.content.decode(), re.DOTALL
    )
    for block in blocks:
        box = re.search(rf'<input class="form-check-input"[^>]*name="{picker}"[^>]*>', block)
        if box and f'value="{value}"' in box[0]:
            return Option(" ".join(html.unescape(block).split()), box[0])
    return None


class Option:
    """A checkbox of a picker."""

    def __init__(self, block, box):
        self.text = block
        self.is_checked = " checked" in box
        self.is_locked = " disabled" in box
