"""What the steps of a run share: the run, its claim, the client, and the way to a checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F

from connectors.models import Connection, ConnectionState
from connectors.salesforce import BulkJob, SalesforceClient, wait_for_job
from connectors.usage import UsageMeter
from lists.records import PageCounts, RecordStore
from sync.engine.conflicts import note_conflicts
from sync.machine.stopping import check_worker
from sync.models import RunState, Step, SyncRun
from sync.options import RunOptions
from sync.queue.lease import Lease, RunStoppedError

# Salesforce works at a Bulk job for minutes; one that stands still for so long is given up.
LONGEST_JOB_SECONDS = 1_800.0
KEPT = ("read", "reached_at", "note")


@dataclass
class RunContext:
    """A claimed run on its way.

    `merged_into` are the ids of records that took over what was edited in others, which a push
    found merged into them: the next pull compares them first.
    """

    run: SyncRun
    lease: Lease
    options: RunOptions
    connection: Connection
    client: SalesforceClient
    meter: UsageMeter
    store: RecordStore
    checkpoint: dict[str, Any] = field(default_factory=dict)
    merged_into: set[str] = field(default_factory=set)

    def check(self) -> None:
        """Stop where the run may not go on: while it waits for Salesforce, between pages.

        Raises WorkerStoppingError when this worker is to end, LeaseLostError when another one took
        over, RunStoppedError when the run was cancelled or the connection is no longer usable.
        """
        check_worker()
        # A commit that waited for the disk would wait for all of the page before it, too.
        with self.store.committing_soon():
            self.lease.hold()
            self.meter.flush()
        running = SyncRun.objects.filter(pk=self.run.pk, state=RunState.RUNNING)
        usable = Connection.objects.filter(pk=self.connection.pk, state=ConnectionState.CONNECTED)
        if not (running.exists() and usable.exists()):
            raise RunStoppedError

    def read_addresses(self, sobject_type: str) -> Mapping[str, str | None]:  # noqa: ARG002 - a dry run's
        """Return by record id the addresses that Salesforce would tell, were it not a dry run."""
        return {}

    def wait_for(self, job: BulkJob) -> BulkJob:
        """Wait until a Bulk job is complete and return it, looking whether the run may go on.

        Raises what `check` does, and a BulkJobError where the job comes to no good end.
        """
        return wait_for_job(
            self.client,
            job,
            deadline_seconds=LONGEST_JOB_SECONDS,
            on_poll=lambda _: self.check(),
        )

    def begin(self, step: Step) -> None:
        """Go on to a step; of the pull's checkpoint stays what was read, how far, and its note."""
        self.run.step = step
        kept = {name: self.checkpoint[name] for name in KEPT if name in self.checkpoint}
        self.advance({"read": 0, **kept}, is_progress=True)

    def advance_page(self, checkpoint: dict[str, Any], counts: PageCounts) -> None:
        """Move the checkpoint behind a page that was taken over, and count its records."""
        note_conflicts(self.run, self.options, counts.conflicts)
        self.advance(
            checkpoint,
            is_progress=True,
            records_read=counts.read,
            records_added=counts.added,
            records_updated=counts.updated,
            records_unchanged=counts.unchanged,
            records_overruled=counts.conflicts.overruled,
            records_upheld=counts.conflicts.upheld,
            conflicts_found=counts.conflicts.values,
            characters_replaced=counts.replaced,
        )

    def advance(
        self, checkpoint: dict[str, Any], *, is_progress: bool = False, **counts: int
    ) -> None:
        """Move the checkpoint and add to the run's counters.

        Call it last in the transaction that holds what the checkpoint speaks of: a lost lease or
        a cancelled run raises and rolls all of it back. Only where `is_progress`, records having
        moved, does the count of attempts at one place begin anew; to note an intention is none.
        """
        self.lease.hold()
        moved = SyncRun.objects.filter(pk=self.run.pk, state=RunState.RUNNING).update(
            step=self.run.step,
            checkpoint=checkpoint,
            api_calls=self.run.api_calls + self.meter.calls,
            **({"attempts": 0} if is_progress else {}),
            **{name: F(name) + count for name, count in counts.items()},
        )
        if not moved:
            raise RunStoppedError
        self.checkpoint = checkpoint

    def count(self, **counts: int) -> None:
        """Add to the run's counters, inside the transaction of what is counted."""
        SyncRun.objects.filter(pk=self.run.pk).update(
            **{name: F(name) + count for name, count in counts.items()}
        )

    def warn(self, text: str, advice: str, *, is_error: bool) -> None:
        """Tell on the run's page, once, what the run leaves out; an error unless a person knows."""
        warning = {"text": text, "advice": advice, "is_error": is_error}
        if warning not in self.run.warnings:
            self.run.warnings.append(warning)
            self.note(warnings=self.run.warnings)

    def note(self, **values: Any) -> None:
        """Set columns of the run that are told as they are, such as `records_expected`."""
        SyncRun.objects.filter(pk=self.run.pk).update(**values)
