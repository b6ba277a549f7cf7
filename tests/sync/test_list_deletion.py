"""A list is deleted while others hold what the deletion needs: nobody waits for each other."""

import threading
import time

import pytest
from django.db import connection, transaction

from acton_connector.accounts.models import Account
from acton_connector.accounts.scope import account_scope
from lists.errors import InUseError
from lists.models import ListRecord, MarketingList, SeenPage
from lists.records import get_record_store
from lists.services import delete_list
from sync.models import RunState, SyncJob
from sync.setup.saving import SyncSetup, save_setup
from tests.factories import SyncJobFactory, SyncRunFactory
from tests.lists.records.pages import lead, plan_for, render

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 30


class Deletion(threading.Thread):
    """Deletes a list on a connection of its own; `error` is what stopped it."""

    def __init__(self, marketing_list):
        super().__init__()
        self.marketing_list = marketing_list
        self.error = None
        self.backend_pid = None

    def run(self):
        try:
            connection.ensure_connection()
            if connection.vendor == "postgresql":
                self.backend_pid = connection.connection.info.backend_pid
            with account_scope(self.marketing_list.account_id):
                delete_list(marketing_list=self.marketing_list, actor=None)
        except Exception as error:  # noqa: BLE001 - the test asserts on whatever it was
            self.error = error
        finally:
            connection.close()

    def start_and_come_to_rest(self):
        """Return when the deletion has ended or waits for a lock that somebody holds."""
        self.start()
        if connection.vendor == "sqlite":
            return  # one writer at a time: it waits where it begins, and has no order of locks
        onlooker = connection.copy()
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while self.is_alive() and not self._waits(onlooker):
                assert time.monotonic() < deadline, "the deletion neither ended nor waited"
                self.join(0.01)
        finally:
            onlooker.close()

    def _waits(self, onlooker):
        with onlooker.cursor() as cursor:
            cursor.execute("SELECT pg_blocking_pids(%s)", [self.backend_pid])
            return bool(cursor.fetchone()[0])

    def end(self):
        self.join(PATIENCE_SECONDS)
        assert not self.is_alive(), "the deletion still waits"


@pytest.fixture
def job(account):
    return SyncJobFactory()


def read_page(job, deletion):
    """Take a page of one record over; in the middle of it the deletion begins."""
    page = render([lead(1, "ada@example.com", "Lovelace", "")])
    header_end = page.index(b"\n") + 1

    def chunks():
        yield page[:header_end]
        deletion.start_and_come_to_rest()
        yield page[header_end:]

    with transaction.atomic():
        counts = get_record_store().apply_page(plan_for(job.list, remember_seen=True), chunks())
        came_to_an_end = not deletion.is_alive()
    deletion.end()
    return counts, came_to_an_end


def test_deletion_is_refused_at_once_when_a_page_of_the_lists_sync_is_being_read(job):
    SyncRunFactory(job=job, state=RunState.RUNNING)
    deletion = Deletion(job.list)

    counts, refused_at_once = read_page(job, deletion)

    assert isinstance(deletion.error, InUseError)
    assert refused_at_once or connection.vendor == "sqlite"
    assert counts.added == ListRecord.objects.filter(list=job.list).count() == 1


def test_deletion_waits_for_the_page_of_a_cancelled_run_and_takes_its_records_along(job):
    SyncRunFactory(job=job, state=RunState.CANCELLED)
    deletion = Deletion(job.list)

    counts, _ = read_page(job, deletion)

    assert deletion.error is None
    assert counts.added == SeenPage.objects.count() == 1
    assert not MarketingList.objects.exists()
    assert not ListRecord.objects.exists()


def test_deletion_waits_for_a_set_up_that_is_being_saved(job):
    deletion = Deletion(job.list)

    with transaction.atomic():
        # What saving begins with; the deletion meets it half-way.
        Account.objects.select_for_update(no_key=True).get(pk=job.account_id)
        deletion.start_and_come_to_rest()
        save_setup(job=job, setup=SyncSetup(pull_add=True), actor=None)
    deletion.end()

    assert deletion.error is None
    assert not SyncJob.objects.exists()
    assert not MarketingList.objects.exists()
