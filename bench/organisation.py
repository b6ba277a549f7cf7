"""The local organisation that everything is measured against."""

import json
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.bulk2 import SFBulk2Type
from simple_salesforce.login import SalesforceLogin

from acton_connector.management.demonstration.background import run_in_background
from bench.calls import RequestLog
from connectors.salesforce import API_VERSION, build_select

SEED_SECONDS = 1800


@dataclass(frozen=True)
class BenchOrganisation:
    """A running organisation: where it is, how to sign in, and its log of requests."""

    url: str
    ca_file: str
    username: str
    password: str
    security_token: str
    log: RequestLog

    @property
    def host(self) -> str:
        """`localhost:PORT`, as the allow-list of login hosts has it."""
        return self.url.removeprefix("https://")

    def sign_in(self) -> dict[str, str]:
        """Return what a floor program needs: url, ca_file, session_id, version."""
        with requests.Session() as session:
            session.trust_env = False
            session.verify = self.ca_file
            session_id, _ = SalesforceLogin(
                username=self.username,
                password=self.password,
                security_token=self.security_token,
                sf_version=API_VERSION,
                session=session,
                scratch_url=self.url,
            )
        return {
            "url": self.url,
            "ca_file": self.ca_file,
            "session_id": session_id,
            "version": API_VERSION,
        }

    def change_leads(self, count: int) -> None:
        """Give so many leads another title, as people in Salesforce would."""
        with requests.Session() as session:
            session.trust_env = False
            session.verify = self.ca_file
            access = self.sign_in()
            salesforce = Salesforce(
                session_id=access["session_id"],
                instance_url=access["url"],
                version=access["version"],
                session=session,
            )
            query = build_select("Lead", ["Id"], known_fields=["Id"], order_by=["Id"], limit=count)
            title = f"Changed {uuid.uuid4()}"
            changes = [
                {"Id": lead["Id"], "Title": title} for lead in salesforce.query_all_iter(query)
            ]
            leads: SFBulk2Type = salesforce.bulk2.Lead  # type: ignore[union-attr,assignment]  # made at run time
            leads.update(records=changes)


def seed_organisation(directory: Path, leads: int) -> None:
    """Make an organisation with so many leads in `directory`; it is not left running."""
    with _run(directory, leads):
        pass


@contextmanager
def run_copy(seeded: Path, directory: Path) -> Iterator[BenchOrganisation]:
    """Run a copy of a seeded organisation while the block lasts, then delete the copy."""
    shutil.copytree(seeded, directory)
    try:
        with _run(directory, leads=0) as organisation:
            yield organisation
    finally:
        shutil.rmtree(directory)


@contextmanager
def _run(directory: Path, leads: int) -> Iterator[BenchOrganisation]:
    command = [sys.executable, "-m", "salesforce_simulator", "--port", "0"]
    command += ["--data", str(directory), "--seed", f"leads:{leads}"]
    log = directory.with_suffix(".log")
    with run_in_background(command, log=log, environment=os.environ) as background:
        line = background.wait_for_line(lambda text: text.startswith("{"), seconds=SEED_SECONDS)
        ready = json.loads(line)
        names = ("url", "ca_file", "username", "password", "security_token")
        yield BenchOrganisation(
            **{name: ready[name] for name in names}, log=RequestLog(directory / "requests.log")
        )
