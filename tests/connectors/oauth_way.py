"""How a person of the tests goes to Salesforce and comes back."""

import html
import re

from django.urls import reverse

REFUSED = "does not belong to anything that was begun in this browser"
CALLBACK = "/salesforce/callback/"


def text_of(response):
    return html.unescape(" ".join(response.content.decode().split()))


def fill(app, **changes):
    return {
        "login_address": "my_domain",
        "my_domain": app.org.url,
        "consumer_key": app.key,
        "consumer_secret": app.secret,
        **changes,
    }


def begin(client, app, account="example", **changes):
    """Send the form and return the address that the page leads to."""
    page = client.post(reverse("salesforce_oauth", args=[account]), fill(app, **changes))
    return way_out(page)


def way_out(page):
    assert page.status_code == 200
    links = re.findall(r'id="continue" href="([^"]+)"', page.content.decode())
    assert len(links) == 1, page.content.decode()
    return html.unescape(links[0])


def come_back(client, answer, **options):
    return client.get(CALLBACK, answer, **options)
