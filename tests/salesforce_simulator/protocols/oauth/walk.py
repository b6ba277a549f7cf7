"""A person at the log-in and consent pages, and an app that trades what comes of it."""

import base64
import hashlib
import html
import re
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

CALLBACK = "http://127.0.0.1:8000/callback"
VERIFIER = secrets.token_urlsafe(48)
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def challenge(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Walk:
    """One app and one browser at one organisation."""

    def __init__(self, organisation, app, username=None):
        self.organisation = organisation
        self.app = app
        self.browser = organisation.session()
        everyone = {user["username"]: user for user in organisation.everyone()}
        self.person = everyone[username or organisation.ready["username"]]

    def parameters(self, **changes):
        """Return an authorize request's parameters; a change to None leaves one out."""
        wanted = {
            "response_type": "code",
            "client_id": self.app["client_id"],
            "redirect_uri": CALLBACK,
            "scope": "api refresh_token",
            "state": "s t/a&te",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {k: v for k, v in {**wanted, **changes}.items() if v is not None}

    def url(self, **changes):
        query = urlencode(self.parameters(**changes))
        return f"{self.organisation.url}/services/oauth2/authorize?{query}"

    def open(self, **changes):
        """Open the authorize page without following it out of the organisation."""
        return self.browser.get(self.url(**changes), allow_redirects=False)

    def log_in(self, url, **changes):
        """Send the log-in form and follow it to the next page."""
        form = {"username": self.person["username"], "pw": self.person["password"], **changes}
        reply = self.browser.post(url, data=form, allow_redirects=False)
        if reply.status_code != 303:
            return reply
        return self.browser.get(self.organisation.url + reply.headers["Location"],
                                allow_redirects=False)  # fmt: skip

    def answer(self, page, button="save"):
        """Press a button of the consent page."""
        proof = re.search(r'name="confirmation" value="([^"]+)"', page.text)[1]
        form = {"confirmation": html.unescape(proof), button: "x"}
        return self.browser.post(page.url, data=form, allow_redirects=False)

    def agree(self, **changes):
        """Walk the whole way and return the callback's parameters."""
        page = self.open(**changes)
        if page.status_code == 200 and 'name="pw"' in page.text:
            page = self.log_in(page.url)
        if page.status_code == 200:
            page = self.answer(page)
        return callback(page)

    def token(self, **changes):
        """POST to the token endpoint as the app does for a code."""
        wanted = {
            "grant_type": "authorization_code",
            "client_id": self.app["client_id"],
            "client_secret": self.app["client_secret"],
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        form = {k: v for k, v in {**wanted, **changes}.items() if v is not None}
        return self.post("token", **form)

    def tokens(self, **changes):
        """Walk the whole way and return the token reply's JSON."""
        reply = self.token(code=self.agree(**changes)["code"])
        assert reply.status_code == 200, reply.text
        return reply.json()

    def refresh(self, token, **changes):
        return self.token(grant_type="refresh_token", refresh_token=token, redirect_uri=None,
                          code_verifier=None, **changes)  # fmt: skip

    def post(self, endpoint, **form):
        url = f"{self.organisation.url}/services/oauth2/{endpoint}"
        return self.organisation.session().post(url, data=form)

    def data(self, access_token):
        """Return the status of a data call with a token."""
        return self.organisation.session().get(
            f"{self.organisation.url}/services/data/v60.0/limits",
            headers={"Authorization": f"Bearer {access_token}"},
        )


def callback(reply):
    """Return the parameters that a redirect carries to the app's callback URL."""
    assert reply.status_code == 302, reply.text
    parts = urlsplit(reply.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == CALLBACK
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def error_of(reply):
    """Return an OAuth error reply's code and text."""
    assert reply.status_code == 400, reply.text
    body = reply.json()
    assert body.keys() == {"error", "error_description"}
    return body["error"], body["error_description"]
