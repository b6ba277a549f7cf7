"""With a stand-in a client reads from the organisation and writes nothing to it."""

import itertools
import uuid

import pytest

from connectors.salesforce import (
    SalesforceClient,
    UnansweredWriteError,
    WriteStandIn,
    close_upload,
    count_records,
    delete_job,
    delete_records,
    insert_records,
    is_provisional,
    iterate_failed,
    iterate_successful,
    iterate_unprocessed,
    start_ingest,
    update_records,
    upload_rows,
    upsert_records,
    wait_for_job,
)

KEY = "ActOn_Record_Id__c"


@pytest.fixture
def stand_in():
    return WriteStandIn(samples_kept=2)


@pytest.fixture
def client(local_org, stand_in):
    grant = local_org.log_in().grant
    with SalesforceClient(grant, network=local_org.network(), stand_in=stand_in) as made:
        local_org.forget_calls()
        yield made


@pytest.fixture
def lead(local_org):
    return local_org.client().Lead.create({"LastName": "Lead", "Company": "Before"})["id"]


def written_calls(local_org):
    """Return the calls that reached the organisation and were no reading."""
    calls = [call for call in local_org.calls() if "/__control__/" not in call["path"]]
    return [call for call in calls if call["method"] != "GET"]


def test_collections_are_answered_as_written_and_nothing_is_written(
    local_org, client, stand_in, lead
):
    before = count_records(client, "SELECT COUNT() FROM Lead")
    local_org.forget_calls()
    key = uuid.uuid4().hex
    rows = [{KEY: f"{key}-{n}", "LastName": "New", "Company": "C"} for n in range(3)]

    outcomes = [
        *upsert_records(client, "Lead", KEY, rows),
        *insert_records(client, "Lead", rows[:1]),
        *update_records(client, "Lead", [{"Id": lead, "Company": None}]),
        *delete_records(client, [lead]),
    ]

    assert all(outcome.success for outcome in outcomes)
    assert [outcome.created for outcome in outcomes] == [True] * 4 + [False] * 2
    ids = [outcome.id for outcome in outcomes]
    assert ids[4:] == [lead, lead]
    assert all(map(is_provisional, ids[:4]))
    assert len(set(ids[:4])) == 4
    assert written_calls(local_org) == []
    assert local_org.client().Lead.get(lead)["Company"] == "Before"
    assert count_records(client, "SELECT COUNT() FROM Lead") == before
    assert stand_in.calls == 4
    assert dict(stand_in.written) == {
        ("upsert", "Lead"): 3, ("insert", "Lead"): 1, ("update", "Lead"): 1, ("delete", ""): 1,
    }  # fmt: skip
    assert [write.key for write in stand_in.samples["upsert", "Lead"]] == [f"{key}-0", f"{key}-1"]
    assert stand_in.samples["update", "Lead"] == [(lead, {"Company": None})]


@pytest.mark.parametrize("operation", ["upsert", "update"])
def test_a_bulk_job_takes_every_row_as_it_was_sent(local_org, client, stand_in, lead, operation):
    first = KEY if operation == "upsert" else "Id"
    text = f'{first},Company,Title\n{lead},"Line\nbreak, ""quoted"" \u2028",#N/A\n{lead[:-1]}B,,x\n'
    external_id = {"external_id_field": KEY} if operation == "upsert" else {}
    local_org.forget_calls()

    job = start_ingest(client, "Lead", operation, **external_id)
    upload_rows(client, job, text.encode())
    job = wait_for_job(client, close_upload(client, job))

    assert (job.state, job.records_processed, job.records_failed) == ("JobComplete", 2, 0)
    taken = list(iterate_successful(client, job))
    assert [row[first] for row in taken] == [lead, lead[:-1] + "B"]
    assert [row["Company"] for row in taken] == ['Line\nbreak, "quoted" \u2028', ""]
    assert [row["Title"] for row in taken] == ["#N/A", "x"]
    assert [is_provisional(row["sf__Id"]) for row in taken] == [operation == "upsert"] * 2
    assert (
        list(itertools.chain(iterate_failed(client, job), iterate_unprocessed(client, job))) == []
    )
    delete_job(client, job)
    assert written_calls(local_org) == []
    assert (stand_in.bulk_jobs, stand_in.written) == (1, {(operation, "Lead"): 2})
    assert stand_in.samples[operation, "Lead"][1].values == {"Title": "x"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "sobjects/Lead"), ("PATCH", "sobjects/Lead/x"), ("POST", "composite/tree/Lead")],
)
def test_what_might_write_and_is_not_known_is_not_sent(local_org, client, method, path):
    with pytest.raises(UnansweredWriteError, match="cannot tell"):
        client.send(method, path, {"LastName": "X"}, idempotent=False)

    assert written_calls(local_org) == []
