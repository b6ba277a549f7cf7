import re

import pytest
from defusedxml import ElementTree

from tests.salesforce_simulator.protocols.classic_bulk import JSON, XML, ClassicJobs, fields
from tests.salesforce_simulator.protocols.organisation_process import OrganisationProcess
from tests.salesforce_simulator.recorded import recordings

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z")


@pytest.fixture(scope="module")
def classic_organisation(tmp_path_factory):
    """An organisation whose records these tests change."""
    process = OrganisationProcess(
        tmp_path_factory.mktemp("classic"), "--seed", "leads:10", "--control"
    )
    yield process
    process.stop()


@pytest.fixture
def jobs(classic_organisation):
    return ClassicJobs(classic_organisation)


def names(text):
    """Return the names of an XML text in their order, without namespace."""
    return [element.tag.rpartition("}")[2] for element in ElementTree.fromstring(text).iter()]


def template(name):
    return recordings(f"cumulusci-cassettes/{name}").read_text()


def test_job_and_batch_have_the_elements_of_a_real_organisation_in_their_order(jobs):
    created = jobs.create("upsert", externalIdFieldName="ActOn_Record_Id__c")
    assert created.status_code == 201
    assert created.headers["Content-Type"].startswith("application/xml")
    assert names(created.text) == names(template("jobInfo_upsert_xml.tpl"))
    assert names(jobs.create("insert").text) == names(template("jobInfo_insert_xml.tpl"))
    job_id = fields(created.text)["id"]
    data = "ActOn_Record_Id__c,LastName,Company\nshape,A,B\n"
    batch = jobs.call("POST", f"/job/{job_id}/batch", data, "text/csv")
    assert (batch.status_code, fields(batch.text)["state"]) == (201, "Queued")
    assert names(batch.text) == names(template("batchInfo_xml.tpl"))
    listed = jobs.call("GET", f"/job/{job_id}/batch").text
    assert names(listed) == names(template("batchInfoList_xml.tpl"))


def test_times_end_in_z_in_xml_and_the_ids_have_their_prefixes(jobs):
    job_id = jobs.open()
    batch_id = jobs.add(job_id, "LastName,Company\nA,B\n")
    job, batch = jobs.job(job_id), fields(jobs.call("GET", f"/job/{job_id}/batch/{batch_id}").text)
    assert (job_id[:3], batch_id[:3]) == ("750", "751")
    for body in (job, batch):
        assert _STAMP.fullmatch(body["createdDate"])
        assert _STAMP.fullmatch(body["systemModstamp"])


def test_job_without_batches_has_an_empty_list(jobs):
    reply = jobs.call("GET", f"/job/{jobs.open()}/batch")
    assert names(reply.text) == ["batchInfoList"]


def test_job_counts_the_records_of_its_batches(jobs):
    job_id = jobs.open()
    for data in ("LastName,Company\nA,Counted\n,B\n", "LastName,Company\nA,Counted\n"):
        jobs.add(job_id, data)
    jobs.wait(job_id)
    closed = fields(jobs.set_state(job_id, "Closed").text)
    assert closed["state"] == "Closed"
    assert (closed["numberBatchesCompleted"], closed["numberBatchesTotal"]) == ("2", "2")
    assert (closed["numberRecordsProcessed"], closed["numberRecordsFailed"]) == ("3", "1")


def test_json_is_answered_to_clients_that_speak_it(jobs):
    body = '{"object": "Lead", "operation": "insert", "contentType": "JSON", "concurrencyMode": 1}'
    created = jobs.call("POST", "/job", body, JSON)
    assert (created.status_code, created.headers["Content-Type"]) == (201, JSON)
    job = created.json()
    assert (job["concurrencyMode"], job["apiVersion"], job["state"]) == ("Serial", 60.0, "Open")
    assert job["createdDate"].endswith(".000+0000")
    batch_id = jobs.add(job["id"], '[{"LastName": "A", "Company": "B"}]', JSON)
    listed = jobs.call("GET", f"/job/{job['id']}/batch", content_type=JSON).json()
    assert [each["id"] for each in listed["batchInfo"]] == [batch_id]
    error = jobs.call("GET", "/job/750000000000000", content_type=JSON)
    assert error.json()["exceptionCode"] == "InvalidJob"


def test_batches_are_told_in_the_form_of_their_records_unless_a_client_of_json_jobs_asks(jobs):
    csv_job = jobs.open()
    csv_batch = jobs.add(csv_job, "LastName,Company\nA,Form\n")
    for path in ("", f"/{csv_batch}"):
        reply = jobs.call("GET", f"/job/{csv_job}/batch{path}", content_type=JSON)
        assert reply.headers["Content-Type"].startswith("application/xml")
    json_job = jobs.open(content_type="JSON")
    json_batch = jobs.add(json_job, '[{"LastName": "A", "Company": "Form"}]', JSON)
    path = f"/job/{json_job}/batch/{json_batch}"
    assert jobs.session.get(jobs.url + path).json()["id"] == json_batch
    assert fields(jobs.call("GET", path, content_type=XML).text)["id"] == json_batch


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"sobject": "Nonsense"}, "InvalidJob"),
        ({"operation": "merge"}, "InvalidJob"),
        ({"content_type": "PDF"}, "InvalidJob"),
        ({"content_type": "ZIP_CSV"}, "FeatureNotEnabled"),
        ({"concurrencyMode": "Sideways"}, "InvalidJob"),
        ({"operation": "upsert"}, "InvalidJob"),
        ({"operation": "upsert", "externalIdFieldName": "City"}, "InvalidJob"),
        ({"operation": "hardDelete"}, "FeatureNotEnabled"),
        ({"operation": "query", "headers": {"Sforce-Enable-PKChunking": "chunkSize=0"}},
         "InvalidJob"),
    ],
)  # fmt: skip
def test_job_is_refused_when_it_cannot_be_done(jobs, settings, code):
    assert jobs.error(jobs.create(**settings))[:2] == (400, code)


def test_job_is_refused_when_it_is_no_xml(jobs):
    assert jobs.error(jobs.call("POST", "/job", "<jobInfo"))[:2] == (400, "InvalidXML")
    bad = jobs.call("POST", "/job", "[", JSON)
    assert (bad.status_code, bad.json()["exceptionCode"]) == (400, "InvalidJob")


def test_calls_are_refused_when_the_session_is_unknown_or_missing(jobs):
    jobs.session.headers["X-SFDC-Session"] = "nonsense"
    assert jobs.error(jobs.create())[:2] == (400, "InvalidSessionId")
    del jobs.session.headers["X-SFDC-Session"]
    assert jobs.error(jobs.create())[:2] == (400, "InvalidSessionId")


def test_calls_are_counted_against_the_daily_limit(jobs, classic_organisation):
    classic_organisation.control("api-usage", {"used": 0, "maximum": 1})
    try:
        assert jobs.create().status_code == 201
        assert jobs.error(jobs.create())[1] == "ExceededQuota"
    finally:
        classic_organisation.control("api-usage", {"used": 0, "maximum": 100_000})


def test_unknown_addresses_and_versions_have_errors_of_this_api(jobs, classic_organisation):
    assert jobs.error(jobs.call("GET", "/jobs"))[:2] == (404, "InvalidUrl")
    old = ClassicJobs(classic_organisation, version="25.0")
    assert old.error(old.create())[1] == "InvalidVersion"


def test_unknown_jobs_and_batches_are_told_apart(jobs):
    job_id, other_id = jobs.open(), jobs.open()
    batch_id = jobs.add(other_id, "LastName,Company\nA,B\n")
    assert jobs.error(jobs.call("GET", "/job/750000000000000"))[1] == "InvalidJob"
    assert jobs.error(jobs.call("GET", f"/job/{job_id}/batch/{batch_id}"))[1] == "InvalidBatch"
    assert jobs.error(jobs.call("GET", f"/job/{batch_id}"))[1] == "InvalidJob"


def test_closed_job_takes_no_batch_and_is_not_closed_twice(jobs):
    job_id = jobs.open()
    jobs.set_state(job_id, "Closed")
    late = jobs.call("POST", f"/job/{job_id}/batch", "LastName,Company\nA,B\n", "text/csv")
    assert jobs.error(late)[:2] == (400, "InvalidJobState")
    again = jobs.error(jobs.set_state(job_id, "Closed"))
    assert again == (400, "InvalidJobState", "Closing already Closed Job not allowed")
    assert jobs.error(jobs.set_state(job_id, "Open"))[1] == "InvalidJobState"


def test_batch_is_refused_when_no_batch_is_left_for_the_day(jobs, classic_organisation):
    job_id = jobs.open()
    classic_organisation.control("bulk/allotments", {"batches": {"used": 5, "maximum": 5}})
    try:
        late = jobs.call("POST", f"/job/{job_id}/batch", "LastName\nA\n", "text/csv")
        assert jobs.error(late)[:2] == (400, "ExceededQuota")
    finally:
        usage = {"batches": {"used": 0, "maximum": 15_000}}
        classic_organisation.control("bulk/allotments", usage)


def test_jobs_of_this_api_are_listed_by_the_other_one_and_not_shown(jobs, classic_organisation):
    job_id = jobs.open("query")
    salesforce = classic_organisation.client()
    url = f"{salesforce.base_url}jobs/query"
    reply = salesforce.session.get(f"{url}?jobType=Classic", headers=salesforce.headers)
    listed = {record["id"]: record["jobType"] for record in reply.json()["records"]}
    assert listed[job_id] == "Classic"
    shown = salesforce.session.get(f"{url}/{job_id}", headers=salesforce.headers)
    assert shown.status_code == 404
