"""Starting, stopping, starting again, and being killed in the middle of a job."""

import csv
import io
import time

from tests.salesforce_simulator.protocols.classic_bulk import ClassicJobs
from tests.salesforce_simulator.protocols.test_bulk2_ingest import Jobs as IngestJobs


def test_process_prints_one_line_and_ends_cleanly_when_asked_to(start_organisation):
    organisation = start_organisation("--seed", "leads:5,contacts:3", "--http-port", "0")
    ready = organisation.ready
    assert (ready["leads"], ready["contacts"], ready["seed"]) == (5, 3, "leads:5,contacts:3")
    session = organisation.session()
    versions = f"{ready['http_url']}/services/data"
    assert session.get(versions).json() == session.get(f"{ready['url']}/services/data").json()
    assert organisation.stop() == (0, "")


def test_data_and_credentials_stay_when_the_directory_is_used_again(start_organisation):
    first = start_organisation("--seed", "leads:5")
    lead = first.client().Lead.create({"LastName": "Stays", "Company": "C"})["id"]
    first.stop()
    second = start_organisation("--seed", "leads:7")
    assert (second.ready["leads"], second.ready["seed"]) == (6, "leads:5")
    assert second.client().Lead.get(lead)["LastName"] == "Stays"
    for key in ("username", "password", "security_token", "organization_id", "ca_file"):
        assert second.ready[key] == first.ready[key]


def test_start_is_refused_when_the_seed_makes_no_sense(start_organisation):
    assert start_organisation("--seed", "nonsense").process.wait(timeout=20) == 2


def test_control_endpoint_is_absent_unless_asked_for(start_organisation):
    organisation = start_organisation("--seed", "leads:1")
    reply = organisation.session().get(f"{organisation.url}/__control__/calls")
    assert reply.status_code == 404


def test_no_record_is_lost_or_doubled_when_the_process_is_killed_in_a_job(start_organisation):
    organisation = start_organisation("--seed", "leads:1")
    jobs = IngestJobs(organisation.client())
    rows = 60_000
    lines = [f"Killed {n},Killed Ltd" for n in range(rows)]
    job_id = jobs.create().json()["id"]
    jobs.upload(job_id, "\n".join(["LastName,Company", *lines, ""]))
    jobs.close(job_id)
    wait_for_first_batch(jobs, job_id)
    organisation.kill()

    again = start_organisation()
    client = again.client()
    done = IngestJobs(client)
    job = done.wait(job_id, limit=120)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (rows, 0)
    count = "SELECT COUNT() FROM Lead WHERE Company = 'Killed Ltd'"
    assert client.query(count)["totalSize"] == rows
    outcome = list(csv.DictReader(io.StringIO(done.result(job, "successfulResults"))))
    assert len({row["sf__Id"] for row in outcome}) == rows


def test_batches_of_the_first_bulk_api_go_on_when_the_process_was_killed(start_organisation):
    organisation = start_organisation("--seed", "leads:1")
    jobs = ClassicJobs(organisation)
    job_id = jobs.open()
    rows = 4_000
    for number in range(5):
        lines = [f"Killed {n},Killed {number}" for n in range(rows)]
        jobs.add(job_id, "\n".join(["LastName,Company", *lines, ""]))
    organisation.kill()

    again = start_organisation()
    done = ClassicJobs(again)
    batches = done.wait(job_id, limit=120)
    assert [batch["state"] for batch in batches] == ["Completed"] * 5
    count = "SELECT COUNT() FROM Lead WHERE Company LIKE 'Killed %'"
    assert again.client().query(count)["totalSize"] == 5 * rows
    ids = set()
    for batch in batches:
        result = done.result(job_id, batch["id"]).text
        ids |= {row["Id"] for row in csv.DictReader(io.StringIO(result))}
    assert len(ids) == 5 * rows


def wait_for_first_batch(jobs, job_id):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        job = jobs.call("GET", f"/{job_id}").json()
        if job.get("numberRecordsProcessed"):
            assert job["state"] == "InProgress", "the job was done too soon to be killed"
            return
    raise AssertionError("no batch was processed")
