"""The measured product: one queued run, done in a worker's process as a worker does it."""

from typing import Any

import django

from bench.measuring import measure, read_task

django.setup()

from sync.engine.runner import execute_run  # noqa: E402 - needs Django's app registry
from sync.models import RunState, SyncRun  # noqa: E402 - needs Django's app registry

COUNTERS = (
    "records_read",
    "records_added",
    "records_updated",
    "records_unchanged",
    "records_pushed_new",
    "records_pushed_changed",
    "records_failed",
)


def execute(run_id: int) -> dict[str, Any]:
    """Execute a run and return its counters; raise RuntimeError unless it succeeded."""
    execute_run(run_id)
    run = SyncRun.objects.unscoped().get(pk=run_id)
    if run.state != RunState.SUCCEEDED:
        raise RuntimeError(f"Run {run_id} ended as {run.state}: {run.message} {run.advice}")
    return {name: getattr(run, name) for name in COUNTERS}


if __name__ == "__main__":
    task = read_task()
    measure(lambda: execute(task["run"]))
