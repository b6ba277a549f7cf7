"""A list in step with Salesforce, and what a fault in the middle of its next pull leaves of it."""

from datetime import time

import pytest
from django.urls import reverse
from django.utils.html import escape

from connectors.models import Connection, ConnectionState
from connectors.remedies import find_remedy
from connectors.services import test_connection as test_stored_credentials
from lists.models import ListRecord
from sync.engine.runner import execute_run
from sync.models import FailureReason, PullCursor, RecordIssue, RunState, SyncJob, SyncRun
from sync.queue.tick import tick
from sync.schedules.schedule import OnWeekdays
from tests.connectors.soap import data_calls, logins
from tests.scenarios.test_killed_worker import expected_leads, held_leads
from tests.sync_kit import FIELDS

RESULTS = r"/jobs/query/[^/]+/results"
OPEN_POLICIES = {
    "soap_login_enabled": True,
    "oldest_api_version": 31,
    "api_enabled": True,
    "locked": False,
    "any_api_auth_required": False,
    "instance_url": None,
}
OPEN_USER = {"active": True, "frozen": False, "locked": False, "password_expired": False}


class InStep:
    """All leads, in a list whose next sync reads everything in pages of 200, and what it did."""

    def __init__(self, sync, client):
        self.sync, self.org, self.client = sync, sync.org, client
        self.job = sync.import_leads()
        daily = OnWeekdays(time(2))
        sync.set_up(self.job, pull_add=True, remove_missing=True, pull=FIELDS, schedule=daily)
        self.before = held_leads(self.job)
        assert len(self.before) > 400
        self.start_over()

    def start_over(self):
        """Let the next pull read everything, and count the calls anew."""
        PullCursor.objects.filter(job=self.job).delete()
        self.org.forget_calls()

    def break_second_page(self, *control):
        """Do something inside Salesforce before it answers the second page; sessions end there."""
        ended = [*control, ["expire-sessions", {}]]
        self.org.fault(RESULTS, nth=2, do=ended)

    def run(self):
        return self.sync.run(self.job)

    def page_of(self, run):
        return self.client.get(reverse("run_detail", args=["example", run.pk])).content.decode()

    def logins(self):
        return len(logins(self.org))

    def assert_nothing_is_lost(self):
        """The list holds what it held: nothing doubled, removed or set aside."""
        assert held_leads(self.job) == self.before
        assert ListRecord.objects.filter(list=self.job.list).count() == len(self.before)
        assert not RecordIssue.objects.exists()

    def assert_paused(self, run, code, *, logins):
        """The connection stands still for this reason; the pages say so, and nothing calls."""
        connection = Connection.objects.get()
        assert (connection.state, connection.reason_code) == (ConnectionState.PAUSED, code)
        assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.CONNECTION)
        assert run.advice == connection.advice
        assert self.logins() == logins
        self.assert_nothing_is_lost()
        assert f"<strong>What to do:</strong> {escape(run.advice)}" in self.page_of(run)
        remedy = find_remedy(code)
        url = reverse("salesforce_connection", args=["example"])
        page = self.client.get(url).content.decode()
        assert escape(connection.reason) in page
        assert remedy.label in page
        self.assert_still()

    def assert_still(self):
        """Nothing calls Salesforce any more, although the job is due."""
        self.org.forget_calls()
        SyncJob.objects.filter(pk=self.job.pk).update(
            next_due_at=self.job.list.created_at, last_started_at=None
        )
        tick()
        waiting = SyncRun.objects.get(job=self.job, state=RunState.QUEUED)
        assert not execute_run(waiting.pk)
        assert data_calls(self.org) == []

    def assert_heals(self):
        """The cause is mended: what is stored works, and the next run puts everything right."""
        self.org.mend()
        test_stored_credentials(connection=Connection.objects.get(), actor=self.sync.actor)
        self.assert_succeeds(self.run_what_waited())

    def run_what_waited(self):
        """Do the run that fell due while the connection was paused: nobody asks for it again."""
        return self.sync.execute(SyncRun.objects.get(state=RunState.QUEUED))

    def assert_succeeds(self, run):
        """The run read everything, and the list holds what Salesforce holds."""
        assert (run.state, run.records_removed, run.records_added) == (RunState.SUCCEEDED, 0, 0)
        assert held_leads(self.job) == expected_leads(self.org)
        self.assert_nothing_is_lost()


@pytest.fixture
def in_step(sync, settings, client_of, administrator):
    settings.SYNC_PAGE_ROWS = 200
    return InStep(sync, client_of(administrator))


@pytest.fixture
def reopen(sync):
    """Return what undoes a test's changes of policies and user; at the end it is done anyhow."""

    def undo():
        org = sync.org
        user = {"username": org.username, "password": org.password, **OPEN_USER}
        org.control("POST", "policies", OPEN_POLICIES)
        org.control("POST", "users", {**user, "security_token": org.security_token})
        org.control("POST", "profiles", {"profile": "System Administrator"})

    yield undo
    undo()
