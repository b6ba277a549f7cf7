"""`manage.py sync_run`: run a list's sync in the foreground."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from acton_connector.accounts.scope import account_scope
from sync import services
from sync.errors import SyncError
from sync.management.commands._shared import (
    add_account_argument,
    execute_in_foreground,
    get_account,
    get_job,
)
from sync.models import SyncJob, SyncRun


class Command(BaseCommand):
    """Runs a sync now, like Run Now, and prints its outcome."""

    help = "Runs a list's sync in the foreground and prints the outcome."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_account_argument(parser)
        parser.add_argument("--list", required=True, help="the list's name")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="tell what the sync would do, and change nothing here or in Salesforce",
        )
        parser.add_argument(
            "--override-interval",
            action="store_true",
            help="run inside the interval between two syncs; needs --reason",
        )
        parser.add_argument("--reason", default="", help="why; the audit log keeps it")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run; raise CommandError (exit status 1) when it is refused or does not succeed."""
        if options["override_interval"] != bool(options["reason"].strip()):
            raise CommandError("--override-interval and --reason belong together.")
        if options["dry_run"] and options["override_interval"]:
            raise CommandError("A dry run needs no --override-interval: no interval binds it.")
        with account_scope(get_account(options["account"])):
            job = get_job(options["list"])
            try:
                run = _start(job, options)
            except SyncError as error:
                raise CommandError(error.sentence) from error
            outcome = execute_in_foreground(run)
        if options["json"]:
            self.stdout.write(json.dumps(outcome.to_json(), sort_keys=True))
        else:
            self.stdout.write(outcome.to_text())
        if not outcome.is_good:
            name = "dry run" if options["dry_run"] else "sync"
            raise CommandError(f"The {name} did not succeed.")


def _start(job: SyncJob, options: dict[str, Any]) -> SyncRun:
    if options["dry_run"]:
        return services.preview(job=job, actor=None)
    return services.run_now(job=job, actor=None, override_reason=options["reason"])
