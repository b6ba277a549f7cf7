"""What docs/local-org.md shows can be done as it stands there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from salesforce_simulator.protocols.application import controls
from tests.salesforce_simulator.clients.test_jsforce import install_jsforce
from tools.node import NODE

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "local-org.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def ready_file(own_organisation, tmp_path):
    path = tmp_path / "organisation.json"
    path.write_text(json.dumps(own_organisation.ready))
    return path


def test_python_of_the_page_runs_from_top_to_bottom(own_organisation, ready_file):
    program = "\n".join(blocks("python")).replace("/tmp/organisation.json", str(ready_file))  # noqa: S108 - the page's own example
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    leads, name, calls = done.stdout.splitlines()
    assert int(leads) >= own_organisation.ready["leads"]
    assert name == "Acme Example Ltd"
    assert calls.endswith("calls so far count against the limits")
    assert own_organisation.control("faults") == []


def test_javascript_of_the_page_runs(own_organisation, ready_file):
    folder = install_jsforce()
    (program,) = blocks("js")
    example = folder / "example.mjs"
    example.write_text(program.replace("/tmp/organisation.json", str(ready_file)))  # noqa: S108 - the page's own example
    done = subprocess.run(
        [NODE, example],
        env={**os.environ, "NODE_EXTRA_CA_CERTS": own_organisation.ready["ca_file"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= own_organisation.ready["leads"]


def test_page_names_every_control_call():
    table = PAGE.partition("## The hand inside")[2]
    assert [name for name in controls() if f"`{name}`" not in table] == []
