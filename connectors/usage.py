"""Counting API calls: in memory per call, in the database now and then."""

import datetime
import threading
from types import TracebackType

from django.db.models import F

from acton_connector.accounts.scope import account_scope, current_account_id
from connectors.models import ApiUsage
from connectors.salesforce import ApiCall


def today() -> datetime.date:
    """Return the day that calls are counted under: UTC's, as Salesforce's limit has no zone."""
    return datetime.datetime.now(datetime.UTC).date()


class UsageMeter:
    """Counts the calls of one client: hand it over as `on_call`, `flush` it at each checkpoint.

    A call costs an addition under a lock and can neither fail nor touch the database; a flush
    costs one UPDATE whatever the number of calls. `answered_at` is Salesforce's time of the last
    answer. As a context manager it flushes on the way out.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.answered_at: datetime.datetime | None = None
        self._account_id = current_account_id()
        self._lock = threading.Lock()
        self._unsaved = 0
        self._used: int | None = None
        self._limit: int | None = None

    def __call__(self, call: ApiCall) -> None:
        """Count one answer of Salesforce's."""
        with self._lock:
            self.calls += 1
            self._unsaved += 1
            self.answered_at = call.answered_at or self.answered_at
            if call.used is not None and call.maximum is not None:
                self._used, self._limit = call.used, call.maximum

    def flush(self) -> None:
        """Add what was counted since the last flush to the account's usage of today."""
        with self._lock:
            unsaved, self._unsaved = self._unsaved, 0
            used, limit = self._used, self._limit
        if not unsaved:
            return
        changes: dict[str, object] = {"our_calls": F("our_calls") + unsaved}
        if used is not None:
            changes |= {"organization_used": used, "organization_limit": limit}
        with account_scope(self._account_id):
            usage = ApiUsage.objects.filter(day=today())
            if not usage.update(**changes):
                ApiUsage.objects.get_or_create(account_id=self._account_id, day=today())
                usage.update(**changes)

    def __enter__(self) -> "UsageMeter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.flush()
