"""Waiting for the worker: the demonstration queues runs and watches the database."""

import time
from collections.abc import Callable

from sync.models import RunState, SyncRun

POLL_SECONDS = 0.1
RUN_SECONDS = 60


class RunDidNotSucceedError(RuntimeError):
    """A run of the demonstration ended in another way than it should."""


def wait_for_run(run: SyncRun) -> SyncRun:
    """Return the run when it is finished; raise RunDidNotSucceedError when it went wrong."""
    return wait_for(lambda: _finished(run.pk), what=f"run {run.pk}")


def wait_for(find: Callable[[], SyncRun | None], *, what: str) -> SyncRun:
    """Return the run that `find` finds once it does; it must have succeeded."""
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        run = find()
        if run is not None:
            return _require_success(run)
        time.sleep(POLL_SECONDS)
    raise RunDidNotSucceedError(f"No worker finished {what} within {RUN_SECONDS} seconds.")


def _finished(run_id: int) -> SyncRun | None:
    return SyncRun.objects.filter(pk=run_id, finished_at__isnull=False).first()


def _require_success(run: SyncRun) -> SyncRun:
    if run.state not in (RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_ERRORS):
        raise RunDidNotSucceedError(f"{run} ended as {run.state}: {run.message}")
    return run
