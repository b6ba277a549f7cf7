"""The queue of an account: which runs wait, in which order, and which of them may start.

Runs stand in the order of their kind's priority, then of the time at which they were due. One that
may not start yet, because its list's interval is not over, keeps nobody behind it waiting.
"""

from datetime import timedelta

from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.functions import Cast, Now

from connectors.selectors import has_usable_connection
from sync.models import IDLE_STATES, AccountLease, RunKind, RunState, SyncRun, Trigger

ORDER = ("priority", "due_at", "pk")
# A run whose worker died is running until a tick has seen it. What waits for calls is kept back.
CLAIMABLE_STATES = (*IDLE_STATES, RunState.RUNNING)

_HOUR = timedelta(hours=1)


def starts_interval(run: SyncRun) -> bool:
    """Tell whether the interval between two syncs binds this start.

    An import is not a sync, a resumed run keeps its own start, and an administrator may override.
    """
    return run.kind == RunKind.SYNC and run.started_at is None and run.trigger != Trigger.OVERRIDE


def list_startable() -> QuerySet[SyncRun]:
    """Return every account's runs that may start now but for another one that runs.

    By the database's clock: their connection is usable, the interval since their list's last sync
    is over, and so is the wait for calls to Salesforce.
    """
    is_bound = Q(kind=RunKind.SYNC, started_at=None) & ~Q(trigger=Trigger.OVERRIDE)
    hours = Cast("account__min_sync_interval_hours", IntegerField())
    interval = ExpressionWrapper(hours * _HOUR, output_field=DurationField())
    edge = ExpressionWrapper(Now() - interval, output_field=DateTimeField())
    interval_is_over = Q(job__last_started_at=None) | Q(job__last_started_at__lte=edge)
    may_call = Q(resume_at=None) | Q(resume_at__lte=Now())
    return SyncRun.objects.unscoped().filter(
        ~is_bound | interval_is_over,
        has_usable_connection(),
        may_call,
        state__in=CLAIMABLE_STATES,
    )


def find_first(account_id: int) -> int | None:
    """Return the id of the run that starts next in an account, None where none may start now."""
    return (
        list_startable()
        .filter(account_id=account_id)
        .order_by(*ORDER)
        .values_list("pk", flat=True)
        .first()
    )


def list_first_of_free_accounts() -> list[int]:
    """Return the run that starts next of each account in which none runs, in the queue's order."""
    held = AccountLease.objects.filter(
        account_id=OuterRef("account_id"), run__isnull=False, expires_at__gte=Now()
    )
    waiting = list_startable().filter(~Exists(held)).order_by(*ORDER)
    first: dict[int, int] = {}
    for run_id, account_id in waiting.values_list("pk", "account_id").iterator():
        first.setdefault(account_id, run_id)
    return list(first.values())
