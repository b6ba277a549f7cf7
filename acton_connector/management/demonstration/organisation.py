"""The Salesforce organisation of the demonstration, as a process of its own."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from acton_connector.management.demonstration.background import run_in_background
from acton_connector.management.processes import first_free_port

DEFAULT_PORT = 8443
START_SECONDS = 60


@dataclass(frozen=True)
class LocalOrganisation:
    """Where the organisation is, and how the integration user signs in."""

    url: str
    ca_file: str
    username: str
    password: str
    security_token: str
    leads: int
    contacts: int

    @property
    def host(self) -> str:
        """`localhost:PORT` mostly, as the allow-list of login hosts has it."""
        return self.url.removeprefix("https://")


@contextmanager
def run_organisation(directory: Path) -> Iterator[LocalOrganisation]:
    """Run the organisation while the block lasts; its data stays in `directory`."""
    port = first_free_port("127.0.0.1", DEFAULT_PORT)
    command = [sys.executable, "-m", "salesforce_simulator", "--port", str(port)]
    command += ["--data", str(directory), "--seed", "demo"]
    log = directory / "output.log"
    with run_in_background(command, log=log, environment=os.environ) as background:
        line = background.wait_for_line(lambda text: text.startswith("{"), seconds=START_SECONDS)
        ready = json.loads(line)
        yield LocalOrganisation(
            **{each.name: ready[each.name] for each in fields(LocalOrganisation)}
        )
