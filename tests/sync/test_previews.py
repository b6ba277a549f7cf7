"""A preview stands beside the syncs of its list, and is none of them."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from acton_connector.accounts.models import AuditEvent
from lists.errors import InUseError
from lists.services import delete_list
from sync import selectors
from sync.errors import ConnectionNotReadyError, InvalidSetupError
from sync.models import RunKind, RunState, SyncJob, SyncRun, Trigger
from sync.previews import preview
from sync.queue.expectations import find_queued
from sync.queue.lease import claim
from sync.queue.tick import tick
from sync.services import SyncSetup, release_removals, run_now
from tests.factories import ConnectionFactory, ListColumnFactory, SyncJobFactory, SyncRunFactory


@pytest.fixture
def job(account):
    ConnectionFactory()
    return SyncJobFactory(pull_add=True)


@pytest.fixture
def looking(job, administrator):
    return preview(job=job, actor=administrator)


@pytest.fixture
def finished(job):
    """A dry run that ended a moment ago."""
    return SyncRunFactory(job=job, kind=RunKind.DRY_RUN, state=RunState.SUCCEEDED)


def test_another_preview_is_refused_while_one_with_other_options_waits(job, looking, administrator):
    other = SyncSetup(remove_missing=True)

    with pytest.raises(InvalidSetupError, match="other options"), transaction.atomic():
        preview(job=job, actor=administrator, setup=other)

    assert SyncRun.objects.get() == looking


def test_a_preview_is_queued_once_when_it_is_asked_for_twice(job, looking, administrator):
    again = preview(job=job, actor=administrator)

    assert again == looking
    assert (looking.kind, looking.trigger) == (RunKind.DRY_RUN, Trigger.PREVIEW)
    assert AuditEvent.objects.filter(action="sync.previewed").count() == 1


@pytest.mark.requirement("S80", "S85")
def test_a_sync_that_is_due_waits_behind_a_preview_and_is_not_lost(job, looking):
    slot = timezone.now() - timedelta(seconds=20)
    SyncJob.objects.update(frequency="daily", start_time=slot.time(), next_due_at=slot)
    assert claim(looking.pk)

    assert tick() == 1

    due = SyncRun.objects.get(kind=RunKind.SYNC)
    assert (due.trigger, due.state) == (Trigger.SCHEDULE, RunState.QUEUED)
    assert claim(due.pk) is None  # one at a time
    assert find_queued(due).position == 1


@pytest.mark.requirement("S84")
def test_a_preview_starts_no_interval_and_is_bound_by_none(job, looking, administrator):
    assert claim(looking.pk)
    job.refresh_from_db()
    assert job.last_started_at is None

    run = run_now(job=job, actor=administrator)

    assert (run.kind, run.trigger) == (RunKind.SYNC, Trigger.MANUAL)


def test_a_preview_may_start_when_the_list_was_just_synced(job, administrator):
    SyncJob.objects.update(last_started_at=timezone.now())

    assert claim(preview(job=job, actor=administrator).pk)


def test_a_list_is_kept_while_a_preview_of_it_waits(job, looking):
    with pytest.raises(InUseError, match="Cancel it"):
        delete_list(marketing_list=job.list, actor=None)


def test_the_last_run_of_a_list_is_its_last_sync_when_a_preview_came_after_it(job, finished):
    run = SyncRunFactory(
        job=job, state=RunState.FAILED, queued_at=timezone.now() - timedelta(hours=5)
    )

    assert selectors.find_last_run(job.list_id) == run
    (fresh,) = selectors.list_freshness()
    assert (fresh.last_run, fresh.last_success_at) == (run, None)
    days = selectors.runs_per_day(job.account)
    assert [sum(d.succeeded for d in days), sum(d.failed for d in days)] == [0, 1]


def test_held_removals_are_released_when_only_a_preview_came_after_them(job, administrator):
    run = SyncRunFactory(job=job, state=RunState.SUCCEEDED_WITH_ERRORS, removals_held=3)
    SyncRunFactory(job=job, kind=RunKind.DRY_RUN, state=RunState.SUCCEEDED)

    release_removals(run=run, actor=administrator)

    run.refresh_from_db()
    assert run.state == RunState.QUEUED


def test_an_unsaved_set_up_is_refused_as_on_saving_and_leaves_nothing(job, administrator):
    foreign = ListColumnFactory().pk
    wrong = SyncSetup(pull_update=True, pull_column_ids=frozenset({foreign}))
    events = AuditEvent.objects.count()

    for setup, sentence in ((wrong, "not a column"), (SyncSetup(), "Nothing is selected")):
        with pytest.raises(InvalidSetupError, match=sentence), transaction.atomic():
            preview(job=job, actor=administrator, setup=setup)

    job = SyncJob.objects.get()
    assert job.pull_add
    assert not job.fields.exists()
    assert AuditEvent.objects.count() == events
    assert not SyncRun.objects.exists()


def test_a_preview_needs_a_connection(account, administrator):
    with pytest.raises(ConnectionNotReadyError, match="Connect Salesforce first"):
        preview(job=SyncJobFactory(pull_add=True), actor=administrator)
