"""An External Client App of the local organisation, and a person at its log-in and consent."""

import html
import itertools
import re
from urllib.parse import parse_qsl, urlsplit

import requests

from connectors.authorization import begin_authorization, callback_url, finish_authorization
from connectors.salesforce import ClientApp

_numbers = itertools.count(1)
TOKEN_PATH = "/services/oauth2/token"
REVOKE_PATH = "/services/oauth2/revoke"


class OrgApp:
    """An app that rotates its refresh tokens, as a partner's has to, unless told otherwise."""

    def __init__(self, org, **definition):
        values = {
            "name": f"Connector {next(_numbers)}",
            "callback_urls": [callback_url()],
            "rotates_refresh_tokens": True,
            **definition,
        }
        made = org.control("POST", "apps", values)
        self.org = org
        self.key, self.secret = made["client_id"], made["client_secret"]

    @property
    def client_app(self):
        return ClientApp(self.org.host, self.key, self.secret)

    def change(self, **changes):
        self.org.control("POST", "apps", {"client_id": self.key, **changes})

    def remove(self):
        self.org.control("DELETE", f"apps?client_id={self.key}")

    def connect(self, account, actor):
        """Connect an account by the services, with a person who allows it."""
        begun = begin_authorization(account=account, app=self.client_app, actor=actor)
        answer = allow(self.org, begun.url)
        return finish_authorization(
            account=account, actor=actor, request_id=begun.request_id, answer=answer
        )


def visit(org, url, button="save"):
    """Log in at the authorize page, press a button there, and return where the browser is sent."""
    once = {"allow_redirects": False, "timeout": 30}
    with requests.Session() as browser:
        browser.trust_env, browser.verify = False, org.ca_file
        page = browser.get(url, **once)
        if 'name="pw"' in page.text:
            form = {"username": org.username, "pw": org.password}
            page = browser.post(url, data=form, **once)
            page = browser.get(org.url + page.headers["Location"], **once)
        if 'name="confirmation"' in page.text:
            proof = re.search(r'name="confirmation" value="([^"]+)"', page.text)[1]
            form = {"confirmation": html.unescape(proof), button: "x"}
            page = browser.post(page.url, data=form, **once)
    assert page.status_code == 302, page.text
    return page.headers["Location"]


def allow(org, url):
    """Allow access, and return the parameters of the callback."""
    return dict(parse_qsl(urlsplit(visit(org, url)).query))


def token_calls(org):
    """Return the statuses of the calls to the token endpoint."""
    return [call["status"] for call in org.calls() if call["path"] == TOKEN_PATH]


def revocations(org):
    """Return the statuses of the calls to the revocation endpoint."""
    return [call["status"] for call in org.calls() if call["path"] == REVOKE_PATH]
