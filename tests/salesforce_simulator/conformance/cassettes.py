"""Recorded conversations with a real organisation, said again to ours."""

import json
import re
import time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import defusedxml.ElementTree

from tests.salesforce_simulator.conformance.shapes import differences

_HOST = "https://orgname.my.salesforce.com"
_ORGANISATION = "00D0xORGID00000000"
_VERSION = "60.0"
_CHUNK = re.compile(r"([0-9a-f]+)\r\n", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\w+:?[^}]*\}")
_PATIENCE_SECONDS = 20
_ENDS = {"Completed", "Failed"}  # what stood otherwise there may have gone further here


def load(path: Path) -> list[dict[str, Any]]:
    """Return the conversations of a cassette, but for what it includes from other files."""
    cassette = json.loads(path.read_text("utf-8"))
    return [item for item in cassette["interactions"] if "request" in item]


class Replay:
    """Says recorded requests again and compares the answers.

    Records get other ids here: where an answer brings one, it takes the place of the recorded one
    in all that follows.
    """

    def __init__(self, client: Any, folder: Path, name: str) -> None:
        self._client = client
        self._url = f"https://{client.sf_instance}"
        self._folder = folder
        self._name = name
        (organisation,) = client.query("SELECT Id FROM Organization")["records"]
        self._ids = {_ORGANISATION: organisation["Id"]}
        self.compared = 0

    def run(self, interactions: list[dict[str, Any]]) -> list[str]:
        """Return all differences, each with the number of its request."""
        found = []
        for number, item in enumerate(interactions, start=1):
            uri = item["request"]["uri"]
            if uri.startswith(_HOST):
                found += self._say(f"{self._name}/{number}", item["request"], item["response"])
        return found

    def _say(self, path: str, request: dict[str, Any], recorded: dict[str, Any]) -> list[str]:
        self.compared += 1
        kind = recorded["headers"].get("Content-Type", [""])[0]
        request = {**request, "kind": "text/csv" if kind.startswith("application/xml") else kind}
        reply = self._send(request)
        theirs = recorded["body"]
        if isinstance(theirs, dict) and "include_template" in theirs:
            reply = self._send_until_done(request, theirs, reply)
        status = recorded["status"]["code"]
        found = self._compare(path, reply, theirs)
        if reply.status_code != status:
            return [f"{path} has status {reply.status_code}, recorded {status}: {reply.text[:300]}"]
        return found

    def _send(self, request: dict[str, Any]) -> Any:
        headers = {**self._client.headers, "X-SFDC-Session": self._client.session_id}
        body = request.get("body")
        if body is None:
            del headers["Content-Type"]
        else:
            body = self._in_our_words(_joined(body)).encode()
            if body.startswith(b"<"):
                headers["Content-Type"] = "application/xml;charset=UTF-8"
            elif "/services/async/" in request["uri"]:
                headers["Content-Type"] = request["kind"]
        uri = self._in_our_words(request["uri"]).replace(_HOST, self._url)
        if "/services/async/" in uri:
            uri = uri.replace(f"/v{_VERSION}/", f"/{_VERSION}/")
        return self._client.session.request(request["method"], uri, data=body, headers=headers)

    def _send_until_done(self, request: dict[str, Any], theirs: dict[str, Any], reply: Any) -> Any:
        """Repeat a question about work in the background until it stands as it stood there."""
        wanted = theirs["vars"].get("state")
        until = time.monotonic() + _PATIENCE_SECONDS
        while (
            request["method"] == "GET"
            and wanted in _ENDS
            and f"<state>{wanted}</state>" not in reply.text
            and time.monotonic() < until
        ):
            time.sleep(0.05)
            reply = self._send(request)
        return reply

    def _compare(self, path: str, reply: Any, theirs: Any) -> list[str]:
        if isinstance(theirs, dict) and "include_template" in theirs:
            template = (self._folder / theirs["include_template"]).read_text("utf-8")
            theirs = _filled(template, theirs["vars"])
        if isinstance(theirs, str) and not theirs.startswith("<"):
            ours, header = reply.text.partition("\n")[0], theirs.partition("\n")[0]
            return [] if ours == header else [f"{path} begins {ours}, recorded {header}"]
        if isinstance(theirs, str):
            ours, theirs = xml_as_json(reply.content), xml_as_json(theirs.encode())
        else:
            ours = _json(reply)
        self._learn(ours, theirs)
        return differences(ours, theirs, path)

    def _learn(self, ours: Any, theirs: Any) -> None:
        if isinstance(ours, dict) and isinstance(theirs, dict):
            for key in ours.keys() & theirs.keys():
                if key in {"id", "Id", "jobId"} and isinstance(theirs[key], str):
                    self._ids[theirs[key]] = str(ours[key])
                else:
                    self._learn(ours[key], theirs[key])
        elif isinstance(ours, list) and isinstance(theirs, list):
            for left, right in zip(ours, theirs, strict=False):
                self._learn(left, right)

    def _in_our_words(self, text: str) -> str:
        for theirs, ours in self._ids.items():
            text = text.replace(theirs, ours)
        return text.replace("vxx.0", f"v{_VERSION}")


def _joined(body: str) -> str:
    """Return a body without the frames of its chunks, with which some were recorded."""
    text, rest = "", body
    while match := _CHUNK.match(rest):
        length = int(match[1], 16)
        if not length:
            return text
        text += rest[match.end() : match.end() + length]
        rest = rest[match.end() + length :].removeprefix("\r\n")
    return body


def _filled(template: str, given: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, _, default = match[0].strip("{}").partition(":")
        return given.get(name, default)

    return _PLACEHOLDER.sub(value, template)


def _json(reply: Any) -> Any:
    """Return the answer's JSON value; its text, which has another type, where it is none."""
    if not reply.content:
        return None
    is_json = reply.headers.get("Content-Type", "").startswith("application/json")
    return reply.json() if is_json and reply.content[:1] in b'[{"' else reply.text


def xml_as_json(content: bytes) -> Any:
    """Return a document's elements by name, those without children as texts."""
    return _element(defusedxml.ElementTree.fromstring(content))


def _element(element: Element) -> Any:
    """Return an element as JSON would have it: its children by name, or its text."""
    children: dict[str, Any] = {}
    for child in element:
        children[child.tag.rpartition("}")[2]] = _element(child)
    return children or element.text
