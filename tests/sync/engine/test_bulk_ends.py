"""A Bulk job that comes to no good end: what it did counts, what it left is sent once."""

import threading

import pytest

from connectors.salesforce import version
from lists.models import ListRecord
from sync.engine import context as context_module
from sync.engine import push as push_module
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import FailureReason, RecordIssue, RunState
from tests.processes import wait_until

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]

BATCH_ROWS = 10_000
INGEST_JOB = r"/jobs/ingest/[^/]+$"
RESULTS = r"/jobs/query/[^/]+/results"


@pytest.fixture
def org(sync):
    """The organisation, whose Bulk jobs begin again and have their usual batches after the test."""
    yield sync.org
    sync.org.control("POST", "bulk/hold", {"held": False})
    sync.org.control("POST", "bulk/failing-batch", {"nth": 0})
    sync.org.control("POST", "bulk/batch-rows", {"rows": BATCH_ROWS})


@pytest.fixture
def job(sync, monkeypatch):
    """A list with 30 new people, one of whom Salesforce refuses, that go by a Bulk job."""
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    people = [add_person(sync, job, n, "Company") for n in range(30)]
    job.new = sorted(people, key=lambda record: record.record_id)  # the order of a push
    job.new[29].data["Company"] *= 50
    job.new[29].save()
    return job


def add_person(sync, job, number, company):
    email = sync.unique(f"ends{number}")
    return sync.add_local(job, Email=email, LastName=f"Person {number}", Company=company)


def created(org, job):
    ids = {str(record.record_id) for record in job.new}
    leads = org.query(f"SELECT {EXTERNAL_ID_FIELD} FROM Lead WHERE {EXTERNAL_ID_FIELD} != null")
    return sorted(lead[EXTERNAL_ID_FIELD] for lead in leads if lead[EXTERNAL_ID_FIELD] in ids)


def uploads(org):
    return [call for call in org.calls() if call["method"] == "PUT"]


def open_records(job):
    return ListRecord.objects.filter(list=job.list, salesforce_id=None)


@pytest.mark.fault("F60")
def test_a_new_job_takes_only_what_a_failed_one_left_unprocessed(sync, org, job):
    org.control("POST", "bulk/batch-rows", {"rows": 10})
    org.control("POST", "bulk/failing-batch", {"nth": 2})

    run = sync.run(job)

    assert (run.state, run.records_pushed_new) == (RunState.INTERRUPTED, 10)
    assert "10 records were written before that; a new bulk job takes the others." in run.message
    assert open_records(job).count() == 20
    assert not RecordIssue.objects.exists()
    run = sync.execute(run)
    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED_WITH_ERRORS, 29)
    assert created(org, job) == sorted(str(each.record_id) for each in job.new[:29])
    assert RecordIssue.objects.get().code == "STRING_TOO_LONG"
    assert len(uploads(org)) == 2


@pytest.mark.fault("F60")
def test_a_job_that_fails_before_it_wrote_anything_ends_the_run_with_the_reason(sync, org, job):
    org.control("POST", "bulk/failing-batch", {"nth": 1})

    run = sync.run(job)

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.PERMANENT)
    assert "The batch could not be processed" in run.message
    assert "with the next sync, in a new bulk job" in run.advice
    assert created(org, job) == []
    assert sync.run(job).records_pushed_new == 29
    assert len(created(org, job)) == 29


@pytest.mark.fault("F61")
@pytest.mark.parametrize("kind", ["ingest", "query"])
def test_a_job_that_somebody_stops_ends_the_run_and_the_page_says_whom_to_ask(
    sync, org, job, kind, monkeypatch
):
    monkeypatch.setattr(context_module, "LONGEST_JOB_SECONDS", 20)
    if kind == "query":
        sync.set_up(job, pull_add=True, remove_missing=True)
    before = ListRecord.objects.count()
    org.control("POST", "bulk/hold", {"held": True})
    org.forget_calls()

    def stop():
        wait_until(lambda: job_at_work(org, kind))
        job_id = job_at_work(org, kind)
        org.client().restful(f"jobs/{kind}/{job_id}", method="PATCH", json={"state": "Aborted"})

    person = threading.Thread(target=stop)
    person.start()
    run = sync.run(job)
    person.join()

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.PERMANENT)
    assert "was stopped in Salesforce, and not by this application" in run.message
    assert "Bulk Data Load Jobs lists the job" in run.advice
    assert ListRecord.objects.count() == before
    assert created(org, job) == []
    org.control("POST", "bulk/hold", {"held": False})
    assert sync.run(job).finished_at
    assert len(created(org, job)) == (29 if kind == "ingest" else 0)


def job_at_work(org, kind):
    """Return the id of the job that the run waits for; empty where it does not yet."""
    method = "PATCH" if kind == "ingest" else "GET"
    paths = [call["path"] for call in org.calls() if call["method"] == method]
    return next((path.rpartition("/")[2] for path in paths if f"/jobs/{kind}/" in path), "")


@pytest.mark.fault("F62")
@pytest.mark.parametrize("kind", ["ingest", "query"])
def test_a_job_that_stands_still_is_aborted_and_the_next_sync_does_its_work(
    sync, org, job, kind, monkeypatch
):
    if kind == "query":
        sync.set_up(job, pull_add=True, remove_missing=True)
    assert context_module.LONGEST_JOB_SECONDS == 30 * 60
    monkeypatch.setattr(context_module, "LONGEST_JOB_SECONDS", 0.2)
    before = ListRecord.objects.count()
    org.control("POST", "bulk/hold", {"held": True})

    run = sync.run(job)

    assert run.state == RunState.FAILED
    assert "BULK_JOB_STUCK" in run.message
    assert "the next sync starts a new one" in run.advice
    states = org.client().restful(f"jobs/{kind}")["records"]
    assert states[0]["state"] == "Aborted"
    assert ListRecord.objects.count() == before
    org.control("POST", "bulk/hold", {"held": False})
    monkeypatch.undo()
    assert sync.run(job).finished_at
    assert len(created(org, job)) == (29 if kind == "ingest" else 0)


@pytest.mark.fault("F66")
def test_results_of_a_job_of_an_older_release_are_read_anew(sync, org, job, settings):
    """Every call of a release names one version; an update may come in the middle of a run."""
    sync.set_up(job, pull_add=True, remove_missing=True)
    settings.SYNC_PAGE_ROWS = 200
    mismatch = [{"errorCode": "APIVERSIONMISMATCH", "message": "made with version 63.0"}]
    org.fault(RESULTS, nth=2, status=409, body=mismatch)
    org.forget_calls()

    run = sync.run(job)

    assert (run.state, run.records_removed) == (RunState.SUCCEEDED, 0)
    assert run.records_read == run.records_expected > 200
    versions = {call["path"].split("/")[3] for call in org.calls() if "/data/" in call["path"]}
    assert versions == {f"v{version.API_VERSION}"}
