"""The path of an administrator, step by step, through the services that the pages call."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time, timedelta
from uuid import UUID

from acton_connector.accounts.database_clock import read_database_time, read_day
from acton_connector.accounts.models import Account, User
from acton_connector.management.demonstration.csv_file import render_new_people
from acton_connector.management.demonstration.organisation import LocalOrganisation
from acton_connector.management.demonstration.waiting import wait_for, wait_for_run
from connectors.clients import open_client
from connectors.credentials import Credentials
from connectors.models import Connection
from connectors.salesforce import update_records
from connectors.services import connect, ensure_fields
from lists.models import ListColumn, ListKind, ListRecord, MarketingList
from lists.services import edit_value
from lists.uploads import upload_csv
from sync.models import SyncJob, SyncRun, Trigger
from sync.schedules.schedule import EveryHours
from sync.selectors import next_allowed_start
from sync.services import SyncSetup, import_list, run_now, save_setup

LEAD_FIELDS = ["FirstName", "LastName", "Company", "Email", "Title", "Phone", "Country"]
CONTACT_FIELDS = ["FirstName", "LastName", "Email", "Title", "Phone"]
CHANGING_FIELDS = ("Title", "Phone")
HOURS = 4
SHORTLY = timedelta(seconds=2)
EDITED_HERE = 5
EDITED_THERE = 3


@dataclass
class Story:
    """What the steps share, and what they found."""

    account: Account
    actor: User
    organisation: LocalOrganisation
    tell: Callable[[str], None]
    pushed: set[UUID] = field(default_factory=set)

    def connect_salesforce(self) -> Connection:
        """Do what Settings > Connectors > CRM > Salesforce > Connect does."""
        connection = connect(
            account=self.account,
            credentials=Credentials(
                login_host=self.organisation.host,
                username=self.organisation.username,
                password=self.organisation.password,
                security_token=self.organisation.security_token,
            ),
            actor=self.actor,
        )
        for sobject_type in ("Lead", "Contact"):
            ensure_fields(connection=connection, sobject_type=sobject_type)
        self.tell(
            f"Connected to {connection.organization_name} ({connection.edition}) "
            f"as {connection.sf_user_name}"
        )
        return connection

    def import_or_find(self, kind: ListKind, fields: list[str]) -> SyncJob:
        """Contacts > Marketing Lists > Import; a list of an earlier demonstration is used again."""
        known = MarketingList.objects.filter(name=kind.label).first()
        if known is not None:
            self.tell(f"{known}: {known.record_count:,} records, imported earlier")
            return known.sync_job
        queued = import_list(
            account=self.account, kind=kind, name=str(kind.label), fields=fields, actor=self.actor
        )
        run = wait_for_run(queued)
        self.tell(f"Imported {run.records_added:,} records into {run.job.list}")
        return run.job

    def upload_people(self, job: SyncJob) -> None:
        """Upload a CSV file of people whom Salesforce does not know."""
        content = render_new_people()
        result = upload_csv(
            marketing_list=job.list, file=io.BytesIO(content), size=len(content), actor=self.actor
        )
        self.tell(f"Uploaded a CSV file: {result.added} new people, {result.changed} changed")

    def edit_here(self, job: SyncJob) -> None:
        """Change the titles of a few leads in the grid."""
        title = ListColumn.objects.get(list=job.list, salesforce_field="Title")
        known = ListRecord.objects.filter(list=job.list, salesforce_id__isnull=False)
        for record in known.order_by("salesforce_id")[:EDITED_HERE]:
            now = read_database_time(self.account.pk).astimezone(self.account.zone)
            value = f"Edited by marketing, {now:%d %b %H:%M:%S}"
            edit_value(record=record, column=title, value=value, actor=self.actor)
        self.tell(f"Edited the title of {EDITED_HERE} leads in the list")

    def edit_there(self, connection: Connection, job: SyncJob) -> None:
        """Let a sales person change the phone number of a few leads in Salesforce."""
        known = ListRecord.objects.filter(list=job.list, salesforce_id__isnull=False)
        moment = f"{read_database_time(self.account.pk):%H%M%S}"
        changes = [
            {"Id": record.salesforce_id, "Phone": f"+1 555 {number}{moment}"}
            for number, record in enumerate(known.order_by("-salesforce_id")[:EDITED_THERE])
        ]
        with open_client(connection) as client:
            update_records(client, "Lead", changes)
        self.tell(f"Sales changed the phone number of {EDITED_THERE} leads in Salesforce")

    def set_up_leads(self, job: SyncJob) -> None:
        """Sync Setup of the leads: both directions, every four hours from two at night."""
        self._set_up(job, start_time=time(2, 0), both_ways=True)
        due = job.next_due_at
        if due is not None:
            local = due.astimezone(self.account.zone)
            self.tell(f"Set up the sync of {job.list}; its next start is {local:%d %B, %H:%M}")

    def run_leads(self, job: SyncJob) -> SyncRun:
        """Run Now; a demonstration soon after another one needs the administrator's override."""
        reason = "Another demonstration" if next_allowed_start(job) else ""
        new = ListRecord.objects.filter(list=job.list, salesforce_id=None)
        self.pushed = set(new.values_list("record_id", flat=True))
        run = wait_for_run(run_now(job=job, actor=self.actor, override_reason=reason))
        pushed = run.records_pushed_new + run.records_pushed_changed
        self.tell(
            f"Ran it: {run.records_read:,} read, {run.records_updated:,} updated, "
            f"{pushed:,} pushed ({run.records_pushed_new:,} new), "
            f"{run.records_failed:,} set aside, {run.api_calls:,} API calls"
        )
        return run

    def schedule_contacts(self, job: SyncJob) -> SyncRun | None:
        """Put the contacts on a schedule that is due in a moment, and see it start by itself.

        Returns None where a run of an earlier demonstration is too short a time ago.
        """
        allowed_at = next_allowed_start(job)
        self._set_up(job, start_time=self._due_in_a_moment(), both_ways=False)
        if allowed_at is not None:
            local = allowed_at.astimezone(self.account.zone)
            self.tell(f"{job.list} ran by itself earlier; it may again from {local:%H:%M} on")
            return None
        run = wait_for(lambda: _finished_by_schedule(job), what="the scheduled sync")
        self.tell(f"{run.job.list} ran by itself, on its schedule: {run.records_read:,} read")
        return run

    def _due_in_a_moment(self) -> time:
        soon = read_database_time(self.account.pk).astimezone(self.account.zone) + SHORTLY
        # Counted from one interval earlier, so that a start just after midnight is today's too.
        return (soon if soon.hour < HOURS else soon - timedelta(hours=HOURS)).time()

    def _set_up(self, job: SyncJob, *, start_time: time, both_ways: bool) -> None:
        columns = job.list.columns.all()
        changing = frozenset(c.pk for c in columns if c.salesforce_field in CHANGING_FIELDS)
        setup = SyncSetup(
            push_add=both_ways,
            push_update=both_ways,
            push_column_ids=changing if both_ways else frozenset(),
            pull_add=True,
            pull_update=True,
            pull_column_ids=frozenset(column.pk for column in columns),
            remove_missing=True,
            schedule=EveryHours(HOURS, start_time, read_day(self.account)),
        )
        save_setup(job=job, setup=setup, actor=self.actor)
        job.refresh_from_db()


def _finished_by_schedule(job: SyncJob) -> SyncRun | None:
    return SyncRun.objects.filter(
        job=job, trigger=Trigger.SCHEDULE, finished_at__isnull=False
    ).first()
