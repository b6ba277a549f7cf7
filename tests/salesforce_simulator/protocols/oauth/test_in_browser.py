"""The pages in a real Chromium, and an app that waits behind its callback URL."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.salesforce_simulator.protocols.oauth.walk import Walk

pytestmark = pytest.mark.browser


class _App(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.got.append(parse_qs(urlsplit(self.path).query))
        self._say(b"<p>Welcome back</p>")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append(parse_qs(body))
        self._say(b"<p>Inside Salesforce</p>")

    def _say(self, text):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def app_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _App)
    server.got = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def browser_context_args(browser_context_args):
    return {**browser_context_args, "ignore_https_errors": True}


def log_in(page, person):
    page.get_by_label("Username").fill(person["username"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Log In").click()


def test_person_clicks_from_login_to_consent_to_the_app(page, oauth_organisation, app_server):
    url = f"http://127.0.0.1:{app_server.server_port}/callback"
    walk = Walk(oauth_organisation, oauth_organisation.app(callback_urls=[url]))
    page.goto(walk.url(redirect_uri=url))
    log_in(page, {**walk.person, "password": "wrong"})
    assert "Please check your username" in page.get_by_role("alert").inner_text()
    log_in(page, walk.person)
    page.get_by_role("button", name="Allow").click()
    page.get_by_text("Welcome back").wait_for()
    code = app_server.got[0]["code"][0]
    reply = walk.token(code=code, redirect_uri=url)
    assert walk.data(reply.json()["access_token"]).status_code == 200


def test_person_denies(page, oauth_organisation, app_server):
    url = f"http://127.0.0.1:{app_server.server_port}/callback"
    walk = Walk(oauth_organisation, oauth_organisation.app(callback_urls=[url]))
    page.goto(walk.url(redirect_uri=url))
    log_in(page, walk.person)
    page.get_by_role("button", name="Deny").click()
    page.get_by_text("Welcome back").wait_for()
    assert app_server.got[0]["error"] == ["access_denied"]


def test_app_is_shown_in_a_frame_with_its_signed_request(page, oauth_organisation, app_server):
    url = f"http://127.0.0.1:{app_server.server_port}/canvas"
    walk = Walk(oauth_organisation, oauth_organisation.app(canvas_url=url))
    page.goto(f"{oauth_organisation.ready['http_url']}/canvas/{walk.app['client_id']}")
    log_in(page, walk.person)
    page.get_by_role("button", name="Allow").click()
    page.frame_locator("iframe").get_by_text("Inside Salesforce").wait_for()
    assert app_server.got[0].keys() == {"signed_request"}
