import csv
import gzip
import io
import time

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

from tests.salesforce_simulator.protocols.recordings import shape, steps


def rows_of(text):
    return list(csv.reader(io.StringIO(text, newline="")))


class Jobs:
    """Query jobs over bare HTTP."""

    def __init__(self, salesforce):
        self.salesforce = salesforce
        self.url = f"{salesforce.base_url}jobs/query"

    def call(self, method, path="", **parts):
        headers = {**self.salesforce.headers, **parts.pop("headers", {})}
        url = self.url + path
        return self.salesforce.session.request(method, url, headers=headers, **parts)

    def create(self, soql, **settings):
        body = {"operation": "query", "query": soql, **settings}
        return self.call("POST", json=body).json()

    def finish(self, soql, **settings):
        job = self.create(soql, **settings)
        return self.wait(job["id"])

    def wait(self, job_id, limit=30):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            job = self.call("GET", f"/{job_id}").json()
            if job["state"] in {"JobComplete", "Failed", "Aborted"}:
                return job
        raise AssertionError(f"job {job_id} is still {job['state']}")


@pytest.fixture
def jobs(salesforce):
    return Jobs(salesforce)


def test_simple_salesforce_reads_every_record_whatever_the_page_size(live_organisation, salesforce):
    total = live_organisation.ready["leads"]
    query = "SELECT Id, LastName, Description, Owner.Name FROM Lead"
    by_rest = {r["Id"]: r["LastName"] for r in salesforce.query_all_iter(query)}
    for size in (37, 200, 100_000):
        pages = [
            rows_of(page) for page in salesforce.bulk2.Lead.query(query, max_records=size, wait=0)
        ]
        assert len(pages) == -(-total // size)
        assert all(page[0] == ["Id", "LastName", "Description", "Owner.Name"] for page in pages)
        found = {row[0]: row[1] for page in pages for row in page[1:]}
        assert found == by_rest


def test_simple_salesforce_downloads_to_files(live_organisation, salesforce, tmp_path):
    results = salesforce.bulk2.Lead.download(
        "SELECT Id FROM Lead", path=str(tmp_path), max_records=300, wait=0
    )
    assert (
        sum(result["number_of_records"] for result in results) == (live_organisation.ready["leads"])
    )


def test_job_passes_through_its_states_and_shows_what_a_real_one_shows(jobs):
    created = jobs.create("SELECT Id FROM Lead")
    assert created["state"] == "UploadComplete"
    assert created["apiVersion"] == 60.0
    assert "jobType" not in created
    done = jobs.wait(created["id"])
    assert done["state"] == "JobComplete"
    assert (done["jobType"], done["object"]) == ("V2Query", "Lead")
    assert done["numberRecordsProcessed"] > 0


def test_bodies_have_the_keys_and_types_of_a_real_organisation(jobs):
    real = steps("bulk2/query-lifecycle.json")
    created = jobs.create("SELECT Id FROM User")
    assert shape(created) == shape(real["POST /jobs/query"])
    done = jobs.wait(created["id"])
    assert done.pop("isPkChunkingSupported") is False  # newer than the recording
    assert shape(done) == shape(real["GET complete"])


def test_results_are_the_same_when_compressed(jobs):
    path = f"/{jobs.finish('SELECT Id, Description FROM Lead')['id']}/results"
    plain = jobs.call("GET", path, headers={"Accept-Encoding": "identity"})
    packed = jobs.call("GET", path, headers={"Accept-Encoding": "gzip"}, stream=True)
    assert plain.headers["Sforce-NumberOfRecords"] == packed.headers["Sforce-NumberOfRecords"]
    assert gzip.decompress(packed.raw.read(decode_content=False)) == plain.content
    assert int(plain.headers["Content-Length"]) == len(plain.content)


def test_parallel_links_cover_the_whole_result(jobs, live_organisation):
    job = jobs.finish("SELECT Id FROM Lead")
    body = jobs.call("GET", f"/{job['id']}/resultPages").json()
    assert body["done"] is True
    host = live_organisation.url
    pages = [
        jobs.salesforce.session.get(host + each["resultUrl"], headers=jobs.salesforce.headers)
        for each in body["resultPages"]
    ]
    total = sum(int(page.headers["Sforce-NumberOfRecords"]) for page in pages)
    assert total == live_organisation.ready["leads"]


def test_empty_result_has_a_header_and_no_locator(jobs):
    job = jobs.finish("SELECT Id, Email FROM Lead WHERE LastName = 'nobody at all'")
    page = jobs.call("GET", f"/{job['id']}/results")
    assert page.text == '"Id","Email"\n'
    assert page.headers["Sforce-NumberOfRecords"] == "0"
    assert page.headers["Sforce-Locator"] == "null"


def test_delimiter_and_line_ending_are_those_of_the_job(jobs):
    settings = {"columnDelimiter": "PIPE", "lineEnding": "CRLF"}
    job = jobs.finish("SELECT Id, Name FROM Account LIMIT 1", **settings)
    header = jobs.call("GET", f"/{job['id']}/results").text.split("\r\n")[0]
    assert header == '"Id"|"Name"'


def test_results_are_refused_when_read_with_another_version(jobs, live_organisation):
    job = jobs.finish("SELECT Id FROM Lead")
    other = Jobs(live_organisation.client("61.0"))
    assert other.call("GET", f"/{job['id']}/results").status_code == 409


def test_job_is_not_found_when_it_was_deleted(jobs):
    job = jobs.finish("SELECT Id FROM Lead")
    gone = jobs.call("DELETE", f"/{job['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert jobs.call("GET", f"/{job['id']}").status_code == 404
    assert jobs.call("GET", f"/{job['id']}/results").status_code == 404


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Nonsense FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FORM Lead", "MALFORMED_QUERY"),
        ("SELECT Address FROM Lead", "API_ERROR"),
    ],
)
def test_query_is_refused_at_once_when_it_cannot_run(salesforce, soql, code):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        list(salesforce.bulk2.Lead.query(soql))
    assert caught.value.content[0]["errorCode"] == code


def test_job_cannot_be_aborted_when_it_is_done(jobs):
    job = jobs.finish("SELECT Id FROM Lead")
    reply = jobs.call("PATCH", f"/{job['id']}", json={"state": "Aborted"})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")


def test_jobs_are_listed_newest_first(jobs):
    made = [jobs.finish("SELECT Id FROM Lead")["id"] for _ in range(2)]
    listed = jobs.call("GET", "?jobType=V2Query").json()
    assert [entry["id"] for entry in listed["records"][:2]] == made[::-1]
    assert listed["done"] is True
    classic = jobs.call("GET", "?jobType=Classic").json()["records"]
    assert {entry["jobType"] for entry in classic} <= {"Classic"}


def test_jobs_are_chosen_by_type_and_mode(jobs):
    made = jobs.finish("SELECT Id FROM Lead")["id"]
    for query, is_found in (
        ("jobType=V2Query&concurrencyMode=parallel", True),
        ("concurrencyMode=serial", False),
        ("isPkChunkingEnabled=true", False),
        ("isPkChunkingEnabled=false", True),
    ):
        listed = [entry["id"] for entry in jobs.call("GET", f"?{query}").json()["records"]]
        assert (made in listed) == is_found, query
    assert jobs.call("GET", "?jobType=Nonsense").status_code == 400
    assert jobs.call("GET", "?queryLocator=OTk5OTk5").json()[0]["errorCode"] == "INVALIDLOCATOR"


def test_job_that_failed_says_why_and_has_no_results(jobs, live_organisation):
    message = "InternalServerError : The query took too long"
    live_organisation.control("bulk/failing-batch", {"nth": 1, "message": message})
    job = jobs.finish("SELECT Id FROM Lead")
    assert (job["state"], job["errorMessage"]) == ("Failed", message)
    reply = jobs.call("GET", f"/{job['id']}/results")
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")


def test_waiting_job_can_be_aborted_and_then_deleted(jobs, live_organisation):
    live_organisation.control("bulk/hold", {"held": True})
    try:
        job = jobs.create("SELECT Id FROM Lead")
        path = f"/{job['id']}"
        assert jobs.call("GET", path).json()["state"] == "UploadComplete"
        assert jobs.call("GET", f"{path}/results").status_code == 400
        closed = jobs.call("PATCH", path, json={"state": "UploadComplete"})
        assert (closed.status_code, closed.json()[0]["errorCode"]) == (400, "INVALIDJOB")
        aborted = jobs.call("PATCH", path, json={"state": "Aborted"}).json()
        assert (aborted["state"], aborted["jobType"]) == ("Aborted", "V2Query")
    finally:
        live_organisation.control("bulk/hold", {"held": False})
    assert jobs.call("GET", path).json()["state"] == "Aborted"
    assert jobs.call("GET", f"{path}/results").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert jobs.call("DELETE", path).status_code == 204
    assert jobs.call("GET", path).status_code == 404


def test_parallel_links_are_unknown_before_version_58(jobs, live_organisation):
    old = Jobs(live_organisation.client("57.0"))
    job = old.finish("SELECT Id FROM Lead")
    assert old.call("GET", f"/{job['id']}/resultPages").status_code == 404
    assert old.call("GET", f"/{job['id']}/results").status_code == 200


def test_deleted_records_are_read_when_the_job_asks_for_all(jobs, salesforce):
    lead = salesforce.Lead.create({"LastName": "Deleted", "Company": "Both bins"})["id"]
    salesforce.Lead.delete(lead)
    soql = "SELECT Id, IsDeleted FROM Lead WHERE Company = 'Both bins'"
    found = {}
    for operation in ("query", "queryAll"):
        job = jobs.finish(soql, operation=operation)
        found[operation] = rows_of(jobs.call("GET", f"/{job['id']}/results").text)[1:]
    assert found["query"] == []
    assert [lead, "true"] in found["queryAll"]


def test_query_job_is_refused_when_none_is_left_for_the_day(jobs, salesforce, live_organisation):
    live_organisation.control("bulk/allotments", {"query_jobs": {"used": 3, "maximum": 3}})
    try:
        (error,) = jobs.create("SELECT Id FROM Lead")
        assert error["errorCode"] == "EXCEEDEDQUOTA"
        assert salesforce.limits()["DailyBulkV2QueryJobs"] == {"Max": 3, "Remaining": 0}
    finally:
        usage = {"query_jobs": {"used": 0, "maximum": 10_000}}
        live_organisation.control("bulk/allotments", usage)


@pytest.mark.parametrize("value", ["0", "-1", "many", "²"])
def test_results_are_refused_when_the_number_of_records_makes_no_sense(jobs, value):
    path = f"/{jobs.finish('SELECT Id FROM Lead')['id']}/results"
    assert jobs.call("GET", f"{path}?maxRecords={value}").status_code == 400
    reply = jobs.call("GET", f"{path}?locator=nonsense")
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALIDLOCATOR")
