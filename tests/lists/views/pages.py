"""Reading a page the way a test needs it."""

import html


def text_of(response):
    """Return the page's markup on one line, entities as characters."""
    return " ".join(html.unescape(response.content.decode()).split())
