"""Whatever is sent: an answer in Salesforce's form, never a 500, never a traceback in the log."""

import asyncio
import http.client
import json
import logging
import os
import re
import socket
import threading
from xml.sax import SAXParseException

import pytest
from defusedxml import ElementTree
from hypothesis import HealthCheck, given, settings

from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.protocols.application import build
from salesforce_simulator.transport.server import listen, start
from tests.salesforce_simulator.protocols.random_requests import (
    LATEST,
    Route,
    random_requests,
)

EXAMPLES = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else 300
_JOB_ID = re.compile(rb"\b(750[0-9A-Za-z]{15})\b")
BAD = {500, 501, 502, 504}


class _Problems(logging.Handler):
    """Collects what is logged as an error by whomever."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.texts = []
        self.setFormatter(logging.Formatter())

    def emit(self, entry):
        self.texts.append(self.format(entry))


class _Server:
    """The application in a thread of this process, so that its log is ours."""

    def __init__(self, directory):
        self.organisation = Organisation.open(directory, seed="leads:20,contacts:20")
        self.app = build(self.organisation, directory, with_control=False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._runner = self._wait(start(self.app))
        self.port = self._wait(listen(self._runner, 0))
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.session_id = self._log_in()
        self._latest = "none"
        self.routes = sorted(
            {
                (route.method, route.resource.canonical)
                for route in self.app.router.routes()
                if route.method != "HEAD"
            }
        )

    def _wait(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    def _log_in(self):
        given_ = self.organisation.credentials()
        password = given_["password"] + given_["security_token"]
        return self.organisation.login(given_["username"], password).id

    def send(self, request):
        """Send a request; return status, headers and body."""
        headers = dict(request.headers)
        if request.signed:
            headers["Authorization"] = f"Bearer {self.session_id}"
            headers["X-SFDC-Session"] = self.session_id
        try:
            path = request.path.replace(LATEST, self._latest)
            self.connection.request(request.method, path, request.body or None, headers)
            reply = self.connection.getresponse()
            content = reply.read()
        except (http.client.HTTPException, ConnectionError):
            self.connection.close()
            raise
        made = _JOB_ID.search(content)
        if made is not None:
            self._latest = made[1].decode()
        if request.signed and reply.status == 401:
            self.session_id = self._log_in()  # a request has ended the session
        return reply.status, reply.headers, content

    def stop(self):
        self.connection.close()
        self._wait(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self.organisation.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = _Server(tmp_path_factory.mktemp("org"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def problems():
    handler = _Problems()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def is_rest_error(content):
    """Tell whether a body is a list of errors, or of the addresses of several records."""
    items = json.loads(content)
    return isinstance(items, list) and all(
        isinstance(item, str) or ({"message", "errorCode"} <= item.keys()) for item in items
    )


def is_tree_error(content):
    body = json.loads(content)
    return isinstance(body, dict) and body.get("hasErrors") is True


def is_oauth_error(headers, content):
    """Tell whether a body is a page, a word, OAuth's error object or REST's list."""
    if "json" not in headers.get("Content-Type", ""):
        return True
    return isinstance(json.loads(content), list) or "error" in json.loads(content)


def is_xml(content):
    try:
        ElementTree.fromstring(content)
    except (ElementTree.ParseError, SAXParseException):
        return False
    return True


def is_classic_error(headers, content):
    if "json" in headers.get("Content-Type", ""):
        return {"exceptionCode", "exceptionMessage"} <= json.loads(content).keys()
    return is_xml(content)


def has_the_form_of_its_family(request, status, headers, content):
    """Tell whether an error has the form that its part of Salesforce gives errors."""
    path = request.path.partition("?")[0]
    if status < 300 or status in {304, 302, 303} or request.method == "HEAD":
        return True
    if status == 414:
        return content == b""
    if path.startswith("/services/data"):
        return (
            is_rest_error(content)
            if "/composite/tree/" not in path
            else (is_tree_error(content) or is_rest_error(content))
        )
    if path.startswith("/services/async"):
        return is_classic_error(headers, content)
    if path.startswith("/services/Soap"):
        return b"Fault" in content if status == 500 else True
    return is_oauth_error(headers, content)


def test_every_answer_has_salesforces_form_whatever_is_sent(server, problems):
    routes = [Route(method if method != "*" else "GET", path) for method, path in server.routes]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(random_requests(routes))
    def check(request):
        problems.texts.clear()
        status, headers, content = server.send(request)
        assert not problems.texts, problems.texts[0][-3000:]
        if not request.path.startswith("/services/Soap"):
            assert status not in BAD
        assert b"UNKNOWN_EXCEPTION" not in content, content[:500]
        assert not re.search(rb"Traceback|\.py\b", content)
        assert has_the_form_of_its_family(request, status, headers, content), (
            status,
            content[:500],
        )

    check()


@pytest.mark.parametrize(
    "line", [b"BREW / HTTP/1.1", b"GET / HTTP/9", b"\0", b"GET /\xff HTTP/1.1", b"GET"]
)
def test_what_is_no_http_is_refused_and_leaves_no_trace_in_the_log(server, problems, line):
    problems.texts.clear()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = connection.recv(65_536)
    assert not answer or answer.split(b" ", 2)[1] in {b"400", b"404", b"505"}
    assert problems.texts == []
