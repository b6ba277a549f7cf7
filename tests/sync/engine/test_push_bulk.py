"""One Bulk job is sent while Salesforce works on another: nothing is lost, nothing is doubled."""

import pytest

from connectors.salesforce import TransientError
from lists.models import ListRecord
from sync.engine import matching, push_bulk
from sync.engine import push as push_module
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import RecordIssue, RunState
from tests.processes import wait_until

pytestmark = pytest.mark.scenario


@pytest.fixture
def job(sync, monkeypatch):
    """A list of which each two new people go by a Bulk job of their own."""
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    monkeypatch.setattr(push_bulk, "ROWS_PER_BULK_JOB", 2)
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    sync.org.forget_calls()
    return job


def add_people(sync, job, count):
    return [
        sync.add_local(job, Email=sync.unique(f"bulk{n}"), LastName=f"No {n}", Company="Company")
        for n in range(count)
    ]


def created(sync, people):
    ids = {str(record.record_id) for record in people}
    leads = sync.org.query(
        f"SELECT {EXTERNAL_ID_FIELD} FROM Lead WHERE {EXTERNAL_ID_FIELD} != null"
    )
    return [each[EXTERNAL_ID_FIELD] for each in leads if each[EXTERNAL_ID_FIELD] in ids]


def places(sync, method, ending):
    """Return where such calls stand among all calls to ingest jobs."""
    calls = [call for call in sync.org.calls() if "/jobs/ingest" in call["path"]]
    return [
        place
        for place, call in enumerate(calls)
        if call["method"] == method and call["path"].endswith(ending)
    ]


def test_a_job_is_sent_before_the_outcome_of_the_one_before_is_read(sync, job):
    people = add_people(sync, job, 5)

    run = sync.run(job)

    sent, read = places(sync, "PUT", "/batches"), places(sync, "GET", "/successfulResults")
    assert len(sent) == len(read) == 3
    assert sent[1] < read[0] < sent[2] < read[1]
    assert run.records_pushed_new == len(created(sync, people)) == 5
    assert not ListRecord.objects.filter(list=job.list, salesforce_id=None).exists()


def test_both_jobs_are_found_again_when_the_worker_ended_while_they_were_on_their_way(
    sync, job, monkeypatch
):
    people = add_people(sync, job, 5)
    with monkeypatch.context() as patch:
        patch.setattr(push_bulk.send_bulk, "wait", break_off)
        run = sync.run(job)
    assert (run.state, run.records_pushed_new) == (RunState.INTERRUPTED, 0)
    assert len(run.checkpoint["jobs"]) == 2

    run = sync.execute(run)

    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED, 5)
    assert len(places(sync, "PUT", "/batches")) == 3
    assert len(created(sync, people)) == 5


def break_off(*_):
    raise TransientError("GONE", "Salesforce does not answer.")


def test_an_upload_that_breaks_off_is_repeated_behind_the_job_that_is_on_its_way(sync, job):
    people = add_people(sync, job, 4)
    sync.org.fault("/batches", method="PUT", nth=2, lose_reply=True)

    run = sync.run(job)
    assert (run.state, len(run.checkpoint["jobs"])) == (RunState.INTERRUPTED, 2)
    sync.org.mend()
    run = sync.execute(run)

    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED, 4)
    assert len(created(sync, people)) == 4


def test_an_address_on_its_way_is_not_sent_again_by_the_next_window(sync, job, monkeypatch):
    monkeypatch.setattr(push_bulk, "ROWS_PER_BULK_JOB", 1)
    monkeypatch.setattr(matching, "WINDOW_ROWS", 1)
    email = sync.unique("twins")
    for name in ("One", "Two"):
        sync.add_local(job, Email=email, LastName=name, Company="Company")

    run = sync.run(job)

    assert len(sync.org.query(f"SELECT Id FROM Lead WHERE Email = '{email}'")) == 1
    assert (run.records_pushed_new, run.records_failed) == (1, 1)
    assert RecordIssue.objects.get().code == "ALREADY_IN_LIST"


def test_no_third_job_is_sent_when_most_of_the_first_is_refused(sync, job, monkeypatch):
    monkeypatch.setattr(push_bulk, "ROWS_PER_BULK_JOB", 20)
    for number in range(50):
        sync.add_local(
            job, Email=sync.unique(f"long{number}"), LastName="Long", Company="Company" * 50
        )

    run = sync.run(job)

    assert (run.state, run.records_pushed_new) == (RunState.FAILED, 0)
    assert len(places(sync, "PUT", "/batches")) == 2
    # What was on its way is told all the same.
    assert RecordIssue.objects.filter(run=run).count() == run.records_failed == 40


def test_the_outcome_of_a_job_is_read_though_the_one_before_it_failed(sync, job):
    people = add_people(sync, job, 4)
    sync.org.control("POST", "bulk/failing-batch", {"nth": 1})

    run = sync.run(job)

    assert (run.state, run.records_pushed_new) == (RunState.FAILED, 2)
    assert "The batch could not be processed" in run.message
    settled = ListRecord.objects.filter(list=job.list, salesforce_id__isnull=False)
    assert {str(each.record_id) for each in people if each in settled} == {*created(sync, people)}
    assert sync.run(job).records_pushed_new == 2
    assert len(created(sync, people)) == 4


def break_off_run(sync, job, monkeypatch):
    """Run until two jobs are on their way, with whom the worker ends; return run and job ids."""
    with monkeypatch.context() as patch:
        patch.setattr(push_bulk.send_bulk, "wait", break_off)
        run = sync.run(job)
    assert run.state == RunState.INTERRUPTED
    first, second = (noted[0] for noted in run.checkpoint["jobs"])
    return run, first, second


def state_of(sync, job_id):
    return sync.org.client().restful(f"jobs/ingest/{job_id}")["state"]


def test_what_a_job_took_that_is_gone_is_sent_anew_though_the_next_one_is_found(
    sync, job, monkeypatch
):
    people = add_people(sync, job, 5)
    run, first, _ = break_off_run(sync, job, monkeypatch)
    wait_until(lambda: state_of(sync, first) == "JobComplete")
    sync.org.client().restful(f"jobs/ingest/{first}", method="DELETE")
    with monkeypatch.context() as patch:  # the gap is not forgotten with the next worker either
        patch.setattr(push_bulk.send_bulk, "wait", break_off)
        run = sync.execute(run)
    assert (run.state, len(run.checkpoint["jobs"])) == (RunState.INTERRUPTED, 1)

    run = sync.execute(run)

    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED, 5)
    assert len(created(sync, people)) == 5
    assert not ListRecord.objects.filter(list=job.list, salesforce_id=None).exists()


@pytest.mark.fault("F61")
def test_a_job_that_somebody_stopped_while_no_worker_was_there_ends_the_run(sync, job, monkeypatch):
    people = add_people(sync, job, 5)
    sync.org.control("POST", "bulk/hold", {"held": True})
    try:
        run, first, _ = break_off_run(sync, job, monkeypatch)
        stopped = {"state": "Aborted"}
        sync.org.client().restful(f"jobs/ingest/{first}", method="PATCH", json=stopped)
    finally:
        sync.org.control("POST", "bulk/hold", {"held": False})

    run = sync.execute(run)

    assert (run.state, run.records_pushed_new) == (RunState.FAILED, 2)
    assert "was stopped in Salesforce, and not by this application" in run.message
    assert len(created(sync, people)) == 2
    assert sync.run(job).records_pushed_new == 3
    assert len(created(sync, people)) == 5


def test_what_a_failed_job_left_is_sent_though_the_worker_ended_before_the_next_was_read(
    sync, job, monkeypatch
):
    people = add_people(sync, job, 4)
    sync.org.control("POST", "bulk/failing-batch", {"nth": 1})
    wait, waited = push_bulk.send_bulk.wait, []

    def break_off_later(context, sent):
        waited.append(sent)
        return wait(context, sent) if len(waited) == 1 else break_off()

    with monkeypatch.context() as patch:
        patch.setattr(push_bulk.send_bulk, "wait", break_off_later)
        run = sync.run(job)
    assert (run.state, len(run.checkpoint["jobs"])) == (RunState.INTERRUPTED, 1)

    run = sync.execute(run)

    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED, 4)
    assert len(created(sync, people)) == 4
