"""Everything that starts, stops and sets up syncs."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.database_clock import read_database_time
from acton_connector.accounts.models import Account, Membership, Role, User
from connectors.salesforce import Report, normalise_id
from connectors.selectors import list_field_choices
from lists.models import ListKind
from lists.records import get_record_store
from lists.services import NewColumn, create_list
from lists.services import add_columns as add_list_columns
from sync.engine.report_people import NOBODY_ADVICE, may_hold_people, say_nobody
from sync.errors import IntervalError, InvalidSetupError
from sync.models import (
    ACTIVE_STATES,
    RunKind,
    RunState,
    Step,
    SyncJob,
    SyncRun,
    Trigger,
)
from sync.notices.asking import ask_for_review
from sync.options import freeze_import_options, read_options
from sync.previews import preview
from sync.queue.enqueue import enqueue_run, find_active_run, wait_for_turn
from sync.queue.ringing import ring
from sync.schedules.due_times import allowed_at
from sync.setup.columns import make_column, make_member_columns, make_report_columns
from sync.setup.readiness import freeze_chosen_options, require_connection
from sync.setup.saving import SyncSetup, save_setup

__all__ = [
    "SyncSetup",
    "add_columns",
    "cancel_run",
    "import_campaign",
    "import_list",
    "import_report",
    "preview",
    "release_removals",
    "run_now",
    "save_setup",
]


@transaction.atomic
def import_list(
    *, account: Account, kind: ListKind, name: str, fields: Sequence[str], actor: User | None
) -> SyncRun:
    """Make a list of all leads or contacts with `fields` as columns, and queue its import.

    `fields` are Salesforce's API names; the e-mail address is a column in any case. Raises a
    SyncError when the connection is not usable, a field is unknown or the name is taken.
    """
    require_connection()
    sobject_type = kind.sobject_type
    columns = _describe_columns(sobject_type, ["Email", *fields])
    return _start_import(account=account, kind=kind, name=name, columns=columns, actor=actor)


@transaction.atomic
def import_campaign(
    *, account: Account, campaign_id: str, name: str, actor: User | None
) -> SyncRun:
    """Make a list of a campaign's members with all their fields, and queue its import.

    Raises a SyncError as `import_list` does.
    """
    require_connection()
    return _start_import(
        account=account,
        kind=ListKind.CAMPAIGN,
        name=name,
        columns=make_member_columns(),
        actor=actor,
        source_id=normalise_id(campaign_id),
    )


@transaction.atomic
def import_report(*, account: Account, report: Report, name: str, actor: User | None) -> SyncRun:
    """Make a list of a report's rows with all its columns, and queue its import.

    Its later runs add and update: that is what re-importing a report means. What the report no
    longer holds is removed only where a person chooses it. Raises a SyncError as `import_list`,
    and when the report has no column that could say who its rows are.
    """
    require_connection()
    if not may_hold_people(report):
        raise InvalidSetupError(f"{say_nobody(report)} {NOBODY_ADVICE}")
    return _start_import(
        account=account,
        kind=ListKind.REPORT,
        name=name,
        columns=make_report_columns(report),
        actor=actor,
        source_id=report.id,
        pull_add=True,
        pull_update=True,
    )


def _start_import(
    *,
    account: Account,
    kind: ListKind,
    name: str,
    columns: Sequence[NewColumn],
    actor: User | None,
    source_id: str = "",
    **options: bool,
) -> SyncRun:
    try:
        marketing_list = create_list(
            account=account,
            name=name,
            kind=kind,
            columns=columns,
            actor=actor,
            source_id=source_id,
        )
    except ValidationError as error:
        raise InvalidSetupError(" ".join(error.messages)) from error
    job = SyncJob.objects.create(account=account, list=marketing_list, **options)
    return enqueue_run(
        job=job,
        options=freeze_import_options(job),
        kind=RunKind.IMPORT,
        trigger=Trigger.IMPORT,
        requested_by=actor,
    )


@transaction.atomic
def add_columns(*, job: SyncJob, fields: Sequence[str], actor: User | None) -> None:
    """Add Salesforce fields as columns; their values arrive at the next sync."""
    if job.list.takes_all_fields:
        raise InvalidSetupError("All fields of this list come automatically.")
    if job.list.is_from_file:
        raise InvalidSetupError("The columns of this list are those of its file.")
    present = set(job.list.columns.values_list("salesforce_field", flat=True))
    new = [field for field in fields if field not in present]
    columns = _describe_columns(job.list.sobject_type, new)
    add_list_columns(marketing_list=job.list, columns=columns, actor=actor)


def _describe_columns(sobject_type: str, fields: Sequence[str]) -> list[NewColumn]:
    known = {choice.name: choice.field for choice in list_field_choices(sobject_type)}
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise InvalidSetupError(f"{sobject_type} has no field {', '.join(unknown)}.")
    return [make_column(known[name]) for name in dict.fromkeys(fields)]


@transaction.atomic
def run_now(*, job: SyncJob, actor: User | None, override_reason: str = "") -> SyncRun:
    """Queue a sync of the list; a run that waits or runs already is returned as it is.

    Raises IntervalError while the list's last sync is too short a time ago. An administrator may
    give a reason to run all the same; it stands in the audit log. One at a time holds in any case.
    """
    wait_for_turn(job)
    active = find_active_run(job)
    if active is not None:
        return active
    require_connection()
    options = freeze_chosen_options(job)
    override_reason = override_reason.strip()
    within_interval = allowed_at(job) > read_database_time(job.account_id)
    if within_interval:
        _require_override(job, actor, override_reason)
    run = enqueue_run(
        job=job,
        options=options,
        kind=RunKind.SYNC,
        trigger=Trigger.OVERRIDE if within_interval else Trigger.MANUAL,
        requested_by=actor,
        override_reason=override_reason if within_interval else "",
    )
    record_event(
        actor=actor,
        action="sync.interval_overridden" if within_interval else "sync.run_now",
        subject=job.list,
        after={"run": run.pk, "reason": run.override_reason},
    )
    return run


def _require_override(job: SyncJob, actor: User | None, reason: str) -> None:
    allowed = allowed_at(job)
    local = allowed.astimezone(job.account.zone)
    hours = job.account.min_sync_interval_hours
    if not reason:
        raise IntervalError(
            f"Syncs of a list start at least {hours} hours apart. "
            f"The next one is allowed from {local:%d %B %Y, %H:%M} ({job.account.time_zone}).",
            allowed_at=allowed,
        )
    if actor is not None and not _is_administrator(job.account_id, actor):
        raise IntervalError(
            "Only an administrator may override the interval between two syncs.",
            allowed_at=allowed,
        )


def _is_administrator(account_id: int, user: User) -> bool:
    return Membership.objects.filter(
        account_id=account_id, user=user, role=Role.ADMINISTRATOR
    ).exists()


@transaction.atomic
def cancel_run(*, run: SyncRun, actor: User | None) -> None:
    """Cancel a run that waits or runs; a running one stops at its next page.

    What it has done stays done. A finished run stays as it is.
    """
    cancelled = SyncRun.objects.filter(pk=run.pk, state__in=ACTIVE_STATES).update(
        state=RunState.CANCELLED, finished_at=Now(), resume_at=None
    )
    if cancelled:
        get_record_store().forget_seen(run.pk)
        if not run.is_dry_run:  # that one says nothing of how the sync stands
            ask_for_review(run.account_id)
        record_event(actor=actor, action="sync.run_cancelled", subject=run, after={"run": run.pk})


@transaction.atomic
def release_removals(*, run: SyncRun, actor: User | None) -> None:
    """Let a run remove the records that the brake held: a person has looked.

    The run goes on with that step alone; it is no new sync. Raises InvalidSetupError when a
    later sync of the list has begun, because that one looked again.
    """
    later = SyncRun.objects.filter(job=run.job, pk__gt=run.pk)
    newer = later.exclude(kind=RunKind.DRY_RUN).exists()
    if not run.removals_held or newer:
        raise InvalidSetupError("These removals are out of date: a later sync has looked again.")
    options = read_options(run).releasing_removals(run.removals_held)
    try:
        with transaction.atomic():
            released = SyncRun.objects.filter(
                pk=run.pk,
                state=RunState.SUCCEEDED_WITH_ERRORS,
                removals_held=run.removals_held,
            ).update(
                state=RunState.QUEUED,
                finished_at=None,
                step=Step.REMOVAL,
                options=options.to_json(),
                message="",
                due_at=Now(),
                queued_at=Now(),
            )
    except IntegrityError as error:  # one active run per job
        raise InvalidSetupError("A sync of this list has just begun; it looks again.") from error
    if released:
        record_event(
            actor=actor,
            action="sync.removals_released",
            subject=run.job.list,
            after={"run": run.pk, "records": run.removals_held},
        )
        transaction.on_commit(lambda: ring(run.pk))
