"""A dry run leaves its own row, the calls that it made, and nothing else."""

import threading
from datetime import time

import pytest
from django.db import connection
from django.utils import timezone

from connectors.models import ApiUsage, Connection, Feature
from lists.models import ListRecord
from sync.engine.runner import execute_run
from sync.models import RunKind, RunState, Step, SyncJob, SyncRun, Trigger
from sync.previews import has_saved_options
from sync.schedules.schedule import OnWeekdays
from sync.services import SyncSetup, cancel_run, preview
from tests.api_usage import count_our_calls
from tests.processes import wait_until
from tests.sync.engine.dry_run_kit import called, look, read_tables

pytestmark = pytest.mark.scenario


def test_a_dry_run_starts_no_interval_and_may_be_done_within_one(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, schedule=OnWeekdays(time(2)))
    SyncJob.objects.update(last_started_at=timezone.now())
    due = SyncJob.objects.values_list("last_started_at", "next_due_at").get()

    told = look(sync, job)

    assert (told.kind, told.trigger, told.state) == (
        RunKind.DRY_RUN,
        Trigger.PREVIEW,
        RunState.SUCCEEDED,
    )
    assert SyncJob.objects.values_list("last_started_at", "next_due_at").get() == due


def test_calls_of_a_dry_run_are_counted_and_a_session_that_ends_is_renewed_for_all(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    run = preview(job=job, actor=sync.actor)
    used, session = count_our_calls(), Connection.objects.get().session_id
    sync.org.forget_calls()
    sync.org.expire_sessions()

    told = sync.execute(run)

    assert told.state == RunState.SUCCEEDED, told.message
    assert Connection.objects.get().session_id != session
    assert count_our_calls() - used == len(called(sync)) == told.api_calls
    assert ApiUsage.objects.get(feature=Feature.PREVIEWS).our_calls == told.api_calls


def test_a_dry_run_with_options_that_are_not_saved_saves_none_of_them(sync):
    lead = sync.create_lead(Email=sync.unique(), Title="Old")
    job = sync.import_leads()
    sync.edit(job, lead, Title="New")
    sync.set_up(job, pull_add=True)
    title = job.list.columns.get(key="Title")
    ids, schedule = frozenset({title.pk}), OnWeekdays(time(2))
    setup = SyncSetup(push_update=True, push_column_ids=ids, schedule=schedule)
    tables = read_tables()

    told = look(sync, job, setup)

    assert read_tables() == tables
    (sent,) = told.result["samples"]["sent"]
    assert [each["values"] for each in sent["records"]] == [[["Title", "New"]]]
    assert not has_saved_options(told)


@pytest.mark.fault("F79")
def test_a_dry_run_whose_worker_died_begins_anew(sync):
    sync.create_lead(Email=sync.unique(), Title="Old")
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, pull=["Title"], push=["Title"])
    run = preview(job=job, actor=sync.actor)
    SyncRun.objects.filter(pk=run.pk).update(
        state=RunState.INTERRUPTED, step=Step.PUSH, started_at=timezone.now(), records_read=3
    )

    told = look(sync, job)

    assert told == run
    assert told.state == RunState.SUCCEEDED, told.message
    held_here = ListRecord.objects.filter(list=job.list).count()
    assert told.result["counts"]["records_read"] == held_here


def test_a_cancelled_dry_run_stops_and_leaves_nothing(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, pull=["Title"])  # reads everything, by a Bulk job
    tables = read_tables()
    run = preview(job=job, actor=sync.actor)
    sync.org.forget_calls()
    sync.org.fault("/jobs/query/", method="GET", every=1, delay_seconds=1.0)
    worker = Worker(run)
    worker.start()
    wait_until(lambda: any("/jobs/query" in path for _, path in called(sync)), seconds=30)
    cancel_run(run=run, actor=sync.actor)
    worker.join(30)

    run.refresh_from_db()
    assert (run.state, run.result) == (RunState.CANCELLED, None)
    assert not any("/results" in path for _, path in called(sync))
    assert read_tables() == tables


class Worker(threading.Thread):
    """Does a run in a thread with a database connection of its own."""

    def __init__(self, run):
        super().__init__()
        self.run_id = run.pk

    def run(self):
        try:
            execute_run(self.run_id)
        finally:
            connection.close()
