"""Counting API calls: in memory per call, in the database now and then."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType

from django.db.models import F, Q
from django.db.models.functions import Now

from acton_connector.accounts.database_clock import read_database_time
from acton_connector.accounts.scope import account_scope, current_account_id
from connectors.budget import ApiBudget, Reading, start_of_hour
from connectors.models import ApiUsage, Connection, Feature
from connectors.salesforce import ApiCall, LimitError
from connectors.selectors import get_api_budget

OVER_BUDGET = "API_BUDGET"


class UsageMeter:
    """Counts the calls of one client and keeps them within our share.

    Hand it over as `meter`, and `flush` it at each checkpoint. A call costs an addition under a
    lock and touches no database; a flush costs a few small statements whatever the number of
    calls, and learns what other workers have called meanwhile. `answered_at` is Salesforce's time
    of the last answer. As a context manager it flushes on the way out.
    """

    def __init__(self, *, feature: Feature, clock: Callable[[], float] = time.monotonic) -> None:
        self.calls = 0
        self.answered_at: datetime | None = None
        self._feature = feature
        self._clock = clock
        self._account_id = current_account_id()
        self._lock = threading.Lock()
        self._unsaved = 0
        self._told_at: float | None = None  # by `clock`; None: stored already
        self._budget = get_api_budget()

    def __call__(self, call: ApiCall) -> None:
        """Count one answer of Salesforce's."""
        with self._lock:
            self.calls += 1
            self._unsaved += 1
            self.answered_at = call.answered_at or self.answered_at
            self._budget = self._budget.after_call(call.used, call.maximum)
            if call.used is not None and call.maximum is not None:
                self._told_at = self._clock()

    def keep_to_share(self) -> None:
        """Raise LimitError when our share of the calls is used up; to be asked before each call."""
        budget = self._budget
        if budget.is_exhausted:
            raise LimitError(
                OVER_BUDGET, describe_share(budget), advice=f"{GROW_OLD} {RAISE_THE_SHARE}"
            )

    def flush(self) -> None:
        """Add what was counted since the last flush to the account's usage of this hour."""
        with self._lock:
            unsaved, self._unsaved = self._unsaved, 0
            told_at, self._told_at = self._told_at, None
            reading = self._budget.reading
        if not unsaved:
            return
        with account_scope(self._account_id):
            _add_calls(self._feature, unsaved)
            if reading is not None and told_at is not None:
                _keep_reading(reading, timedelta(seconds=self._clock() - told_at))
            stored = get_api_budget()
        with self._lock:
            newest = stored.reading if self._told_at is None else self._budget.reading
            calls = stored.our_calls + self._unsaved
            self._budget = replace(stored, our_calls=calls, reading=newest)

    def __enter__(self) -> "UsageMeter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.flush()


GROW_OLD = "There is room again as the calls of the last 24 hours grow old."
RAISE_THE_SHARE = (
    "Whoever runs the application can raise the share: "
    "manage.py account_limits --api-budget-percent."
)


def describe_share(budget: ApiBudget) -> str:
    """Say in a sentence how many calls our share has, and how many of them are used."""
    return (
        f"This account's share of Salesforce's API calls is {budget.our_share or 0:,} in 24 hours, "
        f"and {budget.our_calls:,} are used."
    )


def _add_calls(feature: Feature, calls: int) -> None:
    hour = start_of_hour(read_database_time(current_account_id()))
    usage = ApiUsage.objects.filter(hour=hour, feature=feature)
    if not usage.update(our_calls=F("our_calls") + calls):
        ApiUsage.objects.get_or_create(account_id=current_account_id(), hour=hour, feature=feature)
        usage.update(our_calls=F("our_calls") + calls)


def _keep_reading(reading: Reading, age: timedelta) -> None:
    """Store what Salesforce told, unless a newer answer is stored.

    A newer one that is still to come is of a clock that was set back since.
    """
    told_at = read_database_time(current_account_id()) - age
    older = Q(api_told_at=None) | Q(api_told_at__lte=told_at) | Q(api_told_at__gt=Now())
    Connection.objects.filter(older).update(
        api_used=reading.used, api_limit=reading.limit, api_ours=reading.ours, api_told_at=told_at
    )


def forget_reading() -> None:
    """Forget how many calls Salesforce said are left to the account in scope: a call tells anew."""
    Connection.objects.update(api_told_at=None)
