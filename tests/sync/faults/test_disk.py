"""The application's own disk fills up under a run (F83)."""

import errno

import pytest
from django.db import DatabaseError, connection
from django.urls import reverse

from lists.models import ListKind, ListRecord
from sync.engine.runner import ATTEMPTS_AT_ONE_CHECKPOINT
from sync.machine.disk import ADVICE, DISK_FULL, find_full_disk, is_no_room
from sync.models import AccountLease, FailureReason, RunState
from sync.queue.tick import tick
from sync.services import import_list
from sync.tasks import run_tick
from tests.scenarios.test_killed_worker import expected_leads, held_leads
from tests.sync.views.pages import text_of
from tests.sync_kit import FIELDS

pytestmark = pytest.mark.fault("F83")

ROOM_FOR = 150  # records: more than a page, fewer than all
GUARD = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT count(*) FROM lists_listrecord) >= {most} THEN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER no_room AFTER INSERT ON lists_listrecord
    FOR EACH STATEMENT EXECUTE FUNCTION no_room();
"""


class Disk:
    """The database's disk. SQLite is given no more pages; PostgreSQL's own error is raised."""

    most_pages = None

    def fill(self):
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("VACUUM")  # what other tests deleted is room, too
                self.limit_pages(cursor)
            else:
                cursor.execute(GUARD.format(most=ROOM_FOR))

    def limit_pages(self, cursor):
        """Set the limit, on a fresh connection the same again."""
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        self.most_pages = self.most_pages or pages + 30
        cursor.execute(f"PRAGMA max_page_count = {self.most_pages}")

    def free(self):
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA max_page_count = 1073741823")
            else:
                cursor.execute("DROP TRIGGER IF EXISTS no_room ON lists_listrecord")
                cursor.execute("DROP FUNCTION IF EXISTS no_room")


@pytest.fixture
def disk(sync):
    disk = Disk()
    yield disk
    disk.free()


@pytest.fixture
def run(sync, settings):
    settings.SYNC_PAGE_ROWS = 40
    name = "All Salesforce Leads"
    return import_list(
        account=sync.account, kind=ListKind.LEADS, name=name, fields=FIELDS, actor=sync.actor
    )


@pytest.mark.scenario
def test_a_full_disk_keeps_whole_pages_and_the_run_goes_on_when_there_is_room(
    sync, run, disk, administrator, client_of
):
    disk.fill()

    run = sync.execute(run)

    assert (run.state, run.message) == (RunState.INTERRUPTED, DISK_FULL)
    assert 0 < run.records_read < run.records_expected
    assert run.records_read % 40 == 0  # no half page
    assert ListRecord.objects.count() == run.records_read == run.records_added
    assert not AccountLease.objects.exclude(run=None).exists()
    page = client_of(administrator).get(reverse("run_detail", args=["example", run.pk]))
    assert DISK_FULL in text_of(page)

    disk.free()
    sync.org.forget_calls()
    tick()
    run = sync.execute(run)

    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    assert run.records_read == run.records_added == run.records_expected
    assert held_leads(run.job) == expected_leads(sync.org)
    assert ListRecord.objects.count() == run.records_read


@pytest.mark.scenario
def test_a_disk_that_stays_full_ends_the_run_and_says_who_has_to_act(sync, run, disk):
    disk.fill()
    for _ in range(ATTEMPTS_AT_ONE_CHECKPOINT + 1):  # the first got as far as this checkpoint
        run = sync.execute(run)
        assert (run.state, run.message) == (RunState.INTERRUPTED, DISK_FULL)
        if connection.vendor == "sqlite":
            connection.close()
            disk.fill()

    run = sync.execute(run)

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.INTERNAL)
    assert (run.failure_code, run.message, run.advice) == ("DISK_FULL", DISK_FULL, ADVICE)
    assert ListRecord.objects.count() == run.records_read


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_file_that_finds_no_room_is_told_from_other_errors_whatever_it_led_to(number):
    error = DatabaseError("the page was not taken over")
    error.__cause__ = OSError(number, "No space left on device")

    assert is_no_room(error)
    assert not is_no_room(OSError(errno.EACCES, "Permission denied"))
    assert not is_no_room(DatabaseError("deadlock detected"))


@pytest.mark.django_db
def test_a_disk_beyond_the_alarms_share_is_told_in_the_log_and_on_the_dashboard(
    account, administrator, client_of, settings, caplog
):
    url = reverse("dashboard", args=[account.slug])
    settings.DISK_ALARM_SHARE = 1.1
    assert find_full_disk() is None
    assert "disk is" not in text_of(client_of(administrator).get(url))

    settings.DISK_ALARM_SHARE = 0.0
    percent = find_full_disk().percent

    assert f"The application's disk is {percent} % full" in text_of(
        client_of(administrator).get(url)
    ).replace("&#x27;", "'")
    run_tick()
    assert "disk.filling_up" in caplog.text
