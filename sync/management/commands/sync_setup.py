"""`manage.py sync_setup`: set a list's sync up from a terminal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from acton_connector.accounts.scope import account_scope
from lists.records import MergeRule
from sync import services
from sync.errors import SyncError
from sync.management.commands._schedule import add_schedule_arguments, read_schedule
from sync.management.commands._shared import (
    add_account_argument,
    get_account,
    get_job,
    split_names,
)
from sync.models import DuplicateAction, PersonKind, SyncJob
from sync.setup.saving import SyncSetup


class Command(BaseCommand):
    """Replaces a list's whole set-up, as Save does on the page."""

    help = "Sets a list's sync up. What is not named is switched off, as on the Sync Setup page."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_account_argument(parser)
        parser.add_argument("--list", required=True, help="the list's name")
        parser.add_argument("--push-add", action="store_true", help="add new records to Salesforce")
        parser.add_argument(
            "--push-add-as",
            choices=[kind.value.lower() for kind in PersonKind],
            help="of a campaign's list: what people become whom Salesforce does not know",
        )
        parser.add_argument(
            "--push-update",
            action="store_true",
            help="update existing records; of a campaign's list its status, without any field",
        )
        parser.add_argument("--push-fields", help="push-update fields, with commas between")
        parser.add_argument(
            "--clearing-fields",
            help="those of the push-update fields that a blank clears in Salesforce",
        )
        parser.add_argument(
            "--assignment-rule",
            action="store_true",
            help="let the active assignment rule of Salesforce choose the owner of new leads",
        )
        parser.add_argument(
            "--duplicates",
            choices=DuplicateAction.values,
            default=DuplicateAction.SET_ASIDE,
            help="what to do when a duplicate rule of Salesforce refuses a record; "
            "save makes duplicates",
        )
        parser.add_argument("--pull-add", action="store_true", help="add new records to the list")
        parser.add_argument(
            "--pull-fields",
            help="pull-update fields, with commas between; Title=most_recent "
            "names a rule for what both sides changed: " + ", ".join(MergeRule),
        )
        parser.add_argument(
            "--remove-missing",
            action="store_true",
            help="remove records from the list when not found in Salesforce",
        )
        add_schedule_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Save the set-up; raise CommandError (exit status 1) when it is refused."""
        account = get_account(options["account"])
        with account_scope(account):
            job = get_job(options["list"])
            try:
                services.save_setup(job=job, setup=_read_setup(job, options), actor=None)
            except SyncError as error:
                raise CommandError(error.sentence) from error
            job.refresh_from_db()
        due = job.next_due_at
        when = (
            f"Next start: {due.astimezone(account.zone):%Y-%m-%d %H:%M} ({account.time_zone})."
            if due
            else "It has no schedule."
        )
        self.stdout.write(f"The sync of {job.list} is saved. {when}")


def _read_setup(job: SyncJob, options: dict[str, Any]) -> SyncSetup:
    push_ids = _find_columns(job, options["push_fields"])
    pull_rules = _find_rules(job, options["pull_fields"])
    return SyncSetup(
        push_add=options["push_add"],
        push_add_as=(options["push_add_as"] or "").capitalize(),
        push_update=options["push_update"] or bool(push_ids),
        push_column_ids=push_ids,
        clearing_column_ids=_find_columns(job, options["clearing_fields"]),
        use_assignment_rule=options["assignment_rule"],
        duplicates=DuplicateAction(options["duplicates"]),
        pull_add=options["pull_add"],
        pull_update=bool(pull_rules),
        pull_column_ids=frozenset(pull_rules),
        pull_rules=pull_rules,
        remove_missing=options["remove_missing"],
        schedule=read_schedule(job.account, options),
    )


def _find_rules(job: SyncJob, text: str | None) -> dict[int, MergeRule]:
    """Return the columns of a list like "Phone,Title=ours", each with its rule."""
    found: dict[int, MergeRule] = {}
    for part in split_names(text):
        name, _, rule = part.partition("=")
        if rule and rule not in list(MergeRule):
            raise CommandError(f"{rule!r} is no rule. There are: {', '.join(MergeRule)}.")
        for column_id in _find_columns(job, name):
            found[column_id] = MergeRule(rule) if rule else MergeRule.SALESFORCE
    return found


def _find_columns(job: SyncJob, text: str | None) -> frozenset[int]:
    columns = job.list.columns.all()
    by_name = {column.name.lower(): column.pk for column in columns}
    by_field = {column.salesforce_field.lower(): column.pk for column in columns}
    by_key = {**by_name, **by_field, **{column.key.lower(): column.pk for column in columns}}
    names = split_names(text)
    unknown = [name for name in names if name.lower() not in by_key]
    if unknown:
        raise CommandError(f"{job.list} has no column {', '.join(unknown)}.")
    return frozenset(by_key[name.lower()] for name in names)
