"""Previews: dry runs that a person asks for."""

from typing import Any

from django.db import transaction

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import User
from sync.errors import InvalidSetupError
from sync.models import RunKind, SyncJob, SyncRun, Trigger
from sync.options import RunOptions, freeze_options, read_options
from sync.queue.enqueue import enqueue_run, find_active_run, wait_for_turn
from sync.setup.readiness import freeze_chosen_options, require_connection
from sync.setup.saving import SyncSetup, save_setup


@transaction.atomic
def preview(*, job: SyncJob, actor: User | None, setup: SyncSetup | None = None) -> SyncRun:
    """Queue a dry run of the list's sync, with its saved set-up or with another one.

    It changes neither list nor set-up, is no sync and starts no interval. The same dry run that
    waits or runs already is returned as it is. Raises a SyncError where the set-up could not be
    saved, or not be run, and while another preview of the list is on its way.
    """
    require_connection()
    options = _freeze(job, actor, setup)
    wait_for_turn(job)
    active = find_active_run(job, is_dry_run=True)
    if active is not None:
        return _require_same(active, options)
    run = enqueue_run(
        job=job,
        options=options,
        kind=RunKind.DRY_RUN,
        trigger=Trigger.PREVIEW,
        requested_by=actor,
    )
    record_event(actor=actor, action="sync.previewed", subject=job.list, after={"run": run.pk})
    return run


def _require_same(active: SyncRun, options: dict[str, Any]) -> SyncRun:
    if read_options(active) != RunOptions.from_json(options):
        raise InvalidSetupError(
            "A preview of this list with other options waits or runs. Let it end, or cancel it "
            "under Sync > Runs, then press Preview again."
        )
    return active


def _freeze(job: SyncJob, actor: User | None, setup: SyncSetup | None) -> dict[str, Any]:
    """Return the options that the job would have with a set-up, which is not kept."""
    if setup is None:
        return freeze_chosen_options(job)
    with transaction.atomic():
        save_setup(job=job, setup=setup, actor=actor)
        options = freeze_chosen_options(job)
        transaction.set_rollback(True)
    job.refresh_from_db()
    return options


def has_saved_options(run: SyncRun) -> bool:
    """Tell whether a sync that starts now would do what a dry run looked at."""
    return read_options(run) == RunOptions.from_json(freeze_options(run.job))
