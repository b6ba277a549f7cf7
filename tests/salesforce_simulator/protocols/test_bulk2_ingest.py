import csv
import io
import time

import pytest
from simple_salesforce.exceptions import SalesforceOperationError

from tests.salesforce_simulator.protocols.organisation_process import OrganisationProcess
from tests.salesforce_simulator.protocols.recordings import shape, steps


def dicts(text, delimiter=","):
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


class Jobs:
    """Ingest jobs over bare HTTP."""

    def __init__(self, salesforce):
        self.salesforce = salesforce
        self.url = f"{salesforce.base_url}jobs/ingest"

    def call(self, method, path="", headers=None, **parts):
        return self.salesforce.session.request(
            method,
            self.url + path,
            headers={**self.salesforce.headers, **(headers or {})},
            **parts,
        )

    def create(self, operation="insert", **settings):
        body = {"object": "Lead", "operation": operation, "contentType": "CSV", **settings}
        return self.call("POST", json=body)

    def upload(self, job_id, data):
        path, headers = f"/{job_id}/batches", {"Content-Type": "text/csv"}
        return self.call("PUT", path, headers, data=data.encode())

    def close(self, job_id):
        return self.call("PATCH", f"/{job_id}", json={"state": "UploadComplete"})

    def run(self, data, operation="insert", **settings):
        job_id = self.create(operation, **settings).json()["id"]
        self.upload(job_id, data)
        self.close(job_id)
        return self.wait(job_id)

    def wait(self, job_id, limit=30):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            job = self.call("GET", f"/{job_id}").json()
            if job["state"] in {"JobComplete", "Failed", "Aborted"}:
                return job
        raise AssertionError(f"job {job_id} is still {job['state']}")

    def result(self, job, name):
        return self.call("GET", f"/{job['id']}/{name}").text


@pytest.fixture(scope="module")
def ingest_organisation(tmp_path_factory):
    """An organisation whose records these tests change."""
    process = OrganisationProcess(tmp_path_factory.mktemp("ingest"), "--seed", "leads:10")
    yield process
    process.stop()


@pytest.fixture
def salesforce(ingest_organisation):
    return ingest_organisation.client()


@pytest.fixture
def jobs(salesforce):
    return Jobs(salesforce)


def count(salesforce, where):
    return salesforce.query(f"SELECT COUNT() FROM Lead WHERE {where}")["totalSize"]


def test_simple_salesforce_inserts_updates_upserts_and_deletes(salesforce):
    bulk = salesforce.bulk2.Lead
    rows = [{"LastName": f"Bulk {n}", "Company": "Four Ways"} for n in range(3)]
    made = bulk.insert(records=rows, wait=0)
    assert made[0]["numberRecordsProcessed"] == 3
    assert made[0]["numberRecordsFailed"] == 0
    successes = dicts(bulk.get_successful_records(made[0]["job_id"]))
    assert {row["sf__Created"] for row in successes} == {"true"}
    ids = [row["sf__Id"] for row in successes]
    bulk.update(records=[{"Id": record_id, "City": "Bonn"} for record_id in ids], wait=0)
    assert count(salesforce, "Company = 'Four Ways' AND City = 'Bonn'") == 3
    keyed = [{"ActOn_Record_Id__c": "w1", "LastName": "Keyed", "Company": "Four Ways"}]
    for created in ("true", "false"):
        job = bulk.upsert(records=keyed, external_id_field="ActOn_Record_Id__c", wait=0)[0]
        outcome = dicts(bulk.get_successful_records(job["job_id"]))
        assert [row["sf__Created"] for row in outcome] == [created]
    ids.append(outcome[0]["sf__Id"])
    bulk.delete(records=[{"Id": record_id} for record_id in ids], wait=0)
    assert count(salesforce, "Company = 'Four Ways'") == 0


def test_failed_rows_carry_code_and_text_beside_what_was_submitted(jobs):
    data = 'LastName,Company,Email\nA,"C, D",a@b.example\nB,C,nonsense\n,C,c@b.example\n'
    job = jobs.run(data)
    assert job["state"] == "JobComplete"
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (3, 2)
    failed = jobs.result(job, "failedResults")
    assert failed.startswith('"sf__Id","sf__Error",LastName,Company,Email\n')
    errors = [row["sf__Error"] for row in dicts(failed)]
    assert errors[0] == "INVALID_EMAIL_ADDRESS:Email: invalid email address: nonsense:Email --"
    assert errors[1].startswith("REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]")
    done = dicts(jobs.result(job, "successfulResults"))
    assert [row["Company"] for row in done] == ["C, D"]
    assert jobs.result(job, "unprocessedrecords") == "LastName,Company,Email\n"


def test_failed_update_names_its_record(jobs):
    job = jobs.run("Id,City\n00QHs0000zzzzzz,Rome\n", "update")
    row = dicts(jobs.result(job, "failedResults"))[0]
    assert row["sf__Id"] == "00QHs0000zzzzzz"
    assert row["sf__Error"] == "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--"


def test_empty_cell_leaves_a_field_alone_and_not_available_clears_it(jobs, salesforce):
    values = {"LastName": "Cells", "Company": "C", "City": "Rome", "Phone": "1"}
    record_id = salesforce.Lead.create(values)["id"]
    jobs.run(f"Id,City,Phone\n{record_id},,#N/A\n", "update")
    record = salesforce.Lead.get(record_id)
    assert (record["City"], record["Phone"]) == ("Rome", None)


def test_parent_is_found_by_its_external_id(jobs, salesforce):
    account = salesforce.Account.create({"Name": "Parent"})["id"]
    data = f"LastName|Account.Id\nChild|{account}\n"
    job = jobs.run(data, object="Contact", columnDelimiter="PIPE")
    record_id = dicts(jobs.result(job, "successfulResults"), "|")[0]["sf__Id"]
    assert salesforce.Contact.get(record_id)["AccountId"] == account


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("LastName,Nonsense\nA,B\n", "InvalidBatch : Field name not found : Nonsense"),
        (
            "LastName,Company\r\nA,B\r\n",
            (
                "ClientInputError : LineEnding is invalid on user data. "
                "Current LineEnding setting is LF"
            ),
        ),
    ],
)
def test_job_fails_as_a_whole_when_its_data_cannot_be_read(jobs, data, message):
    job = jobs.run(data)
    assert (job["state"], job["errorMessage"]) == ("Failed", message)
    assert len(dicts(jobs.result(job, "unprocessedrecords"))) == 1
    assert dicts(jobs.result(job, "successfulResults")) == []


def test_simple_salesforce_reports_a_failed_job(salesforce):
    with pytest.raises(SalesforceOperationError, match="Field name not found"):
        salesforce.bulk2.Lead.insert(records=[{"LastName": "A", "Nonsense": "B"}], wait=0)


def test_open_job_shows_where_to_upload_and_closing_shows_little(jobs):
    created = jobs.create().json()
    assert created["state"] == "Open"
    assert created["contentUrl"] == f"services/data/v60.0/jobs/ingest/{created['id']}/batches"
    assert "numberRecordsProcessed" not in jobs.call("GET", f"/{created['id']}").json()
    assert jobs.upload(created["id"], "LastName,Company\nA,B\n").status_code == 201
    again = jobs.upload(created["id"], "LastName,Company\nA,B\n")
    assert again.status_code == 400
    closed = jobs.close(created["id"]).json()
    assert closed["state"] == "UploadComplete"
    assert {"contentUrl", "lineEnding", "jobType"}.isdisjoint(closed)
    assert jobs.close(created["id"]).json()[0]["errorCode"] == "INVALIDJOBSTATE"


def test_aborted_job_processes_nothing_and_keeps_its_rows(jobs, salesforce):
    job = jobs.create().json()
    jobs.upload(job["id"], "LastName,Company\nA,Aborted\n")
    aborted = jobs.call("PATCH", f"/{job['id']}", json={"state": "Aborted"})
    assert aborted.json()["state"] == "Aborted"
    assert jobs.close(job["id"]).status_code == 400
    assert count(salesforce, "Company = 'Aborted'") == 0
    assert dicts(jobs.result(job, "unprocessedrecords")) == [
        {"LastName": "A", "Company": "Aborted"}
    ]
    assert dicts(jobs.result(job, "successfulResults")) == []
    assert jobs.call("DELETE", f"/{job['id']}").status_code == 204


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"object": "Nonsense"}, "INVALIDENTITY"),
        ({"operation": "merge"}, "INVALIDJOB"),
        ({"operation": "hardDelete"}, "FEATURENOTENABLED"),
        ({"columnDelimiter": "DOT"}, "INVALIDJOB"),
        ({"lineEnding": "CR"}, "INVALIDJOB"),
        ({"operation": "upsert", "externalIdFieldName": "City"}, "INVALIDJOB"),
    ],
)
def test_job_is_refused_when_it_cannot_be_done(jobs, settings, code):
    reply = jobs.create(**settings)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)


def test_multipart_request_creates_uploads_and_closes_at_once(jobs, salesforce):
    files = {
        "job": (None, '{"object": "Lead", "operation": "insert"}', "application/json"),
        "content": ("content", "LastName,Company\nA,Multipart\n", "text/csv"),
    }
    headers = {"Authorization": salesforce.headers["Authorization"]}
    reply = salesforce.session.post(jobs.url, headers=headers, files=files)
    assert jobs.wait(reply.json()["id"])["state"] == "JobComplete"
    assert count(salesforce, "Company = 'Multipart'") == 1


def test_bodies_have_the_keys_and_types_of_a_real_organisation(jobs, salesforce):
    real = steps("bulk2/ingest-lifecycle.json")
    account = salesforce.Account.create({"Name": "Shape"})["id"]
    created = jobs.create("update", object="Account").json()
    path = f"/{created['id']}"
    bodies = {"POST /jobs/ingest": created}
    bodies["GET /jobs/ingest/{id} before upload"] = jobs.call("GET", path).json()
    jobs.upload(created["id"], f"Id,Phone\n{account},1\n")
    bodies["GET after upload"] = jobs.call("GET", path).json()
    bodies["PATCH state=UploadComplete"] = jobs.close(created["id"]).json()
    bodies["GET complete"] = jobs.wait(created["id"])
    for step, body in bodies.items():
        assert shape(body) == shape(real[step]), step
    for name in ("failedResults", "unprocessedrecords"):
        real_text = next(body for step, body in real.items() if f"GET {name}" in step)
        assert jobs.result(created, name) == real_text


def test_job_without_an_upload_is_one_of_no_rows(jobs):
    job_id = jobs.create().json()["id"]
    jobs.close(job_id)
    job = jobs.wait(job_id)
    assert (job["state"], job["numberRecordsProcessed"]) == ("JobComplete", 0)


def test_unknown_job_is_not_found(jobs):
    assert jobs.call("GET", "/750Hs0000zzzzzz").status_code == 404
    assert jobs.upload("750Hs0000zzzzzz", "LastName\n").status_code == 404
