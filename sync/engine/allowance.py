"""A run that met a limit of calls: it waits, and goes on by itself when there is room.

When that is, is told without asking Salesforce. Our share has room as soon as enough of our calls
are older than 24 hours. Of Salesforce's own limits nobody tells when they end: the run tries again
an hour later, which costs one call where they have not.

From one checkpoint to the next a run makes some calls at a stretch. One that had not got so far
waits for more room than it had; where the whole share is not enough, only a person can help.
"""

from datetime import timedelta

from acton_connector.accounts.database_clock import read_database_time
from connectors.salesforce import LimitError, SalesforceError, StorageLimitError
from connectors.selectors import find_room_for_calls, get_api_budget
from connectors.usage import (
    OVER_BUDGET,
    RAISE_THE_SHARE,
    UsageMeter,
    describe_share,
    forget_reading,
)
from lists.services import refresh_record_count
from sync.models import FailureReason, SyncRun
from sync.queue.finish import fail, put_off
from sync.queue.lease import Lease

TRY_AGAIN_AFTER = timedelta(hours=1)
BUY_MORE = "Whoever administers Salesforce sees there what uses its calls, and can buy more."


def may_wait(run: SyncRun, error: SalesforceError) -> bool:
    """Tell whether the run waits for the end of a limit; a full storage needs a person.

    A preview tells at once what keeps it: somebody sits in front of it.
    """
    is_of_calls = isinstance(error, LimitError) and not isinstance(error, StorageLimitError)
    return is_of_calls and not run.is_dry_run


def wait_for_allowance(
    run: SyncRun, lease: Lease, error: SalesforceError, meter: UsageMeter
) -> None:
    """Let the run wait until there may be room for calls, and tell who can make more.

    Where our whole share did not bring it to a checkpoint it fails: waiting would not help. No
    share at all is what others leave today, and may be more tomorrow.
    """
    meter.flush()
    if error.code == OVER_BUDGET:
        budget = get_api_budget()
        share, needed = budget.our_share or 0, 1
        if not _has_moved(run):
            if 0 < share <= meter.calls:
                _fail_for_share(run, lease, share)
                return
            needed = max(1, min(2 * meter.calls + 1, share))
        resume_at, who = find_room_for_calls(needed), RAISE_THE_SHARE
        what = describe_share(budget)
    else:
        resume_at, who = read_database_time(run.account_id) + TRY_AGAIN_AFTER, BUY_MORE
        what = f"A limit of Salesforce's own is reached. {error}"
        # Its refusal told that no call is left, which would keep the call back that asks again.
        forget_reading()
    local = resume_at.astimezone(run.account.zone)
    when = f"{local:%H:%M on %d %B %Y} ({run.account.time_zone})"
    put_off(
        run,
        lease,
        resume_at=resume_at,
        message=what,
        advice=f"The run goes on by itself from {when} on. {who}",
        calls=run.api_calls + meter.calls,
    )
    refresh_record_count(marketing_list=run.job.list)


def _has_moved(run: SyncRun) -> bool:
    """Tell whether the checkpoint is another one than when this worker took the run."""
    return not SyncRun.objects.filter(pk=run.pk, checkpoint=run.checkpoint).exists()


def _fail_for_share(run: SyncRun, lease: Lease, share: int) -> None:
    fail(
        run,
        lease,
        reason=FailureReason.LIMIT,
        code="SHARE_TOO_SMALL",
        message=(
            f"This account's share of Salesforce's API calls is {share:,} in 24 hours. This sync "
            "makes more of them before it comes to a place where it can pause."
        ),
        advice=RAISE_THE_SHARE,
    )
