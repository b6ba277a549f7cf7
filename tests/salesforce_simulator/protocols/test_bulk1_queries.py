import csv
import io
from datetime import UTC, datetime

import pytest
from defusedxml import ElementTree
from simple_salesforce.exceptions import SalesforceGeneralError

from tests.salesforce_simulator.protocols.classic_bulk import JSON, SPACE, ClassicJobs


@pytest.fixture
def jobs(live_organisation):
    return ClassicJobs(live_organisation)


def run(jobs, soql, **settings):
    """Run a query job; return its id and its batches."""
    job_id = jobs.open("query", **settings)
    jobs.add(job_id, soql)
    return job_id, jobs.wait(job_id)


def result_ids(text):
    return [element.text for element in ElementTree.fromstring(text).iter(f"{SPACE}result")]


def read_csv(jobs, job_id, batch_id):
    (result_id,) = result_ids(jobs.result(job_id, batch_id).text)
    assert result_id.startswith("752")
    reply = jobs.result(job_id, batch_id, f"/{result_id}")
    assert reply.headers["Content-Type"] == "text/csv"
    return list(csv.reader(io.StringIO(reply.content.decode(), newline="")))


def test_simple_salesforce_reads_every_record(salesforce):
    soql = "SELECT Id, LastName, CreatedDate, Owner.Name FROM Lead"
    by_rest = {record["Id"]: record for record in salesforce.query_all_iter(soql)}
    found = salesforce.bulk.Lead.query(soql, wait=0)
    assert {record["Id"] for record in found} == set(by_rest)
    for record in found:
        other = by_rest[record["Id"]]
        assert record["attributes"] == other["attributes"]
        assert record["Owner"]["Name"] == other["Owner"]["Name"]
        moment = datetime.fromtimestamp(record["CreatedDate"] / 1000, UTC)
        assert moment == datetime.fromisoformat(other["CreatedDate"])


def test_simple_salesforce_reads_deleted_records_too(live_organisation, salesforce):
    lead = salesforce.Lead.create({"LastName": "Deleted", "Company": "Bin"})["id"]
    salesforce.Lead.delete(lead)
    soql = "SELECT Id FROM Lead WHERE Company = 'Bin'"
    assert salesforce.bulk.Lead.query(soql, wait=0) == []
    assert lead in [record["Id"] for record in salesforce.bulk.Lead.query_all(soql, wait=0)]


def test_csv_result_has_every_cell_in_quotes(jobs, salesforce):
    soql = "SELECT Id, LastName, Description FROM Lead"
    job_id, (batch,) = run(jobs, soql)
    rows = read_csv(jobs, job_id, batch["id"])
    assert rows[0] == ["Id", "LastName", "Description"]
    by_rest = {record["Id"]: record for record in salesforce.query_all_iter(soql)}
    assert {row[0]: row[2] for row in rows[1:]} == {
        key: record["Description"] or "" for key, record in by_rest.items()
    }


def test_empty_csv_result_has_its_header_alone(jobs):
    job_id, (batch,) = run(jobs, "SELECT Id FROM Lead WHERE LastName = 'nobody at all'")
    assert read_csv(jobs, job_id, batch["id"]) == [["Id"]]


def test_xml_result_names_the_object_and_marks_what_is_null(jobs, salesforce):
    record = salesforce.query("SELECT Id, Name FROM Account LIMIT 1")["records"][0]
    soql = f"SELECT Id, Name, Fax, IsDeleted, Owner.Name FROM Account WHERE Id = '{record['Id']}'"
    job_id, (batch,) = run(jobs, soql, sobject="Account", content_type="XML")
    (result_id,) = result_ids(jobs.result(job_id, batch["id"]).text)
    text = jobs.result(job_id, batch["id"], f"/{result_id}").text
    (found,) = ElementTree.fromstring(text)
    assert found.tag == f"{SPACE}records"
    values = {child.tag.removeprefix(SPACE): child for child in found}
    assert (values["type"].text, values["Id"].text) == ("Account", record["Id"])
    assert (values["Name"].text, values["IsDeleted"].text) == (record["Name"], "false")
    assert values["Fax"].get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"
    assert values["Owner"].findtext(f"{SPACE}type") == "User"


def test_json_job_has_json_results(jobs):
    job_id, (batch,) = run(jobs, "SELECT Id FROM Lead LIMIT 2", content_type="JSON")
    path = f"/job/{job_id}/batch/{batch['id']}/result"
    (result_id,) = jobs.call("GET", path, content_type=JSON).json()
    found = jobs.result(job_id, batch["id"], f"/{result_id}")
    assert found.headers["Content-Type"] == JSON
    assert [record["attributes"]["type"] for record in found.json()] == ["Lead", "Lead"]


def test_batch_fails_when_the_query_cannot_run(jobs, salesforce):
    job_id, (batch,) = run(jobs, "SELECT Nonsense FROM Lead")
    assert batch["state"] == "Failed"
    start = "InvalidBatch : Failed to process query: INVALID_FIELD: "
    assert batch["stateMessage"].startswith(start)
    assert jobs.error(jobs.result(job_id, batch["id"]))[1] == "InvalidBatch"
    with pytest.raises(SalesforceGeneralError, match="Failed to process query"):
        salesforce.bulk.Lead.query("SELECT Nonsense FROM Lead", wait=0)


def test_unknown_result_is_refused(jobs):
    job_id, (batch,) = run(jobs, "SELECT Id FROM Lead LIMIT 1")
    reply = jobs.result(job_id, batch["id"], "/752000000000000AAA")
    assert jobs.error(reply)[:2] == (400, "InvalidBatch")


@pytest.mark.parametrize("where", ["", " WHERE City = 'Paris' OR Company != 'Nobody'"])
def test_chunks_by_primary_key_hold_every_record_once(jobs, live_organisation, where):
    headers = {"Sforce-Enable-PKChunking": "chunkSize=70"}
    job_id, (first, *chunks) = run(jobs, f"SELECT Id FROM Lead{where}", headers=headers)
    total = live_organisation.ready["leads"]
    assert first["state"] == "NotProcessed"
    assert len(chunks) >= -(-total // 70)
    assert {chunk["state"] for chunk in chunks} == {"Completed"}
    pages = [read_csv(jobs, job_id, chunk["id"])[1:] for chunk in chunks]
    assert max(map(len, pages)) <= 70
    ids = [row[0] for page in pages for row in page]
    assert len(ids) == len(set(ids)) == total
    request = jobs.call("GET", f"/job/{job_id}/batch/{chunks[0]['id']}/request").text
    assert "Id >= '" in request


def test_chunks_begin_at_the_row_that_was_asked_for(jobs, salesforce):
    soql = "SELECT Id FROM Lead ORDER BY Id"
    ids = [record["Id"] for record in salesforce.query_all_iter(soql)]
    headers = {"Sforce-Enable-PKChunking": f"chunkSize=70; startRow={ids[100]}"}
    job_id, (_, *chunks) = run(jobs, "SELECT Id FROM Lead", headers=headers)
    found = [row[0] for c in chunks for row in read_csv(jobs, job_id, c["id"])[1:]]
    assert sorted(found) == ids[100:]
