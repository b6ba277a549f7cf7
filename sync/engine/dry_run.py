"""A dry run: the run itself, on a shadow of the list, with a stand-in for what Salesforce writes.

Nothing is planned a second time: the engine does what it always does, and what it did to the
shadow is told. So a run that follows does the same, as long as nothing changed meanwhile, and as
far as Salesforce takes what it is sent. A dry run that died begins anew.
"""

from typing import Any

from connectors.clients import open_client
from connectors.models import Connection, SalesforceField
from connectors.salesforce import WriteStandIn
from lists.models import ListColumn, ListKind, ListRecord, MarketingList, SeenPage
from lists.records import Copied, get_record_store, make_shadow
from sync.engine.context import RunContext
from sync.engine.conversions import CODE
from sync.engine.dry_context import DryContext, Outside, OutsideMeter, ShadowLease
from sync.engine.dry_result import SAMPLES, describe
from sync.engine.errors import SetupError
from sync.engine.steps import do_steps
from sync.machine.stopping import pause
from sync.models import (
    FieldConflict,
    PullCursor,
    RecordIssue,
    RunKind,
    SyncJob,
    SyncJobField,
    SyncRun,
)
from sync.options import read_options
from sync.queue.lease import Lease


def do_dry_run(run: SyncRun, lease: Lease, connection: Connection) -> dict[str, Any]:
    """Do a claimed dry run and return what it found, as JSON for `SyncRun.result`.

    Outside of any transaction. Raises what a run raises, a SetupError apart: that one is part of
    what was found.
    """
    stand_in = WriteStandIn(samples_kept=SAMPLES)
    shadow = make_shadow(list_copies(run))
    with (
        Outside() as outside,
        OutsideMeter(outside) as meter,
        open_client(
            connection, meter=meter, sleep=pause, stand_in=stand_in, elsewhere=outside.do
        ) as client,
    ):
        real = RunContext(
            run=run,
            lease=lease,
            options=read_options(run),
            connection=connection,
            client=client,
            meter=meter,
            store=get_record_store(),
        )
        real.note(step="", records_read=0, records_expected=0)
        with shadow.standing():
            context = DryContext(
                run=_make_sync(run),
                lease=ShadowLease(lease.account_id, lease.run_id, lease.fence, shadow),
                options=real.options,
                connection=connection,
                client=client,
                meter=meter,
                store=real.store,
                outside=outside,
                real=real,
                stand_in=stand_in,
            )
            stopped = _do(context)
            return describe(context, shadow, stand_in, stopped=stopped)


def list_copies(run: SyncRun) -> list[Copied]:
    """Return what a run may write: each table, and those of its rows that the run may see."""
    lists = [run.job.list_id, *_find_lists_of_contacts(run)]
    runs = [run.pk, *_find_runs_that_kept_leads(run)]
    return [
        Copied(ListRecord, "list_id", lists),
        Copied(SeenPage, "run_id", [run.pk]),
        Copied(ListColumn, "list_id", lists),
        Copied(MarketingList, "id", lists),
        Copied(SyncJob, "id", [run.job_id]),
        Copied(SyncJobField, "job_id", [run.job_id]),
        Copied(PullCursor, "job_id", [run.job_id]),
        Copied(SyncRun, "id", runs),
        Copied(RecordIssue, "run_id", runs),
        Copied(FieldConflict, "run_id", [run.pk]),
        Copied(SalesforceField, "account_id", [run.account_id]),
    ]


def _find_lists_of_contacts(run: SyncRun) -> list[int]:
    """Return the lists that edits of converted leads may go to, where there are any edits."""
    if run.job.list.kind != ListKind.LEADS:
        return []
    edited = ListRecord.objects.filter(
        list_id=run.job.list_id, dirty__isnull=False, salesforce_id__isnull=False
    )
    if not edited.exists():
        return []
    contacts = MarketingList.objects.filter(kind=ListKind.CONTACTS)
    return list(contacts.values_list("pk", flat=True))


def _find_runs_that_kept_leads(run: SyncRun) -> list[int]:
    """Return the runs that left converted leads in the list: a run looks at these again."""
    told = RecordIssue.objects.filter(run__job=run.job, code=CODE)
    return list(told.order_by().values_list("run_id", flat=True).distinct())


def _make_sync(run: SyncRun) -> SyncRun:
    """Make the shadow's run the sync that it stands for, and return it."""
    SyncRun.objects.filter(pk=run.pk).update(kind=RunKind.SYNC)
    return SyncRun.objects.select_related("job__list", "account").get(pk=run.pk)


def _do(context: DryContext) -> SetupError | None:
    """Do the steps; return why the run would end before their end."""
    try:
        do_steps(context)
    except SetupError as error:
        return error
    return None
