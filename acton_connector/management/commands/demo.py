"""The whole product on this machine, with a Salesforce organisation of its own."""

import json
import signal
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from acton_connector.accounts.scope import account_scope
from acton_connector.management.demonstration.application import run_application, trust
from acton_connector.management.demonstration.check import check_list_mirrors, check_pushed_once
from acton_connector.management.demonstration.organisation import run_organisation
from acton_connector.management.demonstration.people import (
    EMAIL,
    find_or_make_account,
    find_or_make_administrator,
    read_or_make_password,
)
from acton_connector.management.demonstration.story import CONTACT_FIELDS, LEAD_FIELDS, Story
from lists.models import ListKind, ListRecord
from sync.models import SyncJob

APPLICATION_LOG = "application.log"


class Command(BaseCommand):
    """Walks the administrator's path, prints a summary, then serves the pages until Ctrl-C.

    The last line on standard output is one JSON object. With `--exit` the command ends after it,
    with status 0 only if every step worked.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port of the pages, and whether to end after the summary."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--exit", action="store_true", help="end after the summary")

    def handle(self, *_args: Any, port: int, exit: bool, **_options: Any) -> None:  # noqa: A002 - the flag's name
        """Run the demonstration; raise CommandError with a sentence when a step failed."""
        self.began = time.monotonic()
        signal.signal(signal.SIGTERM, _interrupt)
        directory = Path(settings.VAR_DIR) / "demo"
        try:
            with ExitStack() as running:
                self._demonstrate(directory, port, running)
                if not exit:
                    self._serve()
        except KeyboardInterrupt:
            self.stderr.write("Stopped.")
        except Exception as error:
            log = directory / APPLICATION_LOG
            raise CommandError(
                f"The demonstration failed: {error}\nWhat the application printed: {log}"
            ) from error

    def _demonstrate(self, directory: Path, port: int, running: ExitStack) -> None:
        organisation = running.enter_context(run_organisation(directory / "organisation"))
        self._tell(
            f"A Salesforce organisation of our own answers at {organisation.url} "
            f"({organisation.leads:,} leads, {organisation.contacts:,} contacts)"
        )
        trust(organisation)
        call_command("migrate", interactive=False, verbosity=0)
        log = directory / APPLICATION_LOG
        application = running.enter_context(run_application(port=port, log=log))
        for remark in application.remarks:
            self._tell(f"Note: {remark}")
        self._tell(f"The application answers at {application.url}")
        account = find_or_make_account()
        password = read_or_make_password(directory / "password")
        actor = find_or_make_administrator(account, password)
        with account_scope(account):
            summary = _walk(Story(account, actor, organisation, self._tell))
        self._tell(f"Log in at {application.url} as {EMAIL} with the password {password}")
        seconds = round(time.monotonic() - self.began, 1)
        self.stdout.write(json.dumps({**summary, "seconds": seconds, "url": application.url}))
        self.stdout.flush()

    def _serve(self) -> None:
        self.stderr.write("Serving until Ctrl-C.")
        threading.Event().wait()

    def _tell(self, sentence: str) -> None:
        self.stdout.write(f"[{time.monotonic() - self.began:5.1f} s] {sentence}")
        self.stdout.flush()


def _walk(story: Story) -> dict[str, Any]:
    connection = story.connect_salesforce()
    leads = story.import_or_find(ListKind.LEADS, LEAD_FIELDS)
    contacts = story.import_or_find(ListKind.CONTACTS, CONTACT_FIELDS)
    story.upload_people(leads)
    story.edit_here(leads)
    story.edit_there(connection, leads)
    story.set_up_leads(leads)
    run = story.run_leads(leads)
    scheduled = story.schedule_contacts(contacts)
    check_pushed_once(connection, story.pushed)
    mirrored = check_list_mirrors(connection, leads.list) + check_list_mirrors(
        connection, contacts.list
    )
    story.tell(f"Checked in Salesforce: every pushed record once, {mirrored:,} records the same")
    return {
        # A run may read what changed alone; the list holds what all of them have pulled.
        "leads_pulled": _count_mirrored(leads) - run.records_pushed_new,
        "contacts_pulled": _count_mirrored(contacts),
        "records_pushed": run.records_pushed_new + run.records_pushed_changed,
        "records_set_aside": run.records_failed,
        "runs_by_schedule": 1 if scheduled else 0,
        # Scoring is not part of the product yet.
        "hot_prospects": None,
    }


def _count_mirrored(job: SyncJob) -> int:
    return ListRecord.objects.filter(list=job.list, salesforce_id__isnull=False).count()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
