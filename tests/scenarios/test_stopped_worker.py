"""A worker that a deployment stops leaves its run at the next page, and another one goes on."""

import sys
import threading

import pytest

from acton_connector.management.supervisor import Patience, Service, Supervisor
from lists.models import ListKind, ListRecord
from sync.models import AccountLease, RunState
from sync.queue.finish import WORKER_STOPPED
from sync.queue.tick import tick
from sync.services import import_list, run_now
from tests.processes import descendants, is_alive, wait_until
from tests.scenarios.test_killed_worker import (
    COLLECTIONS,
    RESULT_PAGES,
    assert_each_is_there_once,
    counters,
    expected_leads,
    held_leads,
    job_with_new_people,  # noqa: F401 - a fixture
)
from tests.scenarios.worker import running_worker, worker_environment
from tests.sync_kit import FIELDS

pytestmark = [pytest.mark.scenario, pytest.mark.fault("F80")]

QUERY_JOB = r"/jobs/query/[^/]+$"
STOP_SECONDS = Patience().stop


def start_import(sync):
    return import_list(
        account=sync.account,
        kind=ListKind.LEADS,
        name="All Salesforce Leads",
        fields=FIELDS,
        actor=sync.actor,
    )


def stop(worker, run):
    """Stop the worker; the run is free at once, and its page says why it stands still."""
    family = {worker.process.pid, *descendants(worker.process.pid)}
    worker.stop(seconds=STOP_SECONDS)
    assert not any(map(is_alive, family))
    counters(run)
    assert (run.state, run.message) == (RunState.INTERRUPTED, WORKER_STOPPED)
    assert run.finished_at is None
    assert list(AccountLease.objects.values_list("run", "expires_at")) == [(None, None)]


def finish_without_a_tick(run, environment, tmp_path):
    """Start the next worker: it was rung for, so that it does not wait for a tick."""
    with running_worker(environment, tmp_path):
        wait_until(lambda: counters(run).finished_at, seconds=60)


def was_called(org, method, part):
    return any(call["method"] == method and part in call["path"] for call in org.calls())


def assert_all_leads_are_there_once(org, run):
    assert run.state == RunState.SUCCEEDED, run.message
    assert run.message == ""
    assert run.records_read == run.records_added == run.records_expected
    assert held_leads(run.job) == expected_leads(org)
    assert ListRecord.objects.count() == len(expected_leads(org))


def test_a_pull_stops_at_its_page_and_goes_on_behind_it(sync, tmp_path):
    sync.org.fault(RESULT_PAGES, every=1, delay_seconds=0.5)
    environment = worker_environment(sync.org, SYNC_PAGE_ROWS="40")
    run = start_import(sync)

    with running_worker(environment, tmp_path) as worker:
        wait_until(lambda: counters(run).records_read >= 80, seconds=30)
        stop(worker, run)
    pages = sum("/results" in call["path"] for call in sync.org.calls())
    assert run.records_read == 40 * pages < run.records_expected  # none was asked for in vain
    assert run.attempts == 0
    sync.org.mend()
    finish_without_a_tick(run, environment, tmp_path)

    assert_all_leads_are_there_once(sync.org, run)
    rows = sum("/results" in call["path"] for call in sync.org.calls())
    assert rows == -(-run.records_expected // 40)  # and none twice


def test_a_run_that_is_stopped_again_and_again_while_salesforce_works_is_not_given_up(
    sync, tmp_path
):
    sync.org.control("POST", "bulk/hold", {"held": True})
    environment = worker_environment(sync.org)
    run = start_import(sync)
    try:
        for _ in range(4):
            sync.org.forget_calls()
            with running_worker(environment, tmp_path) as worker:
                # A busy machine may lose a ring to the worker that is on its way out: ticks follow.
                wait_until(
                    lambda: tick() or was_called(sync.org, "GET", "/jobs/query/"), seconds=60
                )
                wait_until(lambda: counters(run).state == RunState.RUNNING)
                stop(worker, run)
            assert run.checkpoint["bulk_job"]
    finally:
        sync.org.control("POST", "bulk/hold", {"held": False})
    assert run.attempts <= 1
    job = run.checkpoint["bulk_job"]
    finish_without_a_tick(run, environment, tmp_path)

    assert_all_leads_are_there_once(sync.org, run)
    assert run.checkpoint["bulk_job"] == job  # the job that was waited for all the time


def test_a_pause_after_a_503_ends_when_the_worker_is_stopped(sync, tmp_path):
    sync.org.fault(RESULT_PAGES, nth=2, status=503, headers={"Retry-After": "300"})
    environment = worker_environment(sync.org, SYNC_PAGE_ROWS="40")
    run = start_import(sync)

    with running_worker(environment, tmp_path) as worker:
        wait_until(
            lambda: [c["status"] for c in sync.org.calls() if "/results" in c["path"]][1:] == [503],
            seconds=30,
        )
        stop(worker, run)
    assert run.records_read == 40
    sync.org.mend()
    finish_without_a_tick(run, environment, tmp_path)

    assert_all_leads_are_there_once(sync.org, run)


def test_a_push_stops_behind_its_batch_and_doubles_nothing(
    sync,
    job_with_new_people,  # noqa: F811 - the fixture
    tmp_path,
):
    wanted = job_with_new_people.add_people(700)
    environment = worker_environment(sync.org)
    sync.org.fault(COLLECTIONS, every=1, delay_seconds=0.5)
    run = run_now(job=job_with_new_people, actor=sync.actor)

    with running_worker(environment, tmp_path) as worker:
        wait_until(lambda: counters(run).records_pushed_new >= 200, seconds=30)
        stop(worker, run)
    assert 200 <= run.records_pushed_new < 700
    sync.org.mend()
    finish_without_a_tick(run, environment, tmp_path)

    assert_each_is_there_once(sync.org, run, wanted)


def test_a_page_that_drips_holds_no_stop_up(sync, tmp_path):
    """The worker waits for its page; whoever stops it kills it, and the lease ends by itself."""
    sync.org.fault(RESULT_PAGES, nth=2, identity=True, drip={"bytes": 1, "seconds": 1.0})
    environment = worker_environment(sync.org, SYNC_PAGE_ROWS="40")
    run = start_import(sync)
    command = [sys.executable, "-m", "celery", "--app", "acton_connector", "worker"]
    command += ["--concurrency", "1", "--without-gossip", "--without-mingle"]
    said = []
    supervisor = Supervisor(
        [Service("worker", command, environment)], say=said.append, patience=Patience(stop=3)
    )
    never = {"is_ready": lambda: False, "on_ready": lambda: None}
    thread = threading.Thread(target=supervisor.run, kwargs=never)
    thread.start()
    try:
        wait_until(lambda: counters(run).records_read == 40, seconds=30)
        wait_until(lambda: sum("/results" in call["path"] for call in sync.org.calls()) == 2)
    finally:
        supervisor.stop()
        thread.join(10)
    assert not thread.is_alive()
    assert any("does not end; killing it" in sentence for sentence in said)
    assert counters(run).state == RunState.RUNNING
    sync.org.mend()
    with running_worker(environment, tmp_path):

        def finished():
            tick()
            return counters(run).finished_at

        wait_until(finished, seconds=60)

    assert_all_leads_are_there_once(sync.org, run)
