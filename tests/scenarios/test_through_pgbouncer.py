"""Whole runs through PgBouncer: each transaction is another connection to PostgreSQL.

What belongs to a connection (a temporary table, a setting, an advisory lock, a prepared statement)
is not there any more in the next transaction, or is there for somebody else.
"""

import contextlib

import psycopg
import pytest

from lists.models import ListRecord
from sync.models import RunState
from sync.services import preview
from tests.scenarios import test_killed_worker
from tests.scenarios.worker import database_url
from tests.sync_kit import FIELDS
from tools.services.pgbouncer import POOL_SIZE

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("pgbouncer")]

WHAT_A_CONNECTION_KEEPS = """
    SELECT 'prepared statement', name FROM pg_prepared_statements
    UNION SELECT 'setting', name FROM pg_settings WHERE source = 'session'
    UNION SELECT 'temporary table', relname FROM pg_class WHERE pg_my_temp_schema() = relnamespace
    UNION SELECT 'advisory lock', objid::text FROM pg_locks
          WHERE locktype = 'advisory' AND pid = pg_backend_pid()
"""
# PgBouncer itself sets these as the client asked for them, whenever it lends the connection.
FOLLOWED = {"application_name", "client_encoding", "DateStyle", "TimeZone"}


def test_import_dry_run_push_and_pull_keep_list_and_organisation_alike(sync):
    job = sync.import_leads()
    sync.set_up(job, push_add=True, push=FIELDS, pull_add=True, pull=FIELDS, remove_missing=True)
    ours, theirs, gone = ListRecord.objects.filter(list=job.list).order_by("salesforce_id")[:3]
    new = sync.add_local(job, LastName="New", Company="Company", Email=sync.unique())
    sync.edit(job, ours.salesforce_id, Title="Edited here")
    sync.org.client().Lead.update(theirs.salesforce_id, {"Title": "Edited there"})
    sync.org.client().Lead.delete(gone.salesforce_id)

    looked = sync.execute(preview(job=job, actor=sync.actor))
    assert looked.state == RunState.SUCCEEDED, looked.message
    assert ListRecord.objects.get(pk=new.pk).salesforce_id is None  # a dry run changes nothing
    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED, run.message
    assert (run.records_pushed_new, run.records_pushed_changed, run.records_removed) == (1, 1, 1)
    assert sync.record(job, theirs.salesforce_id).data["Title"] == "Edited there"
    held = {r.salesforce_id: r.data for r in ListRecord.objects.filter(list=job.list)}
    assert held == test_killed_worker.expected_leads(sync.org)
    assert_nothing_is_left_at_a_connection()


@pytest.mark.fault("F79")
def test_a_killed_pull_is_resumed(sync, tmp_path):
    test_killed_worker.test_a_pull_that_is_killed_ends_as_if_nothing_had_happened(sync, tmp_path)


def assert_nothing_is_left_at_a_connection():
    """Borrow every connection of the pool at once, and look what it keeps."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(psycopg.connect(database_url())) for _ in range(POOL_SIZE)]
        # Each is in a transaction until the block ends, so no two have the same connection.
        kept = [row for client in clients for row in client.execute(WHAT_A_CONNECTION_KEEPS)]
    assert [row for row in kept if row[1] not in FOLLOWED] == []
