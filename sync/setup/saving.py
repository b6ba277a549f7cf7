"""Setting a job up: its options, its fields, its schedule."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.database_clock import read_database_time
from acton_connector.accounts.models import Account, User
from lists.models import ListKind
from lists.records import MergeRule
from sync.errors import InvalidSetupError, ScheduleLimitError
from sync.job_models import SCHEDULE_COLUMNS
from sync.models import (
    LONGEST_INTERVAL_HOURS,
    Direction,
    DuplicateAction,
    PersonKind,
    SyncJob,
    SyncJobField,
)
from sync.notices.asking import ask_for_review
from sync.schedules.due_times import compute_next_due
from sync.schedules.schedule import EveryHours, OnWeekdays, Schedule
from sync.setup.files import has_linked_records
from sync.setup.kept_choices import keep_choices
from sync.setup.rules import list_rules


@dataclass(frozen=True)
class SyncSetup:
    """Everything on the Sync Setup page; nothing is selected until a person selects it.

    `clearing_column_ids` are those of the push's columns whose blanks clear the field.
    `pull_rules` are the rules of the pull's columns, Salesforce's value first where it has none.
    `push_add_as` is of a campaign's list: what an unknown person becomes, Lead or Contact.
    """

    push_add: bool = False
    push_add_as: str = ""
    push_update: bool = False
    push_column_ids: frozenset[int] = frozenset()
    clearing_column_ids: frozenset[int] = frozenset()
    use_assignment_rule: bool = False
    duplicates: DuplicateAction = DuplicateAction.SET_ASIDE
    pull_add: bool = False
    pull_update: bool = False
    pull_column_ids: frozenset[int] = frozenset()
    pull_rules: Mapping[int, MergeRule] = field(default_factory=dict)
    remove_missing: bool = False
    schedule: Schedule | None = None


SETUP_COLUMNS = [
    "push_add",
    "push_add_as",
    "push_update",
    "use_assignment_rule",
    "duplicates",
    "pull_add",
    "pull_update",
    "remove_missing",
    "frequency",
    *SCHEDULE_COLUMNS,
    "next_due_at",
    "pause_reason",
]


@transaction.atomic
def save_setup(*, job: SyncJob, setup: SyncSetup, actor: User | None) -> None:
    """Save the whole set-up of a job, or raise a SyncError and save nothing of it.

    What was chosen of a field that is away now stays chosen.

    `job` is read anew: its page was filled in while runs may have started.
    """
    # The account's row is the lock under which scheduled syncs are counted.
    account = Account.objects.select_for_update(no_key=True).get(pk=job.account_id)
    ask_for_review(job.account_id)
    SyncJob.objects.select_for_update(no_key=True).get(pk=job.pk)
    job.refresh_from_db()
    setup = keep_choices(job, setup)
    before = describe_setup(job)
    _check_columns(job, setup)
    _check_schedule(account, job, setup)
    job.push_add, job.push_update = setup.push_add, setup.push_update
    job.use_assignment_rule, job.duplicates = setup.use_assignment_rule, setup.duplicates
    job.push_add_as = setup.push_add_as
    job.pull_add, job.pull_update = setup.pull_add, setup.pull_update
    job.remove_missing = setup.remove_missing
    _set_schedule(job, setup)
    job.save(update_fields=SETUP_COLUMNS)
    _choose_columns(job, Direction.PUSH, setup.push_column_ids)
    _choose_columns(job, Direction.PULL, setup.pull_column_ids)
    _choose_clearing(job, setup.clearing_column_ids)
    _choose_rules(job, setup.pull_rules)
    record_event(
        actor=actor,
        action="sync.setup_saved",
        subject=job.list,
        before=before,
        after=describe_setup(job),
    )


def _check_columns(job: SyncJob, setup: SyncSetup) -> None:
    known = set(job.list.columns.exclude(salesforce_field="").values_list("pk", flat=True))
    if not (setup.push_column_ids | setup.pull_column_ids) <= known:
        raise InvalidSetupError("A chosen field is not a column of this list.")
    if job.list.is_read_only and (setup.push_add or setup.push_update or setup.push_column_ids):
        raise InvalidSetupError("Nothing of this list is pushed: it is read from Salesforce alone.")
    if not setup.clearing_column_ids <= setup.push_column_ids:
        raise InvalidSetupError("Only a push-update field can be cleared by a blank: choose both.")
    _check_people(job, setup)
    _check_rules(job, setup)
    _check_file(job, setup)
    pushes_status = job.list.kind == ListKind.CAMPAIGN  # in any case (S72)
    if setup.push_update and not setup.push_column_ids and not pushes_status:
        raise InvalidSetupError("Choose at least one push-update field, or untick that option.")
    takes_all = job.list.kind == ListKind.REPORT  # its columns come automatically (S79)
    if setup.pull_update and not setup.pull_column_ids and not takes_all:
        raise InvalidSetupError("Choose at least one pull-update field, or untick that option.")


def _check_rules(job: SyncJob, setup: SyncSetup) -> None:
    if not setup.pull_rules.keys() <= setup.pull_column_ids:
        raise InvalidSetupError("Only a pull-update field has a rule: choose both.")
    if not set(setup.pull_rules.values()) <= set(list_rules(job.list)):
        raise InvalidSetupError(
            "Whose change is the later one cannot be told in this list: choose another rule."
        )


def _check_people(job: SyncJob, setup: SyncSetup) -> None:
    is_campaign = job.list.kind == ListKind.CAMPAIGN
    makes_leads = PersonKind.LEAD in (job.list.sobject_type, setup.push_add_as)
    if setup.use_assignment_rule and not makes_leads:
        raise InvalidSetupError("Assignment rules are for leads alone.")
    if setup.push_add_as and not (is_campaign and setup.push_add):
        raise InvalidSetupError("Only new members of a campaign are added as a lead or a contact.")
    if is_campaign and setup.push_add and setup.push_add_as not in PersonKind.values:
        raise InvalidSetupError(
            "Choose whether people whom Salesforce does not know become leads or contacts."
        )


def _check_file(job: SyncJob, setup: SyncSetup) -> None:
    if not job.list.is_from_file:
        return
    if not job.list.mapped_object:
        raise InvalidSetupError("Choose first what the columns of this list are in Salesforce.")
    if setup.pull_add or setup.remove_missing:
        raise InvalidSetupError(
            "Nobody is added to or removed from a list that came from a file: its people do not "
            "come from Salesforce."
        )
    if setup.pull_update and not has_linked_records(job.list):
        raise InvalidSetupError(
            "No record of this list is in Salesforce yet: push the list first, then pull updates."
        )


def _check_schedule(account: Account, job: SyncJob, setup: SyncSetup) -> None:
    if setup.schedule is None:
        return
    check_schedule(account, setup.schedule)
    others = SyncJob.objects.exclude(frequency="").exclude(pk=job.pk).count()
    if others >= account.max_scheduled_syncs:
        raise ScheduleLimitError(
            f"This account has its {account.max_scheduled_syncs} scheduled syncs already. "
            "Take another list off its schedule first, or ask the operator for more."
        )


def check_schedule(account: Account, schedule: Schedule) -> None:
    """Raise InvalidSetupError where a schedule names no day, or breaks the interval."""
    if isinstance(schedule, OnWeekdays) and not schedule.weekdays:
        raise InvalidSetupError("A weekly sync needs at least one day of the week.")
    shortest = account.min_sync_interval_hours
    if schedule.shortest_hours < shortest:
        raise InvalidSetupError(f"The shortest interval between two syncs is {shortest} hours.")
    if schedule.shortest_hours > LONGEST_INTERVAL_HOURS:
        raise InvalidSetupError("The longest interval between two syncs is 31 days.")


def _set_schedule(job: SyncJob, setup: SyncSetup) -> None:
    job.schedule = keep_first_day(job.schedule, setup.schedule)
    job.pause_reason = ""  # whoever saves has looked
    job.next_due_at = compute_next_due(job, read_database_time(job.account_id))


def keep_first_day(saved: Schedule | None, chosen: Schedule | None) -> Schedule | None:
    """Return what was chosen, its hours counted from the day that was saved with the same ones."""
    if isinstance(saved, EveryHours) and isinstance(chosen, EveryHours):
        is_same = saved == replace(chosen, start_date=saved.start_date)
        return saved if is_same else chosen
    return chosen


def _choose_columns(job: SyncJob, direction: Direction, column_ids: frozenset[int]) -> None:
    job.fields.filter(direction=direction).exclude(column_id__in=column_ids).delete()
    SyncJobField.objects.bulk_create(
        [
            SyncJobField(
                account_id=job.account_id, job=job, direction=direction, column_id=column_id
            )
            for column_id in sorted(column_ids)
        ],
        ignore_conflicts=True,
    )


def _choose_clearing(job: SyncJob, column_ids: frozenset[int]) -> None:
    pushed = job.fields.filter(direction=Direction.PUSH)
    pushed.exclude(column_id__in=column_ids).update(clears_field=False)
    pushed.filter(column_id__in=column_ids).update(clears_field=True)


def _choose_rules(job: SyncJob, rules: Mapping[int, MergeRule]) -> None:
    chosen = list(job.fields.filter(direction=Direction.PULL))
    for each in chosen:
        each.rule = rules.get(each.column_id, MergeRule.SALESFORCE)
    SyncJobField.objects.bulk_update(chosen, ["rule"])


def describe_setup(job: SyncJob) -> dict[str, Any]:
    """Return the set-up as the audit log keeps it."""
    chosen = job.fields.select_related("column").order_by("column__position")
    return {
        "push_add": job.push_add,
        "push_add_as": job.push_add_as,
        "push_update": job.push_update,
        "push_fields": [f.column.name for f in chosen if f.direction == Direction.PUSH],
        "clearing_fields": [f.column.name for f in chosen if f.clears_field],
        "use_assignment_rule": job.use_assignment_rule,
        "duplicates": job.duplicates,
        "pull_add": job.pull_add,
        "pull_update": job.pull_update,
        "pull_fields": [f.column.name for f in chosen if f.direction == Direction.PULL],
        "pull_rules": {f.column.name: f.rule for f in chosen if f.rule != MergeRule.SALESFORCE},
        "remove_missing": job.remove_missing,
        "schedule": job.schedule.describe() if job.schedule else "",
    }
