"""Reading a page the way a test needs it."""

import html
import re

from django.urls import reverse


def url_of(record, slug="example"):
    return reverse("person_detail", args=[slug, record.list_id, record.record_id])


def text_of(response):
    """Return the page's words on one line, without its markup."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(text).split())


def rows_of(response, heading):
    """Return the cells' words of each row in the body of the table under a heading."""
    _, _, rest = response.content.decode().partition(f'<h2 class="card-title" id="{heading}"')
    return _rows(rest)


def people_of(response):
    """Return the cells' words of each row in the list of people."""
    return _rows(response.content.decode())


def _rows(markup):
    found = re.search(r"<tbody.*?</tbody>", markup, re.DOTALL)
    rows = re.findall(r"<tr.*?</tr>", found[0], re.DOTALL) if found else []
    return [[_words(cell) for cell in re.split(r"</t[hd]>", row)[:-1]] for row in rows]


def _words(markup):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())
