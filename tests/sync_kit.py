"""An account connected to the local organisation, and runs that are executed at once."""

import uuid

import pytest
from django.utils import timezone

from connectors.clients import open_client
from connectors.credentials import Credentials
from connectors.services import connect, refresh_fields
from lists.models import ListKind, ListRecord
from lists.services import refresh_record_count
from sync.engine.runner import execute_run
from sync.models import SyncJob, SyncRun
from sync.services import SyncSetup, import_list, run_now, save_setup

FIELDS = ["FirstName", "LastName", "Company", "Email", "Title", "Phone", "Description"]


class Sync:
    """What a test does with an account: import, set up, run."""

    def __init__(self, account, org, actor):
        self.account, self.org, self.actor = account, org, actor

    def import_leads(self, fields=FIELDS, name="All Salesforce Leads"):
        run = import_list(
            account=self.account, kind=ListKind.LEADS, name=name, fields=fields, actor=self.actor
        )
        return self.execute(run).job

    def set_up(self, job, *, push=(), pull=(), clearing=(), **options):
        columns = {c.salesforce_field: c.pk for c in job.list.columns.all()}
        values = {
            "push_update": bool(push),
            "push_column_ids": frozenset(columns[name] for name in push),
            "clearing_column_ids": frozenset(columns[name] for name in clearing),
            "pull_update": bool(pull),
            "pull_column_ids": frozenset(columns[name] for name in pull),
        }
        setup = SyncSetup(**{**values, **options})
        save_setup(job=job, setup=setup, actor=self.actor)

    def run(self, job):
        SyncJob.objects.filter(pk=job.pk).update(last_started_at=None)
        job.refresh_from_db()
        return self.execute(run_now(job=job, actor=self.actor))

    def execute(self, run):
        refresh_record_count(marketing_list=run.job.list)  # whatever the test did by hand
        assert execute_run(run.pk)
        run = SyncRun.objects.select_related("job__list").get(pk=run.pk)
        # Kept at the list, and not counted after every run.
        assert run.job.list.record_count == ListRecord.objects.filter(list=run.job.list).count()
        return run

    def unique(self, name="person"):
        """Return an address that no other test uses."""
        return f"{name}.{uuid.uuid4().hex[:12]}@example.net"

    def create_lead(self, **values):
        values = {"LastName": "Test", "Company": "Test Company", **values}
        return self.org.client().Lead.create(values)["id"]

    def add_local(self, job, **data):
        """Add a record as a CSV upload does: new here, unknown to Salesforce."""
        record = ListRecord(
            account=self.account,
            list=job.list,
            email=data.get("Email", "").lower(),
            data={key: data.get(key) for key in job.list.columns.values_list("key", flat=True)},
            updated_at=job.list.created_at,
            edited_at=timezone.now(),
        )
        record.save(force_insert=True)
        return record

    def edit(self, job, salesforce_id, **values):
        """Change a record as the grid does: the value last agreed on is kept."""
        record = self.record(job, salesforce_id)
        dirty = dict(record.dirty or {})
        for key, value in values.items():
            dirty.setdefault(key, record.data[key])
            record.data[key] = value
        record.dirty, record.edited_at = dirty, timezone.now()
        record.save()

    def record(self, job, salesforce_id):
        return ListRecord.objects.get(list=job.list, salesforce_id=salesforce_id)


@pytest.fixture
def sync(transactional_db, account, administrator, local_org, settings):
    settings.SALESFORCE_EXTRA_LOGIN_HOSTS = [local_org.host]
    settings.SALESFORCE_CA_BUNDLE = local_org.ca_file
    connection = connect(
        account=account,
        credentials=Credentials(
            login_host=local_org.host,
            username=local_org.username,
            password=local_org.password,
            security_token=local_org.security_token,
        ),
        actor=administrator,
    )
    with open_client(connection) as client:
        for sobject_type in ("Lead", "Contact"):
            refresh_fields(client=client, sobject_type=sobject_type)
    return Sync(account, local_org, administrator)
