"""The local organisation for tests: a real process, reached over HTTPS like Salesforce.

A test asks for the fixture ``local_org``; one that needs an organisation of its own
(another seed, a restart, a second organisation) uses ``start_local_org``.
"""

import contextlib
import json
import selectors
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.login import SalesforceLogin

from connectors.salesforce import API_VERSION, Login, Network, log_in

START_SECONDS = 120
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class LocalOrg:
    """A running organisation: where it is, how to sign in, and a test's hand inside it."""

    process: subprocess.Popen[str]
    url: str
    ca_file: str
    username: str
    password: str
    security_token: str
    organization_id: str

    @property
    def host(self) -> str:
        """``localhost:PORT``, as the allow-list of hosts has it."""
        return self.url.removeprefix("https://")

    def network(self, **changes: Any) -> Network:
        """Return the network that reaches this organisation; ``changes`` are Network's own."""
        reaching = Network(allowed_hosts=frozenset({self.host}), ca_bundle=self.ca_file)
        return replace(reaching, **changes)

    def log_in(self, **changes: Any) -> Login:
        """Sign the integration user in through the product's client."""
        return log_in(
            self.url,
            self.username,
            self.password,
            self.security_token,
            network=self.network(**changes),
        )

    def client(self) -> Salesforce:
        """Return a plain simple-salesforce, for what a test sets up and asserts."""
        session = self._requests()
        session_id, _ = SalesforceLogin(
            username=self.username,
            password=self.password,
            security_token=self.security_token,
            sf_version=API_VERSION,
            session=session,
            scratch_url=self.url,
        )
        return Salesforce(
            session_id=session_id, instance_url=self.url, session=session, version=API_VERSION
        )

    def query(self, soql: str, *, include_deleted: bool = False) -> list[dict[str, Any]]:
        """Return all records of a query, without their ``attributes``."""
        found = self.client().query_all(soql, include_deleted=include_deleted)
        return [{k: v for k, v in row.items() if k != "attributes"} for row in found["records"]]

    def count(self, soql: str) -> int:
        """Return the size of the result of a ``SELECT COUNT()`` query."""
        return int(self.client().query(soql)["totalSize"])

    def fault(
        self,
        path: str = "",
        *,
        method: str | None = None,
        nth: int | None = None,
        every: int | None = None,
        **action: Any,
    ) -> None:
        """Break the calls whose path matches, until ``mend``; see ``transport.fault_rules`` there.

        ``action``: status with body and headers, code, cut_at, lose_reply, delay_seconds, ...
        """
        rule: dict[str, Any] = {"match": {"path": path}, "action": action}
        if method is not None:
            rule["match"]["method"] = method
        chosen = {"nth": nth, "every": every}
        rule.update({name: value for name, value in chosen.items() if value is not None})
        self.faults([rule])

    def faults(self, rules: list[dict[str, Any]]) -> None:
        """Put several rules in force, in place of those before."""
        self.control("POST", "faults", rules)

    def mend(self) -> None:
        """Take all faults away."""
        self.faults([])

    def calls(self) -> list[dict[str, Any]]:
        """Return the calls so far, oldest first: method, path, query, status, seconds."""
        answer = self.control("GET", "calls")
        assert isinstance(answer, dict)
        return list(answer["calls"])

    def forget_calls(self) -> None:
        """Begin to count calls anew."""
        self.control("DELETE", "calls")

    def expire_sessions(self) -> None:
        """End every session, as the session time-out would."""
        self.control("POST", "expire-sessions")

    def set_api_usage(self, *, used: int, maximum: int) -> None:
        """Set the API calls of the last 24 hours."""
        self.control("POST", "api-usage", {"used": used, "maximum": maximum})

    def shift_clock(self, seconds: float) -> None:
        """Move the organisation's clock; shifts add up."""
        self.control("POST", "clock", {"shift_seconds": seconds})

    def undelete(self, *record_ids: str) -> None:
        """Take records out of the recycle bin, as only SOAP does."""
        client = self.client()
        ids = "".join(f"<u:ids>{record_id}</u:ids>" for record_id in record_ids)
        envelope = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns:u="urn:partner.soap.sforce.com"><e:Header><u:SessionHeader>'
            f"<u:sessionId>{client.session_id}</u:sessionId></u:SessionHeader></e:Header>"
            f"<e:Body><u:undelete>{ids}</u:undelete></e:Body></e:Envelope>"
        )
        headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
        with self._requests() as session:
            answer = session.post(
                f"{self.url}/services/Soap/u/{API_VERSION}",
                data=envelope,
                headers=headers,
                timeout=30,
            )
        assert "<success>true</success>" in answer.text, answer.text

    def control(self, method: str, name: str, body: object = None) -> Any:
        """Call the control endpoint and return its JSON, None where it has none."""
        with self._requests() as session:
            url = f"{self.url}/__control__/{name}"
            answer = session.request(method, url, json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def _requests(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.verify = self.ca_file
        return session


@contextlib.contextmanager
def start_local_org(
    directory: Path, seed: str = "demo", *, control: bool = True
) -> Iterator[LocalOrg]:
    """Start an organisation on a free port, its data in ``directory``; stop it afterwards."""
    command = [sys.executable, "-m", "salesforce_simulator", "--port", "0"]
    command += ["--data", str(directory), "--seed", seed, *(["--control"] if control else [])]
    directory.mkdir(parents=True, exist_ok=True)
    error_file = directory / "stderr.txt"
    with error_file.open("w") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT
        )
    try:
        ready = _ready_line(process, error_file)
        names = ("url", "ca_file", "username", "password", "security_token", "organization_id")
        yield LocalOrg(process, **{name: ready[name] for name in names})
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _ready_line(process: "subprocess.Popen[str]", error_file: Path) -> dict[str, Any]:
    """Return the JSON line that means *ready*; fail with what the process said instead."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(START_SECONDS) else ""
    if not line:
        raise RuntimeError(f"The local organisation did not start: {error_file.read_text()}")
    ready: dict[str, Any] = json.loads(line)
    return ready


@pytest.fixture(scope="session")
def running_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrg]:
    """One organisation with the demo data for all tests of a process."""
    with start_local_org(tmp_path_factory.mktemp("local_org")) as org:
        yield org


@pytest.fixture
def local_org(running_org: LocalOrg) -> Iterator[LocalOrg]:
    """The organisation, whole and with no call counted; its records outlive the test."""
    running_org.mend()
    running_org.forget_calls()
    yield running_org
    running_org.mend()
