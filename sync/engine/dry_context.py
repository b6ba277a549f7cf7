"""The surroundings of a dry run: inside, the shadow of the list; outside, everything that is real.

Inside, the engine works on this thread's database connection, where the shadow stands in front of
the tables that a run writes. What must be seen by others (the lease, a cancelled run, progress,
counted API calls, a renewed session) happens outside: on a thread with a connection of its own.
"""

import contextvars
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from django.db import connection

from connectors.models import Feature
from connectors.salesforce import WriteStandIn
from connectors.usage import UsageMeter
from lists.records import Shadow
from sync.engine.context import RunContext
from sync.models import SyncRun
from sync.queue.lease import Lease

Result = TypeVar("Result")


class Outside:
    """A thread whose database connection knows nothing of the shadow."""

    def __enter__(self) -> Self:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outside")
        self._thread = self._executor.submit(threading.get_ident).result()
        return self

    def do(self, work: Callable[[], Result]) -> Result:
        """Do some work there and return what it returns; the account in scope is the same."""
        if threading.get_ident() == self._thread:
            return work()
        return self._executor.submit(contextvars.copy_context().run, work).result()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._executor.submit(_close_connection)
        self._executor.shutdown()


def _close_connection() -> None:
    connection.close()  # this thread's: what `connection` means is asked anew in each


class OutsideMeter(UsageMeter):
    """Counts the calls that are really made, and stores their number outside."""

    def __init__(self, outside: Outside) -> None:
        super().__init__(feature=Feature.PREVIEWS)
        self._outside = outside

    def flush(self) -> None:
        """Add what was counted to the account's usage; see UsageMeter."""
        self._outside.do(super().flush)


@dataclass(frozen=True)
class ShadowLease(Lease):
    """Ties what is written to the shadow, as a lease ties it to the claim.

    Every transaction of the engine holds its lease. So a transaction that does not write to the
    shadow, because the connection was lost or is another one, is rolled back.
    """

    shadow: Shadow

    def hold(self) -> None:
        """Raise ShadowLostError when the shadow does not stand on this connection."""
        self.shadow.hold()


@dataclass(kw_only=True)
class DryContext(RunContext):
    """The context of a run inside; `real` is the one outside, of the claimed dry run.

    What `stand_in` was given Salesforce does not know.
    """

    outside: Outside
    real: RunContext
    stand_in: WriteStandIn

    def read_addresses(self, sobject_type: str) -> Mapping[str, str | None]:
        """Return the addresses that were written, as if."""
        return self.stand_in.addresses[sobject_type]

    def check(self) -> None:
        """Stop where the dry run may not go on, as RunContext does, and show how far it is."""
        self.lease.hold()
        progress = SyncRun.objects.values("step", "records_read", "records_expected").get(
            pk=self.run.pk
        )
        self.outside.do(lambda: self._check_outside(progress))

    def _check_outside(self, progress: Mapping[str, Any]) -> None:
        self.real.check()
        self.real.note(**progress, api_calls=self.meter.calls)
