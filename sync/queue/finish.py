"""How a run ends: each way writes the run's row under its fence and tells what comes next."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now

from acton_connector.accounts.database_clock import read_database_time
from lists.records import get_record_store
from lists.services import refresh_record_count
from sync.models import FailureReason, RunState, SyncJob, SyncRun
from sync.notices.asking import ask_for_review
from sync.queue.lease import Lease
from sync.schedules.due_times import compute_next_due

WORKER_STOPPED = (
    "The program that did this run was stopped, as for an update. Another one goes on where it "
    "ended; nothing needs to be done."
)


def succeed(run: SyncRun, lease: Lease) -> None:
    """Finish a run that did all its steps; with errors, when it set records aside."""
    run.refresh_from_db(
        fields=["records_failed", "removals_held", "message", "checkpoint", "warnings"]
    )
    troubled = run.records_failed or run.removals_held or run.has_left_out
    state = RunState.SUCCEEDED_WITH_ERRORS if troubled else RunState.SUCCEEDED
    # What an interruption said on the way is over; why removals are held is not.
    message = run.message if run.removals_held else run.checkpoint.get("note", "")
    _finish(run, lease, state=state, message=message)


def end_dry_run(run: SyncRun, lease: Lease, result: dict[str, Any]) -> None:
    """Finish a dry run with what it found, in the state in which a sync would have ended."""
    counts, stopped = result["counts"], result["stopped"]
    run.warnings = result["warnings"]
    troubled = counts["records_failed"] or counts["removals_held"] or run.has_left_out
    ending: dict[str, Any] = {
        "state": RunState.SUCCEEDED_WITH_ERRORS if troubled else RunState.SUCCEEDED,
        "message": "",
        "warnings": run.warnings,
    }
    if stopped:
        failure = {"state": RunState.FAILED, "failure_reason": FailureReason.CONFIGURATION}
        ending = {**failure, **stopped}
    _finish(run, lease, result=result, api_calls=result["calls"]["reads"], **ending)


def fail(
    run: SyncRun,
    lease: Lease,
    *,
    reason: FailureReason,
    message: str,
    advice: str,
    code: str = "",
) -> None:
    """Finish a run that cannot go on by itself; `code` tells its cause from others."""
    _finish(
        run,
        lease,
        state=RunState.FAILED,
        failure_reason=reason,
        failure_code=code[:80],
        message=message,
        advice=advice,
    )


def pause_schedule(run: SyncRun, *, reason: str) -> None:
    """Let the job start no more by itself; saving its set-up lets it go on."""
    SyncJob.objects.filter(pk=run.job_id).update(next_due_at=None, pause_reason=reason)


@transaction.atomic
def interrupt(run: SyncRun, lease: Lease, *, message: str) -> None:
    """Put a run back into the queue: the next tick resumes it at its checkpoint."""
    lease.hold()
    _running(run).update(state=RunState.INTERRUPTED, message=message)


@transaction.atomic
def hand_back(run: SyncRun, lease: Lease, *, message: str) -> None:
    """Put a run back that its worker cannot finish, for a reason of ours that is not the run's.

    The attempt is not counted: it says nothing about the place where the run stands.
    """
    lease.hold()
    _running(run).update(
        state=RunState.INTERRUPTED,
        message=message,
        attempts=Greatest(F("attempts") - 1, 0),
    )


@transaction.atomic
def put_off(
    run: SyncRun, lease: Lease, *, resume_at: datetime, message: str, advice: str, calls: int
) -> None:
    """Keep a run back until `resume_at`, when there may be calls to Salesforce for it again.

    It goes on at its checkpoint. Waiting is no attempt at it. `calls` are those of the whole run.
    """
    lease.hold()
    _running(run).update(
        state=RunState.WAITING_FOR_ALLOWANCE,
        resume_at=resume_at,
        attempts=0,
        message=message,
        advice=advice,
        api_calls=calls,
    )


@transaction.atomic
def _finish(run: SyncRun, lease: Lease, **values: Any) -> None:
    lease.hold()
    if not _running(run).update(finished_at=Now(), **values):
        return  # cancelled meanwhile: that state stands
    if run.is_dry_run:
        return  # nothing has changed that the list or its schedule would have to follow
    if _may_have_moved_records(run):
        refresh_record_count(marketing_list=run.job.list)
    _forget_seen(run)
    ask_for_review(run.account_id)
    _set_next_due(run)


def _may_have_moved_records(run: SyncRun) -> bool:
    """Tell whether the list may hold another number of records than before the run.

    To count a million takes longer than to see that nothing changed. A record that is new to
    Salesforce, or that followed a merged one, may have met the list's other record of that
    person, and the two became one.
    """
    counters = ("records_added", "records_removed", "records_pushed_new", "records_followed")
    counted = SyncRun.objects.filter(pk=run.pk).values_list(*counters).get()
    return any(counted)


def _forget_seen(run: SyncRun) -> None:
    """Drop the ids that runs of the job remembered, except where a person may still release."""
    done = SyncRun.objects.filter(job=run.job, removals_held__gt=0).exclude(pk=run.pk)
    store = get_record_store()
    for run_id in [*done.values_list("pk", flat=True), *([] if run.removals_held else [run.pk])]:
        store.forget_seen(run_id)


def _running(run: SyncRun) -> Any:
    return SyncRun.objects.filter(Q(pk=run.pk), state=RunState.RUNNING)


def _set_next_due(run: SyncRun) -> None:
    """Compute the next start of the run's job, also while somebody changes its schedule."""
    job = SyncJob.objects.select_for_update(no_key=True).get(pk=run.job_id)
    job.next_due_at = compute_next_due(job, read_database_time(job.account_id))
    job.save(update_fields=["next_due_at"])
