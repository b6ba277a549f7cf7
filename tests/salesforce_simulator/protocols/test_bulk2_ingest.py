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
    process = OrganisationProcess(
        tmp_path_factory.mktemp("ingest"), "--seed", "leads:10", "--control"
    )
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
        ({"object": {"a": 1}}, "INVALIDENTITY"),
        ({"operation": "merge"}, "INVALIDJOB"),
        ({"operation": ["insert"]}, "INVALIDJOB"),
        ({"columnDelimiter": []}, "INVALIDJOB"),
        ({"lineEnding": {}}, "INVALIDJOB"),
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


@pytest.mark.parametrize("ending", ["LF", "CRLF"])
@pytest.mark.parametrize(
    ("name", "character"),
    [("BACKQUOTE", "`"), ("CARET", "^"), ("COMMA", ","), ("PIPE", "|"), ("SEMICOLON", ";"),
     ("TAB", "\t")],
)  # fmt: skip
def test_results_have_the_delimiter_and_line_ending_of_the_job(jobs, name, character, ending):
    end = {"LF": "\n", "CRLF": "\r\n"}[ending]
    rows = [["LastName", "Company"], [f'"A{character}B"', "C"], ["", "C"]]
    data = "".join(character.join(row) + end for row in rows)
    job = jobs.run(data, columnDelimiter=name, lineEnding=ending)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)
    for file in ("successfulResults", "failedResults", "unprocessedrecords"):
        text = jobs.call("GET", f"/{job['id']}/{file}").content.decode()
        assert text.count(end) == text.count("\n") == (1 if file.startswith("un") else 2)
    done = jobs.call("GET", f"/{job['id']}/successfulResults").content.decode()
    assert dicts(done, character)[0]["LastName"] == f"A{character}B"


def test_person_of_a_task_is_found_through_the_object_that_the_column_names(jobs, salesforce):
    email = "who@people.example"
    lead = salesforce.Lead.create({"LastName": "Who", "Company": "C", "Email": email})["id"]
    contact = salesforce.Contact.create({"LastName": "Who", "Email": email})["id"]
    for column, record_id in (("Lead:Who.Email", lead), ("Contact:Who.Email", contact)):
        job = jobs.run(f"Subject,{column}\nCall,{email}\n", object="Task")
        (row,) = dicts(jobs.result(job, "successfulResults"))
        assert salesforce.Task.get(row["sf__Id"])["WhoId"] == record_id


def test_rows_after_a_batch_that_fails_as_a_whole_are_not_processed(
    jobs, salesforce, ingest_organisation
):
    message = "InternalServerError : Unable to process the batch"
    ingest_organisation.control("bulk/failing-batch", {"nth": 2, "message": message})
    rows = "".join(f"Row {n},Half done\n" for n in range(20_001))
    job = jobs.run(f"LastName,Company\n{rows}")
    assert (job["state"], job["errorMessage"]) == ("Failed", message)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (10_000, 0)
    assert count(salesforce, "Company = 'Half done'") == 10_000
    left = dicts(jobs.result(job, "unprocessedrecords"))
    assert [row["LastName"] for row in left[:1]] == ["Row 10000"]
    assert len(left) == 10_001


def test_hard_delete_leaves_no_trace_where_users_may_do_it(jobs, salesforce, ingest_organisation):
    ingest_organisation.control("policies", {"hard_delete_allowed": True})
    try:
        lead = salesforce.Lead.create({"LastName": "Gone", "Company": "C"})["id"]
        job = jobs.run(f"Id\n{lead}\n00QHs0000zzzzzz\n", "hardDelete")
        assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)
        soql = f"SELECT Id FROM Lead WHERE Id = '{lead}'"
        assert salesforce.query(soql, include_deleted=True)["totalSize"] == 0
        assert salesforce.Lead.create({"LastName": "Next", "Company": "C"})["id"] > lead
    finally:
        ingest_organisation.control("policies", {"hard_delete_allowed": False})


def test_assignment_rule_gives_records_to_owners_when_the_job_names_one(
    jobs, salesforce, ingest_organisation
):
    owner = salesforce.query("SELECT Id FROM User WHERE Alias = 'mgarcia'")["records"][0]["Id"]
    rule = {"object": "Lead", "entries": [["true", owner]]}
    ingest_organisation.control("rulebook", {"assignment_rules": [rule]})
    try:
        for settings in ({}, {"assignmentRuleId": "01QHs0000000001"}):
            job = jobs.run("LastName,Company\nA,Assigned\n", **settings)
            assert job.get("assignmentRuleId") == settings.get("assignmentRuleId")
    finally:
        ingest_organisation.control("rulebook", {"assignment_rules": []})
    assert count(salesforce, f"Company = 'Assigned' AND OwnerId = '{owner}'") == 1


def test_job_is_refused_when_no_batch_is_left_for_the_day(jobs, salesforce, ingest_organisation):
    ingest_organisation.control("bulk/allotments", {"batches": {"used": 7, "maximum": 7}})
    try:
        reply = jobs.create()
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "EXCEEDEDQUOTA")
        assert salesforce.limits()["DailyBulkApiBatches"] == {"Max": 7, "Remaining": 0}
    finally:
        usage = {"batches": {"used": 0, "maximum": 15_000}}
        ingest_organisation.control("bulk/allotments", usage)
    jobs.run("LastName,Company\nA,Counted\n")
    assert salesforce.limits()["DailyBulkApiBatches"]["Remaining"] == 14_999


def test_waiting_job_is_aborted_before_a_row_is_written(jobs, salesforce, ingest_organisation):
    ingest_organisation.control("bulk/hold", {"held": True})
    try:
        job_id = jobs.create().json()["id"]
        jobs.upload(job_id, "LastName,Company\nA,Held\n")
        jobs.close(job_id)
        assert jobs.call("GET", f"/{job_id}").json()["state"] == "UploadComplete"
        early = jobs.call("GET", f"/{job_id}/successfulResults")
        assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
        late = jobs.upload(job_id, "LastName,Company\nA,Held\n")
        assert (late.status_code, late.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
        aborted = jobs.call("PATCH", f"/{job_id}", json={"state": "Aborted"}).json()
        assert aborted["state"] == "Aborted"
        assert dicts(jobs.result(aborted, "unprocessedrecords")) == [
            {"LastName": "A", "Company": "Held"}
        ]
    finally:
        ingest_organisation.control("bulk/hold", {"held": False})
    again = jobs.call("PATCH", f"/{job_id}", json={"state": "Aborted"}).json()[0]
    assert again["message"] == "Aborting already Aborted Job not allowed"
    assert count(salesforce, "Company = 'Held'") == 0


def test_multipart_request_is_refused_when_its_data_is_too_long(jobs, salesforce):
    files = {
        "job": (None, '{"object": "Lead", "operation": "insert"}', "application/json"),
        "content": ("content", "LastName,Company\n" + "A,B\n" * 25_000, "text/csv"),
    }
    headers = {"Authorization": salesforce.headers["Authorization"]}
    reply = salesforce.session.post(jobs.url, headers=headers, files=files)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALIDJOB")


def test_job_is_gone_when_it_ended_more_than_seven_days_ago(ingest_organisation):
    job = Jobs(ingest_organisation.client()).run("LastName,Company\nA,Old\n")
    open_id = Jobs(ingest_organisation.client()).create().json()["id"]
    week = 7 * 24 * 3600 + 60
    ingest_organisation.control("clock", {"shift_seconds": week})
    try:
        later = Jobs(ingest_organisation.client())
        assert later.call("GET", f"/{job['id']}").status_code == 404
        assert later.call("GET", f"/{job['id']}/successfulResults").status_code == 404
        listed = [record["id"] for record in later.call("GET").json()["records"]]
        assert job["id"] not in listed
        assert open_id in listed
    finally:
        ingest_organisation.control("clock", {"shift_seconds": -week})


def test_upload_is_refused_when_it_is_larger_than_150_megabytes(jobs):
    job_id = jobs.create().json()["id"]
    piece = b"A,B\n" * (1 << 18)
    pieces = (piece for _ in range(151))
    headers = {"Content-Type": "text/csv"}
    reply = jobs.call("PUT", f"/{job_id}/batches", headers, data=pieces)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (413, "EXCEEDEDQUOTA")
    assert jobs.call("GET", f"/{job_id}").json()["state"] == "Open"
    assert jobs.upload(job_id, "LastName,Company\nA,B\n").status_code == 201
