"""`manage.py list_import`: import a list from a terminal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from acton_connector.accounts.scope import account_scope
from connectors.salesforce import SalesforceError
from connectors.selectors import get_usable_connection, list_field_choices
from connectors.services import ensure_fields
from lists.models import ListKind
from sync import services
from sync.errors import SyncError
from sync.forms.imports import SOURCES, USUAL_FIELDS
from sync.management.commands._shared import (
    add_account_argument,
    execute_in_foreground,
    get_account,
    split_names,
)


class Command(BaseCommand):
    """Imports all leads or all contacts into a new list, in the foreground."""

    help = "Imports all Salesforce leads or contacts into a new list and prints the outcome."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_account_argument(parser)
        parser.add_argument("--source", required=True, help="leads or contacts")
        parser.add_argument("--name", required=True, help="the new list's name")
        parser.add_argument(
            "--fields", help="API names of the columns, with commas between; Email always is one"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Import; raise CommandError (exit status 1) when it is refused or fails."""
        account = get_account(options["account"])
        kind = _read_source(options["source"])
        with account_scope(account):
            try:
                ensure_fields(connection=get_usable_connection(), sobject_type=kind.sobject_type)
                run = services.import_list(
                    account=account,
                    kind=kind,
                    name=options["name"],
                    fields=split_names(options["fields"]) or _usual_fields(kind),
                    actor=None,
                )
            except SalesforceError as error:
                raise CommandError(f"{error.message} {error.advice}") from error
            except SyncError as error:
                raise CommandError(error.sentence) from error
            outcome = execute_in_foreground(run)
        self.stdout.write(outcome.to_text())
        if not outcome.is_good:
            raise CommandError("The import did not succeed.")


def _read_source(text: str) -> ListKind:
    if text not in SOURCES:
        raise CommandError(f"The source {text!r} cannot be imported; choose leads or contacts.")
    return ListKind(text)


def _usual_fields(kind: ListKind) -> list[str]:
    choices = list_field_choices(kind.sobject_type)
    return [choice.name for choice in choices if choice.name in USUAL_FIELDS]
