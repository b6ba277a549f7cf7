"""The demonstration: one command, an administrator's whole path."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def demonstrate(var_dir, port):
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    }
    return subprocess.run(
        [sys.executable, "manage.py", "demo", "--exit", "--port", str(port)],
        cwd=ROOT,
        env={**environment, "VAR_DIR": str(var_dir)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def summary(finished):
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.mark.scenario
@pytest.mark.requirement("S58", "S80")
def test_demo_walks_the_whole_path_and_a_second_one_reuses_the_data(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        first = demonstrate(tmp_path, port)
        second = demonstrate(tmp_path, port)

    told = summary(first)
    assert (told["leads_pulled"], told["contacts_pulled"]) == (500, 300)
    assert told["records_pushed"] == 17
    assert told["runs_by_schedule"] == 1
    assert re.search(rf"port {port} is taken; using \d+", first.stdout)
    assert not told["url"].endswith(f":{port}")
    again = summary(second)
    assert again["leads_pulled"] == 512
    assert again["records_pushed"] == 5
    assert "imported earlier" in second.stdout
