"""What the sync has to say to news from below."""

from typing import Any

from django.db.models.functions import Now
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from acton_connector.accounts.models import Account
from acton_connector.accounts.signals import limits_changed, time_zone_changed
from connectors.signals import connection_state_changed
from lists.models import MarketingList
from lists.records import get_record_store
from lists.signals import list_deletion_requested
from sync.models import ACTIVE_STATES, RunState, SyncJob, SyncRun
from sync.notices.asking import ask_for_review
from sync.notices.reviews import close_notices_of
from sync.queue.timetable import recompute


@receiver(list_deletion_requested)
def keep_list_during_its_sync(*, marketing_list: MarketingList, **_signal: Any) -> str | None:
    """Refuse to have a list deleted while a sync of it waits or runs."""
    ask_for_review(marketing_list.account_id)
    # The job's row is locked, so that no run is queued between this look and the deletion.
    job = SyncJob.objects.select_for_update().filter(list=marketing_list).first()
    if job is None or not job.runs.filter(state__in=ACTIVE_STATES).exists():
        return None
    return "A sync of this list waits or runs. Cancel it or let it end, then delete the list."


@receiver(pre_delete, sender=SyncRun)
def forget_what_it_read(*, instance: SyncRun, **_signal: Any) -> None:
    """Drop the ids that a run kept for removals, when the run goes with its list."""
    get_record_store().forget_seen(instance.pk)


@receiver(pre_delete, sender=SyncJob)
def close_its_notices(*, instance: SyncJob, **_signal: Any) -> None:
    """Tell that what was wrong with a sync is over when it goes with its list."""
    close_notices_of(instance)


@receiver(connection_state_changed)
def review_its_account(*, account_id: int, **_signal: Any) -> None:
    """Look at the account's notices when its connection was paused or works again."""
    ask_for_review(account_id)


@receiver(time_zone_changed)
def start_by_the_new_clock(*, account: Account, **_signal: Any) -> None:
    """Compute the next starts of an account anew when its time zone changes."""
    recompute(SyncJob.objects.filter(account=account))


@receiver(limits_changed)
def look_for_calls_again(*, names: frozenset[str], **_signal: Any) -> None:
    """Let what waits for calls start at once by a new share; where it has no room, it waits on."""
    if "api_budget_percent" in names:
        waiting = SyncRun.objects.filter(state=RunState.WAITING_FOR_ALLOWANCE)
        waiting.update(resume_at=Now())
