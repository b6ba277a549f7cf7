"""The database ends our connection in the middle of a run: the run goes on, nothing is lost (F81).

What a worker does on a database that crashes as a whole is tested with the kills of runs.
"""

import psycopg
import pytest
from django.db import connection

from lists.models import ListRecord
from sync.engine.context import RunContext
from sync.machine.database_away import DATABASE_AWAY
from sync.models import PullCursor, RunState
from tests.scenarios.worker import database_url
from tests.sync_kit import FIELDS

pytestmark = pytest.mark.fault("F81")


def end_connection():
    """End the connection of this thread, as the administrator of PostgreSQL does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.fixture
def ends_connection_at(monkeypatch):
    """Return what lets the connection end once, before the n-th checkpoint is written."""

    def install(number):
        left = [number]
        advance = RunContext.advance

        def advance_on_a_broken_connection(self, *args, **counts):
            left[0] -= 1
            if left[0] == 0:
                end_connection()
            advance(self, *args, **counts)

        monkeypatch.setattr(RunContext, "advance", advance_on_a_broken_connection)

    return install


@pytest.mark.parametrize("number", range(1, 7))
def test_a_run_whose_connection_ends_goes_on_at_its_checkpoint(sync, ends_connection_at, number):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is a file, and has no connection that somebody else could end")
    job = sync.import_leads()
    sync.set_up(job, push=["Title"], push_add=True, pull=FIELDS, remove_missing=True)
    record = ListRecord.objects.filter(list=job.list).order_by("pk")[0]
    sync.edit(job, record.salesforce_id, Title="Edited")
    new = sync.add_local(job, LastName="New", Company="Company", Email=sync.unique())
    PullCursor.objects.filter(job=job).delete()  # reads everything, by Bulk
    ends_connection_at(number)

    run = sync.run(job)

    assert (run.state, run.message) == (RunState.INTERRUPTED, DATABASE_AWAY)
    assert run.attempts == 0  # it says nothing about the place
    run = sync.execute(run)
    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    assert (run.records_pushed_changed, run.records_pushed_new) == (1, 1)
    assert run.records_read == run.records_expected
    assert sync.org.query(f"SELECT Title FROM Lead WHERE Id = '{record.salesforce_id}'") == [
        {"Title": "Edited"}
    ]
    new.refresh_from_db()
    assert new.salesforce_id
