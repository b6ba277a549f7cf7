"""The processes of a benchmark: started with a task, heard to their end, never left behind."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.services.processes import ServiceError

LONGEST_SECONDS = 3600


def run_child(
    module: str,
    task: Mapping[str, Any],
    environment: Mapping[str, str],
    python: str | Path = sys.executable,
) -> dict[str, Any]:
    """Run `python -m module` with a task on its standard input; return what it reports.

    `python` is another interpreter where the program lives in an environment of its own. Raises
    ServiceError with its words when it fails. A child that takes an hour is killed.
    """
    done = subprocess.run(
        [python, "-m", module],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
        env=environment,
    )
    if done.returncode:
        raise ServiceError(f"{module} failed:\n{done.stdout[-2000:]}{done.stderr[-6000:]}")
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts
