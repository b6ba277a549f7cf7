"""From a doorbell to a finished run."""

import time
from typing import Any

import structlog
from django.db import close_old_connections

from acton_connector.accounts.scope import account_scope
from connectors.clients import open_client
from connectors.models import Connection, Feature
from connectors.salesforce import LimitError, SalesforceError
from connectors.selectors import get_usable_connection
from connectors.services import pause_connection
from connectors.states import asks_for_pause
from connectors.usage import UsageMeter
from lists.records import get_record_store
from lists.services import refresh_record_count
from sync.engine.allowance import may_wait, wait_for_allowance
from sync.engine.context import RunContext
from sync.engine.dry_run import do_dry_run
from sync.engine.errors import SetupError
from sync.engine.steps import do_steps
from sync.machine.database_away import DATABASE_AWAY, is_database_away
from sync.machine.disk import ADVICE, DISK_FULL, is_no_room
from sync.machine.stopping import LOOK_EVERY_SECONDS, WorkerStoppingError, is_stopping, pause
from sync.models import SALESFORCE_AWAY, FailureReason, RunState, SyncRun
from sync.options import read_options
from sync.queue.finish import (
    WORKER_STOPPED,
    end_dry_run,
    fail,
    hand_back,
    interrupt,
    pause_schedule,
    succeed,
)
from sync.queue.lease import Lease, LeaseLostError, RunStoppedError, claim, heartbeat
from sync.queue.ringing import ring, ring_next

log = structlog.get_logger(__name__)

ATTEMPTS_AT_ONE_CHECKPOINT = 3
TELL_THE_OPERATOR = "Tell whoever runs the application the number of this run."


def execute_run(run_id: int) -> bool:
    """Claim a run and do it; return False when it may not start now, or not in this worker."""
    if is_stopping():
        _pass_on(run_id)
        return False
    lease = claim(run_id)
    if lease is None:
        return False
    with account_scope(lease.account_id), structlog.contextvars.bound_contextvars(run_id=run_id):
        try:
            with heartbeat(lease):
                _execute(lease)
        except LeaseLostError:
            log.warning("run.lease_lost")
            return True
        lease.release()
        was_interrupted = SyncRun.objects.filter(pk=run_id, state=RunState.INTERRUPTED).exists()
    # What Salesforce does not answer now waits for the next tick; what this worker leaves does not.
    if is_stopping() or not was_interrupted:
        ring_next(lease.account_id)
    return True


def _pass_on(run_id: int) -> None:
    """Ring for another worker: this one ends, and still takes messages for a second or two."""
    time.sleep(LOOK_EVERY_SECONDS)
    ring(run_id)


def _execute(lease: Lease) -> None:
    run = SyncRun.objects.select_related("job__list", "account").get(pk=lease.run_id)
    if run.attempts > ATTEMPTS_AT_ONE_CHECKPOINT:
        _give_up(run, lease)
        return
    meter = UsageMeter(feature=Feature.SYNCS)
    try:
        found = _do_connected(run, lease, meter)
    except WorkerStoppingError:
        hand_back(run, lease, message=WORKER_STOPPED)
        refresh_record_count(marketing_list=run.job.list)
    except RunStoppedError:
        interrupt(run, lease, message="Waiting for the connection to Salesforce.")
        refresh_record_count(marketing_list=run.job.list)
    except SetupError as error:
        _end_for_setup(error, run, lease)
    except SalesforceError as error:
        _end_for(error, run, lease, meter)
    except LeaseLostError:
        raise
    except Exception as error:  # the edge: a mistake of ours ends this run and no other
        log.exception("run.failed")
        _end_for_ours(error, run, lease)
    else:
        _end_well(run, lease, found)
    finally:
        meter.flush()


def _end_for_ours(error: Exception, run: SyncRun, lease: Lease) -> None:
    # Where not even this can be written, the lease runs out and a later tick resumes the run.
    if is_database_away(error):
        close_old_connections()
        hand_back(run, lease, message=DATABASE_AWAY)
        return
    if is_no_room(error):
        interrupt(run, lease, message=DISK_FULL)
        refresh_record_count(marketing_list=run.job.list)
        return
    fail(
        run,
        lease,
        reason=FailureReason.INTERNAL,
        message="The application made a mistake. Nothing of the last page was kept.",
        advice=TELL_THE_OPERATOR,
    )


def _give_up(run: SyncRun, lease: Lease) -> None:
    if run.message == DISK_FULL:
        reason = FailureReason.INTERNAL
        fail(run, lease, reason=reason, message=run.message, advice=ADVICE, code="DISK_FULL")
    elif run.message not in ("", WORKER_STOPPED, DATABASE_AWAY):  # Salesforce was away each time
        fail(
            run,
            lease,
            reason=FailureReason.PERMANENT,
            code=SALESFORCE_AWAY,
            message=run.message,
            advice="Run the sync again when Salesforce answers.",
        )
    else:
        fail(
            run,
            lease,
            reason=FailureReason.INTERNAL,
            message="The worker ended three times at the same place.",
            advice=TELL_THE_OPERATOR,
        )


def _end_well(run: SyncRun, lease: Lease, found: dict[str, Any] | None) -> None:
    if found is None:
        succeed(run, lease)
    else:
        end_dry_run(run, lease, found)


def _do_connected(run: SyncRun, lease: Lease, meter: UsageMeter) -> dict[str, Any] | None:
    """Do the run's steps; what forbids every further call pauses the connection."""
    connection = get_usable_connection()
    try:
        return _do(run, lease, connection, meter)
    except SalesforceError as error:
        if error.pauses_connection:
            pause_connection(connection=connection, error=error)
        raise


def _do(
    run: SyncRun, lease: Lease, connection: Connection, meter: UsageMeter
) -> dict[str, Any] | None:
    """Do the run's steps; return what was found when it is a dry run."""
    if run.is_dry_run:
        return do_dry_run(run, lease, connection)
    options = read_options(run)
    with open_client(connection, meter=meter, sleep=pause) as client:
        context = RunContext(
            run=run,
            lease=lease,
            options=options,
            connection=connection,
            client=client,
            meter=meter,
            store=get_record_store(),
            checkpoint=run.checkpoint,
        )
        do_steps(context)
    return None


def _end_for_setup(error: SetupError, run: SyncRun, lease: Lease) -> None:
    if error.pauses_job:
        pause_schedule(run, reason=error.message)
    fail(
        run,
        lease,
        reason=FailureReason.CONFIGURATION,
        message=error.message,
        advice=error.advice,
    )


def _end_for(error: SalesforceError, run: SyncRun, lease: Lease, meter: UsageMeter) -> None:
    """End the run at its checkpoint as the error asks: resume by itself, or tell a person."""
    if may_wait(run, error):
        wait_for_allowance(run, lease, error, meter)
        return
    if error.retryable:
        interrupt(run, lease, message=str(error))
        return
    fail(
        run,
        lease,
        reason=_reason_of(error),
        code=error.code,
        message=str(error),
        advice=error.advice,
    )


def _reason_of(error: SalesforceError) -> FailureReason:
    if asks_for_pause(error):
        return FailureReason.CONNECTION
    return FailureReason.LIMIT if isinstance(error, LimitError) else FailureReason.PERMANENT
