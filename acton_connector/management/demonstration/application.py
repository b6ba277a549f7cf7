"""Web, worker and beat of the demonstration: `manage.py run` as a process of its own."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from acton_connector.management.demonstration.background import run_in_background
from acton_connector.management.demonstration.organisation import LocalOrganisation

START_SECONDS = 60
TICK_SECONDS = 2  # nobody wants to watch a demonstration wait half a minute
READY = re.compile(r"ready at (\S+)")


@dataclass(frozen=True)
class Application:
    """Where the pages are, and what the start said about the port."""

    url: str
    remarks: list[str]


def trust(organisation: LocalOrganisation) -> None:
    """Let this process and its children log in to the organisation."""
    os.environ["SALESFORCE_EXTRA_LOGIN_HOSTS"] = organisation.host
    os.environ["SALESFORCE_CA_BUNDLE"] = organisation.ca_file
    os.environ["SYNC_TICK_SECONDS"] = str(TICK_SECONDS)
    settings.SALESFORCE_EXTRA_LOGIN_HOSTS = [organisation.host]
    settings.SALESFORCE_CA_BUNDLE = organisation.ca_file


@contextmanager
def run_application(*, port: int, log: Path) -> Iterator[Application]:
    """Run the application while the block lasts; with a taken port it takes the next one."""
    manage = Path(settings.BASE_DIR) / "manage.py"
    command = [sys.executable, str(manage), "run", "--port", str(port)]
    with run_in_background(command, log=log, environment=os.environ) as background:
        ready = background.wait_for_line(
            lambda line: bool(READY.search(line)), seconds=START_SECONDS
        )
        remarks = [line for line in log.read_text().splitlines() if line.startswith("port ")]
        found = READY.search(ready)
        yield Application(url=found.group(1) if found else "", remarks=remarks)
