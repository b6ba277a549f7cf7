"""A worker that is killed in the middle of its work leaves nothing lost and nothing doubled."""

import pytest

from connectors.clients import open_client
from connectors.selectors import get_usable_connection
from lists.models import ListKind, ListRecord
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import AccountLease, RunState, SyncJob, SyncRun
from sync.queue.tick import tick
from sync.services import import_list, run_now
from sync.setup.chosen import find_chosen
from tests.processes import wait_until
from tests.scenarios.worker import running_worker, worker_environment
from tests.sync.engine.test_reports import Reports
from tests.sync_kit import FIELDS

pytestmark = [pytest.mark.scenario, pytest.mark.fault("F79")]

RESULT_PAGES = r"/jobs/query/[^/]+/results"
COLLECTIONS = r"/composite/sobjects"
STARTED = ("POST", "/jobs/ingest")
INGEST_JOB = r"/jobs/ingest/[^/]+$"


def counters(run):
    run.refresh_from_db()
    return run


def finish_after_the_kill(run, environment, tmp_path):
    """Do what the machines do: the tick finds the dead run and rings, a new worker resumes."""
    assert not SyncRun.objects.get(pk=run.pk).finished_at
    with running_worker(environment, tmp_path):

        def finished():
            tick()
            return counters(run).finished_at

        wait_until(finished, seconds=60)


def expected_leads(org):
    leads = org.query(f"SELECT Id, {', '.join(FIELDS)} FROM Lead WHERE IsConverted = false")
    return {lead["Id"]: {name: lead[name] for name in FIELDS} for lead in leads}


def test_a_pull_that_is_killed_ends_as_if_nothing_had_happened(sync, tmp_path):
    org = sync.org
    org.fault(RESULT_PAGES, every=1, delay_seconds=0.3)
    environment = worker_environment(org, SYNC_PAGE_ROWS="40")
    run = import_list(
        account=sync.account,
        kind=ListKind.LEADS,
        name="All Salesforce Leads",
        fields=FIELDS,
        actor=sync.actor,
    )

    with running_worker(environment, tmp_path) as worker:
        wait_until(lambda: counters(run).records_read >= 80, seconds=30)
        worker.kill()
    org.mend()
    read_before = counters(run).records_read
    assert 0 < read_before < run.records_expected
    finish_after_the_kill(run, environment, tmp_path)

    assert run.state == RunState.SUCCEEDED, run.message
    assert run.records_read == run.records_added == run.records_expected
    assert AccountLease.objects.get().fence >= 2
    held = {
        record.salesforce_id: record.data for record in ListRecord.objects.filter(list=run.job.list)
    }
    assert held == expected_leads(org)
    assert ListRecord.objects.count() == len(held)


@pytest.fixture
def job_with_new_people(sync):
    job = sync.import_leads()
    sync.set_up(job, push_add=True)

    def add(count):
        return {
            str(
                sync.add_local(
                    job, Email=sync.unique(f"killed{n}"), LastName=f"Person {n}", Company="Company"
                ).record_id
            )
            for n in range(count)
        }

    job.add_people = add
    return job


def pushed_ids(org, wanted):
    leads = org.query(
        f"SELECT {EXTERNAL_ID_FIELD}, Email FROM Lead WHERE {EXTERNAL_ID_FIELD} != null"
    )
    return sorted(lead[EXTERNAL_ID_FIELD] for lead in leads if lead[EXTERNAL_ID_FIELD] in wanted)


def assert_each_is_there_once(org, run, wanted):
    assert run.state == RunState.SUCCEEDED, run.message
    assert pushed_ids(org, wanted) == sorted(wanted)
    assert run.records_pushed_new == len(wanted)
    assert not ListRecord.objects.filter(list=run.job.list, salesforce_id=None).exists()


@pytest.mark.parametrize("lose_reply", [False, True])
def test_a_push_by_collections_that_is_killed_doubles_nothing(
    sync, job_with_new_people, tmp_path, lose_reply
):
    wanted = job_with_new_people.add_people(700)
    environment = worker_environment(sync.org)
    sync.org.fault(COLLECTIONS, every=1, delay_seconds=0.5)
    run = run_now(job=job_with_new_people, actor=sync.actor)

    with running_worker(environment, tmp_path) as worker:
        wait_until(lambda: counters(run).records_pushed_new >= 200, seconds=30)
        if lose_reply:
            # The kill comes after Salesforce has done the work and before we hear of it.
            wait_until(lambda: len(pushed_ids(sync.org, wanted)) > run.records_pushed_new)
        worker.kill()
    sync.org.mend()
    assert counters(run).records_pushed_new < 700
    finish_after_the_kill(run, environment, tmp_path)

    assert_each_is_there_once(sync.org, run, wanted)


@pytest.mark.parametrize("state", ["before the upload is closed", "while Salesforce works"])
def test_a_push_in_bulk_that_is_killed_doubles_nothing(sync, job_with_new_people, tmp_path, state):
    wanted = job_with_new_people.add_people(2_100)
    environment = worker_environment(sync.org)
    closing = state == "before the upload is closed"
    sync.org.fault(INGEST_JOB, method="PATCH" if closing else "GET", every=1, delay_seconds=60)
    run = run_now(job=job_with_new_people, actor=sync.actor)

    with running_worker(environment, tmp_path) as worker:
        wait_until(lambda: counters(run).checkpoint.get("jobs"), seconds=60)
        method = "PUT" if closing else "PATCH"
        wait_until(
            lambda: any(
                "/jobs/ingest/" in c["path"] and c["method"] == method for c in sync.org.calls()
            )
        )
        worker.kill()
    sync.org.mend()
    assert counters(run).records_pushed_new == 0
    finish_after_the_kill(run, environment, tmp_path)

    assert_each_is_there_once(sync.org, run, wanted)
    started = [c for c in sync.org.calls() if (c["method"], c["path"][-12:]) == STARTED]
    # What never arrived is sent anew; what Salesforce has is waited for, not sent again.
    assert len(started) == (2 if closing else 1)


CHANGES = r"/query/\?.*SystemModstamp.*ORDER"


def test_a_pull_of_changes_that_is_killed_goes_on_behind_its_page(sync, tmp_path):
    """Of two pages by REST the first is in the list when the worker dies."""
    people = Reports(sync)
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, remove_missing=True, pull=FIELDS)
    sync.run(job)
    people.leads(2_050)
    environment = worker_environment(sync.org)
    sync.org.fault(CHANGES, nth=2, delay_seconds=60)
    run = start_again(sync, job)

    with running_worker(environment, tmp_path) as worker:
        wait_until(lambda: counters(run).records_read >= 2_000, seconds=30)
        worker.kill()
    sync.org.mend()
    sync.org.forget_calls()
    finish_after_the_kill(run, environment, tmp_path)

    assert (run.state, run.records_removed) == (RunState.SUCCEEDED, 0), run.message
    assert run.read_since is not None
    assert held_leads(run.job) == expected_leads(sync.org)
    # The first page was not asked for again: its records are counted once.
    assert run.records_read == run.records_expected >= 2_050
    assert run.records_added == 2_050
    people.remove_leads()


def test_a_long_report_that_is_killed_goes_on_behind_its_piece(sync, tmp_path):
    reports = Reports(sync)
    reports.leads(2_050)
    report = reports.create(["LEAD_ID", "LAST_NAME"])
    environment = worker_environment(sync.org)
    # The whole report is too long, then its first piece comes; the second one waits.
    sync.org.fault(rf"/analytics/reports/{report}\?", method="POST", nth=3, delay_seconds=60)
    with open_client(get_usable_connection()) as client:
        chosen = find_chosen(client, "report", report)
    run = chosen.start_import(account=sync.account, name=chosen.name, actor=sync.actor)

    with running_worker(environment, tmp_path) as worker:
        wait_until(lambda: counters(run).records_read > 0, seconds=30)
        worker.kill()
    sync.org.mend()
    read_before = counters(run).records_read
    assert read_before < 2_050
    finish_after_the_kill(run, environment, tmp_path)

    assert run.state == RunState.SUCCEEDED, run.message
    assert run.records_added == run.records_read == 2_050
    leads = sync.org.query(f"SELECT Id FROM Lead WHERE Company = '{reports.company}'")
    assert held_leads(run.job).keys() == {lead["Id"] for lead in leads}
    reports.remove_leads()


def start_again(sync, job):
    """Queue a run of a job whose interval is over."""
    SyncJob.objects.filter(pk=job.pk).update(last_started_at=None)
    job.refresh_from_db()
    return run_now(job=job, actor=sync.actor)


def held_leads(job):
    records = ListRecord.objects.filter(list=job.list)
    return {record.salesforce_id: record.data for record in records}
