import csv
import io
import json
import time

import pytest
from defusedxml import ElementTree

from tests.salesforce_simulator.protocols.classic_bulk import CSV, JSON, SPACE, XML, ClassicJobs
from tests.salesforce_simulator.protocols.organisation_process import OrganisationProcess

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.fixture(scope="module")
def classic_organisation(tmp_path_factory):
    """An organisation whose records these tests change."""
    process = OrganisationProcess(
        tmp_path_factory.mktemp("classic"), "--seed", "leads:10", "--control"
    )
    yield process
    process.stop()


@pytest.fixture
def salesforce(classic_organisation, monkeypatch):
    """A client that looks more often than every five seconds whether a batch is done."""
    monkeypatch.setattr("simple_salesforce.bulk.sleep", lambda _: time.sleep(0.05))
    return classic_organisation.client()


@pytest.fixture
def jobs(classic_organisation):
    return ClassicJobs(classic_organisation)


def count(salesforce, where):
    return salesforce.query(f"SELECT COUNT() FROM Lead WHERE {where}")["totalSize"]


def run(jobs, data, operation="insert", **settings):
    """Run a job of one batch; return the batch and the text of its result."""
    job_id = jobs.open(operation, **settings)
    http_type = {"XML": XML, "JSON": JSON}.get(settings.get("content_type"), CSV)
    batch_id = jobs.add(job_id, data, http_type)
    (batch,) = jobs.wait(job_id)
    return batch, jobs.result(job_id, batch_id)


def test_simple_salesforce_writes_and_deletes(salesforce):
    bulk = salesforce.bulk.Lead
    rows = [{"LastName": f"Row {n}", "Company": "First API"} for n in range(25)]
    made = bulk.insert(rows, batch_size=10, use_serial=True)
    assert [row["success"] for row in made] == [True] * 25
    assert len({row["id"] for row in made}) == 25
    changed = bulk.update([{"Id": row["id"], "City": "Bonn"} for row in made])
    assert {(row["success"], row["created"]) for row in changed} == {(True, False)}
    assert count(salesforce, "Company = 'First API' AND City = 'Bonn'") == 25
    keyed = [
        {"ActOn_Record_Id__c": f"c{n}", "LastName": "Keyed", "Company": "First API"}
        for n in range(2)
    ]
    for created in (True, False):
        outcome = bulk.upsert(keyed, "ActOn_Record_Id__c", batch_size="auto")
        assert [row["created"] for row in outcome] == [created] * 2
    bulk.delete([{"Id": row["id"]} for row in [*made, *outcome]])
    assert count(salesforce, "Company = 'First API'") == 0


def test_simple_salesforce_shows_request_and_result_together(salesforce):
    rows = [{"LastName": "Detail", "Company": "C"}, {"LastName": None, "Company": "C"}]
    good, bad = salesforce.bulk.Lead.insert(rows, include_detailed_results=True)
    assert (good["success"], good["LastName"]) == (True, "Detail")
    assert bad["id"] is None
    assert bad["errors"][0] == {
        "statusCode": "REQUIRED_FIELD_MISSING",
        "message": "Required fields are missing: [LastName]",
        "fields": ["LastName"],
    }


def test_csv_result_has_a_row_per_record_in_their_order(jobs):
    lines = [f"Csv {n},{'C' if n % 3 else ''}" for n in range(10)]
    batch, result = run(jobs, "\r\n".join(["LastName,Company", *lines, ""]))
    assert (batch["state"], batch["numberRecordsProcessed"]) == ("Completed", "10")
    assert batch["numberRecordsFailed"] == "4"
    assert result.headers["Content-Type"] == "text/csv"
    assert result.text.startswith('"Id","Success","Created","Error"\n')
    rows = list(csv.reader(io.StringIO(result.text)))[1:]
    assert [row[1] for row in rows] == ["false" if n % 3 == 0 else "true" for n in range(10)]
    missing = "REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --"
    assert rows[0] == ["", "false", "false", missing]
    assert rows[1][2:] == ["true", ""]


def test_xml_batch_writes_its_records_and_has_an_xml_result(jobs, salesforce):
    lead = salesforce.Lead.create({"LastName": "Xml", "Company": "C", "Phone": "1", "City": "Rome"})
    account = salesforce.Account.create({"Name": "Xml parent"})["id"]
    data = (
        f'<?xml version="1.0"?><sObjects xmlns="{SPACE[1:-1]}" {XSI}>'
        f'<sObject><Id>{lead["id"]}</Id><Phone xsi:nil="true"/><City/></sObject>'
        "<sObject><Id>00QHs0000zzzzzz</Id><City>Bonn</City></sObject></sObjects>"
    )
    _, result = run(jobs, data, "update", content_type="XML")
    first, second = ElementTree.fromstring(result.text)
    assert [first.findtext(f"{SPACE}{n}") for n in ("id", "success", "created")] == [
        lead["id"], "true", "false",
    ]  # fmt: skip
    code = second.findtext(f"{SPACE}errors/{SPACE}statusCode")
    assert (code, second.findtext(f"{SPACE}success")) == ("INVALID_CROSS_REFERENCE_KEY", "false")
    record = salesforce.Lead.get(lead["id"])
    assert (record["Phone"], record["City"]) == (None, "Rome")
    data = (
        f'<sObjects xmlns="{SPACE[1:-1]}"><sObject><LastName>Child</LastName>'
        f"<Account><sObject><Id>{account}</Id></sObject></Account></sObject></sObjects>"
    )
    _, result = run(jobs, data, "insert", content_type="XML", sobject="Contact")
    child = ElementTree.fromstring(result.text)[0].findtext(f"{SPACE}id")
    assert salesforce.Contact.get(child)["AccountId"] == account


def test_json_batch_finds_parents_and_clears_fields(jobs, salesforce):
    account = salesforce.Account.create({"Name": "Json parent"})["id"]
    contact = salesforce.Contact.create({"LastName": "Json", "Phone": "1"})["id"]
    data = json.dumps([{"Id": contact, "Phone": None, "Account": {"Id": account}}])
    _, result = run(jobs, data, "update", content_type="JSON", sobject="Contact")
    assert result.json() == [{"success": True, "created": False, "id": contact, "errors": []}]
    record = salesforce.Contact.get(contact)
    assert (record["Phone"], record["AccountId"]) == (None, account)


@pytest.mark.parametrize(
    ("data", "content_type", "message"),
    [
        ("LastName,Nonsense\nA,B\n", "CSV", "InvalidBatch : Field name not found : Nonsense"),
        ("", "CSV", "InvalidBatch : Records not found for this batch"),
        ('[{"Nonsense": 1}]', "JSON", "InvalidBatch : Field name not found : Nonsense"),
        ('{"LastName": "A"}', "JSON", "InvalidBatch : Unable to parse Json"),
        ("<sObjects", "XML", "InvalidBatch : Unable to parse XML"),
        (
            "LastName\n" + "A\n" * 10_001,
            "CSV",
            (
                "InvalidBatch : Exceeded number of records: 10001. "
                "Number of records should be less than or equal to 10000"
            ),
        ),
    ],
)
def test_batch_fails_as_a_whole_when_it_cannot_be_read(jobs, data, content_type, message):
    job_id = jobs.open(content_type=content_type)
    batch_id = jobs.add(job_id, data)
    (batch,) = jobs.wait(job_id)
    assert batch["state"] == "Failed"
    assert batch["stateMessage"].startswith(message)
    reply = jobs.result(job_id, batch_id)
    assert jobs.error(reply) == (400, "InvalidBatch", "Records not processed")


def test_batch_fails_on_command_and_the_others_go_on(jobs, salesforce, classic_organisation):
    classic_organisation.control("bulk/failing-batch", {"nth": 2, "message": "Timeout : too slow"})
    job_id = jobs.open(concurrencyMode="Serial")
    for number in range(3):
        jobs.add(job_id, f"LastName,Company\nA,Batch {number}\n")
    batches = jobs.wait(job_id)
    assert [batch["state"] for batch in batches] == ["Completed", "Failed", "Completed"]
    assert batches[1]["stateMessage"] == "Timeout : too slow"
    assert [count(salesforce, f"Company = 'Batch {n}'") for n in range(3)] == [1, 0, 1]
    assert jobs.job(job_id)["numberBatchesFailed"] == "1"


def test_batches_of_a_serial_job_are_written_in_their_order(jobs, salesforce):
    lead = salesforce.Lead.create({"LastName": "Serial", "Company": "C"})["id"]
    job_id = jobs.open("update", concurrencyMode="Serial")
    for number in range(12):
        jobs.add(job_id, f"Id,City\n{lead},City {number}\n")
    jobs.wait(job_id)
    assert salesforce.Lead.get(lead)["City"] == "City 11"


def test_batch_is_refused_when_it_is_larger_than_ten_megabytes(jobs):
    path = f"/job/{jobs.open()}/batch"
    reply = jobs.call("POST", path, b"x" * 10_000_001, "text/csv")
    assert jobs.error(reply)[:2] == (400, "ClientInputError")


def test_request_of_a_batch_is_what_was_sent(jobs):
    job_id, data = jobs.open(), 'LastName,Company\n"A, b",C\n'
    batch_id = jobs.add(job_id, data)
    reply = jobs.call("GET", f"/job/{job_id}/batch/{batch_id}/request")
    assert (reply.text, reply.headers["Content-Type"]) == (data, "text/csv")


def test_waiting_batches_are_not_processed_when_the_job_is_aborted(jobs, salesforce):
    job_id = jobs.open(concurrencyMode="Serial")
    rows = "".join(f"A{n},Aborted\n" for n in range(5_000))
    for _ in range(4):
        jobs.add(job_id, f"LastName,Company\n{rows}")
    jobs.set_state(job_id, "Aborted")
    states = [batch["state"] for batch in jobs.wait(job_id)]
    assert "NotProcessed" in states
    assert jobs.job(job_id)["state"] == "Aborted"
    assert count(salesforce, "Company = 'Aborted'") == 5_000 * states.count("Completed")


def test_hard_deleted_record_is_in_no_recycle_bin_and_its_id_not_given_again(
    jobs, salesforce, classic_organisation
):
    classic_organisation.control("policies", {"hard_delete_allowed": True})
    lead = salesforce.Lead.create({"LastName": "Gone", "Company": "C"})["id"]
    batch, _ = run(jobs, f"Id\n{lead}\n", "hardDelete")
    assert (batch["state"], batch["numberRecordsFailed"]) == ("Completed", "0")
    everything = salesforce.query(f"SELECT Id FROM Lead WHERE Id = '{lead}'", include_deleted=True)
    assert everything["totalSize"] == 0
    assert salesforce.Lead.create({"LastName": "Next", "Company": "C"})["id"] != lead
