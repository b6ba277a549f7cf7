"""`manage.py list_import`: import a list from a terminal."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from acton_connector.accounts.models import Account
from acton_connector.accounts.scope import account_scope
from connectors.clients import open_client
from connectors.models import Feature
from connectors.salesforce import SalesforceError, normalise_id
from connectors.selectors import get_usable_connection, list_field_choices
from connectors.services import ensure_fields
from connectors.usage import UsageMeter
from lists.models import ListKind
from lists.uploads import UploadError
from sync import services
from sync.errors import SyncError
from sync.forms.imports import CHOSEN_SOURCES, OBJECT_SOURCES, USUAL_FIELDS
from sync.management.commands._shared import (
    add_account_argument,
    execute_in_foreground,
    get_account,
    split_names,
)
from sync.models import PersonKind, SyncJob, SyncRun
from sync.setup.chosen import find_chosen
from sync.setup.files import import_file, list_writable_fields, map_columns, propose_mapping

SOURCE_HELP = "leads, contacts, campaign:ID, report:ID or file:PATH"


class Command(BaseCommand):
    """Imports leads, contacts, a campaign, a report or a file into a new list."""

    help = (
        "Imports all Salesforce leads or contacts, a campaign's members, a saved report or a CSV "
        "file into a new list and prints the outcome."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_account_argument(parser)
        parser.add_argument("--source", required=True, help=SOURCE_HELP)
        parser.add_argument("--name", required=True, help="the new list's name")
        parser.add_argument(
            "--fields",
            help="API names of the columns, with commas between; Email always is one. "
            "All those of a campaign or a report come by themselves",
        )
        parser.add_argument(
            "--as",
            dest="become",
            choices=[kind.value.lower() for kind in PersonKind],
            help="what the people of a file become in Salesforce; its columns are joined with the "
            "fields of the same name or label",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Import; raise CommandError (exit status 1) when it is refused or fails."""
        account = get_account(options["account"])
        source, _, path = options["source"].partition(":")
        if source == ListKind.FILE:
            with account_scope(account):
                self._import_file(account, Path(path), options["name"], options["become"] or "")
            return
        if options["become"]:
            raise CommandError("--as is for a CSV file: --source file:PATH.")
        kind, source_id = _read_source(options["source"])
        fields = split_names(options["fields"])
        if source_id and fields:
            raise CommandError("All fields of a campaign or a report come along: leave --fields.")
        with account_scope(account):
            try:
                if source_id:
                    run = _import_chosen(account, kind, source_id, options["name"])
                else:
                    run = _import_object(account, kind, options["name"], fields)
            except SalesforceError as error:
                raise CommandError(f"{error.message} {error.advice}") from error
            except SyncError as error:
                raise CommandError(error.sentence) from error
            outcome = execute_in_foreground(run)
        self.stdout.write(outcome.to_text())
        if not outcome.is_good:
            raise CommandError("The import did not succeed.")

    def _import_file(self, account: Account, path: Path, name: str, become: str) -> None:
        try:
            with path.open("rb") as file, transaction.atomic():
                job, uploaded = import_file(
                    account=account, name=name, file=file, size=None, actor=None
                )
                mapped = _join_with_fields(job, become.capitalize()) if become else {}
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except UploadError as error:
            raise CommandError("\n".join(error.sentences)) from error
        except SalesforceError as error:
            raise CommandError(f"{error.message} {error.advice}") from error
        except SyncError as error:
            raise CommandError(error.sentence) from error
        self.stdout.write(
            f"Import of {job.list}: {uploaded.added:,} records added, "
            f"file read as {uploaded.encoding}"
        )
        for column, field in mapped.items():
            self.stdout.write(f"  {column}: {field or 'not sent to Salesforce'}")


def _join_with_fields(job: SyncJob, sobject_type: str) -> dict[str, str]:
    """Give each column the field that is proposed for it; return the fields by its name."""
    ensure_fields(connection=get_usable_connection(), sobject_type=sobject_type)
    columns = list(job.list.columns.all())
    fields = propose_mapping(columns, list_writable_fields(sobject_type))
    map_columns(job=job, sobject_type=sobject_type, fields=fields, actor=None)
    return {column.name: fields.get(column.pk, "") for column in columns}


def _import_object(account: Account, kind: ListKind, name: str, fields: list[str]) -> SyncRun:
    ensure_fields(connection=get_usable_connection(), sobject_type=kind.sobject_type)
    return services.import_list(
        account=account, kind=kind, name=name, fields=fields or _usual_fields(kind), actor=None
    )


def _import_chosen(account: Account, kind: ListKind, source_id: str, name: str) -> SyncRun:
    with (
        UsageMeter(feature=Feature.SETUP) as meter,
        open_client(get_usable_connection(), meter=meter) as client,
    ):
        chosen = find_chosen(client, kind, source_id)
    return chosen.start_import(account=account, name=name, actor=None)


def _read_source(text: str) -> tuple[ListKind, str]:
    """Return the kind and, of a campaign or a report, the id."""
    kind, _, source_id = text.partition(":")
    if kind in OBJECT_SOURCES and not source_id:
        return ListKind(kind), ""
    if kind not in CHOSEN_SOURCES:
        raise CommandError(f"The source {text!r} cannot be imported; choose {SOURCE_HELP}.")
    try:
        return ListKind(kind), normalise_id(source_id)
    except ValueError as error:
        raise CommandError(f"{source_id!r} is not the id of a {kind}.") from error


def _usual_fields(kind: ListKind) -> list[str]:
    choices = list_field_choices(kind.sobject_type)
    return [choice.name for choice in choices if choice.name in USUAL_FIELDS]
