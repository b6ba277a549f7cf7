"""When the runs of a queue are expected to start."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sync.models import RunState, SyncJob, SyncRun
from sync.queue.expectations import WaitsFor, find_queued, list_queue, usual_lengths
from sync.queue.lease import claim
from tests.factories import ConnectionFactory, SyncJobFactory, SyncRunFactory

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def make_job(account):
    """Return a maker of jobs whose last syncs took so many minutes each, oldest first."""
    ConnectionFactory()

    def make(*minutes):
        job = SyncJobFactory()
        for taken in minutes:
            SyncRunFactory(
                job=job,
                state=RunState.SUCCEEDED,
                started_at=timezone.now() - timedelta(minutes=taken),
                finished_at=timezone.now(),
            )
        return job

    return make


def expected(account):
    now = timezone.now()
    return [
        (each.run.job_id, each.position, each.expected_at and each.expected_at - now)
        for each in list_queue(account.pk)
    ]


@pytest.mark.requirement("S85")
def test_each_start_is_expected_when_what_stands_before_it_is_done(account, make_job):
    running, second, third = make_job(10), make_job(6), make_job(1)
    runs = [SyncRunFactory(job=job) for job in (running, second, third)]
    assert claim(runs[0].pk)
    SyncRun.objects.filter(pk=runs[0].pk).update(started_at=timezone.now() - timedelta(minutes=4))

    found = expected(account)

    assert [(job, position) for job, position, _ in found] == [
        (running.pk, 0), (second.pk, 1), (third.pk, 2),
    ]  # fmt: skip
    assert abs(found[1][2] - timedelta(minutes=6)) < SECOND
    assert abs(found[2][2] - timedelta(minutes=12)) < SECOND


@pytest.mark.requirement("S84")
def test_a_list_within_its_interval_is_expected_when_that_is_over(account, make_job):
    job = make_job(5)
    SyncJob.objects.filter(pk=job.pk).update(last_started_at=timezone.now() - timedelta(hours=3))
    SyncRunFactory(job=job)

    assert abs(expected(account)[0][2] - timedelta(hours=1)) < SECOND


@pytest.mark.requirement("S84", "S85")
def test_a_list_within_its_interval_keeps_nobody_behind_it_waiting(account, make_job):
    within, behind = make_job(5), make_job(5)
    SyncJob.objects.filter(pk=within.pk).update(last_started_at=timezone.now() - timedelta(hours=3))
    SyncRunFactory(job=within)
    run = SyncRunFactory(job=behind)

    assert abs(expected(account)[1][2]) < SECOND
    assert find_queued(run).waits_for == WaitsFor.WORKER
    assert claim(run.pk)


def test_nothing_is_promised_behind_a_list_that_never_ran(account, make_job):
    SyncRunFactory(job=make_job())
    SyncRunFactory(job=make_job(5))

    first, second = expected(account)

    assert abs(first[2]) < SECOND
    assert second[2] is None


def test_usual_length_is_the_mean_of_the_last_five_good_syncs(make_job):
    job = make_job(600, 1, 2, 3, 4, 5)
    SyncRunFactory(job=job, state=RunState.FAILED)

    assert abs(usual_lengths([job.pk])[job.pk] - timedelta(minutes=3)) < SECOND


@pytest.mark.requirement("S85")
def test_a_run_that_waits_for_calls_comes_last_and_lets_the_others_pass(account, make_job):
    first, other = make_job(10), make_job(6)
    resume_at = timezone.now() + timedelta(hours=3)
    SyncRunFactory(job=first, state=RunState.WAITING_FOR_ALLOWANCE, resume_at=resume_at)
    SyncRunFactory(job=other)

    passing, kept_back = list_queue(account.pk)

    assert (passing.run.job_id, passing.position) == (other.pk, 1)
    assert passing.waits_for == WaitsFor.WORKER
    assert (kept_back.run.job_id, kept_back.position) == (first.pk, None)
    assert (kept_back.waits_for, kept_back.expected_at) == (WaitsFor.ALLOWANCE, resume_at)


@pytest.mark.requirement("S85")
def test_a_run_that_has_waited_for_calls_stands_where_it_stood(account, make_job):
    first, other = make_job(10), make_job(6)
    past = timezone.now() - SECOND
    SyncRunFactory(job=first, state=RunState.WAITING_FOR_ALLOWANCE, resume_at=past)
    SyncRunFactory(job=other)

    assert [(each.run.job_id, each.position) for each in list_queue(account.pk)] == [
        (first.pk, 1), (other.pk, 2),
    ]  # fmt: skip
