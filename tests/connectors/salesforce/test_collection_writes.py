"""Writing up to 200 records with one call, against the local organisation."""

import orjson
import pytest

from connectors.salesforce import (
    AccessError,
    DeletedRecordError,
    DuplicateError,
    IncompleteBodyError,
    RecordError,
    RowLockError,
    SalesforceClient,
    Timeouts,
    UnknownOutcomeError,
    WriteOptions,
    delete_records,
    insert_records,
    update_record,
    update_records,
    upsert_record,
    upsert_records,
)
from tests.connectors.salesforce.conftest import answer

KEY = "ActOn_Record_Id__c"


@pytest.fixture
def client(local_org):
    network = local_org.network(sleep=lambda _seconds: None, timeouts=Timeouts(read_seconds=20))
    with SalesforceClient(local_org.log_in().grant, network=network) as made:
        yield made


def leads(prefix, count):
    return [
        {KEY: f"{prefix}-{number}", "LastName": f"Lead {number}", "Company": "Example"}
        for number in range(count)
    ]


def count_of(local_org, prefix):
    return local_org.count(f"SELECT COUNT() FROM Lead WHERE {KEY} LIKE '{prefix}-%'")


@pytest.mark.fault("F28", "F29", "F30", "F31")
def test_outcomes_keep_the_order_of_the_records_when_some_are_refused(client, local_org):
    records = leads("order", 200)
    records[3]["LastName"] = ""
    records[77]["Email"] = "not an address"
    records[199]["City"] = "x" * 41

    outcomes = upsert_records(client, "Lead", KEY, records)

    failed = {number: row for number, row in enumerate(outcomes) if not row.success}
    assert {number: row.error.code for number, row in failed.items()} == {
        3: "REQUIRED_FIELD_MISSING",
        77: "INVALID_EMAIL_ADDRESS",
        199: "STRING_TOO_LONG",
    }
    assert all(isinstance(row.error, RecordError) and row.id is None for row in failed.values())
    assert failed[77].error.fields == ("Email",)
    written = local_org.query(f"SELECT Id, {KEY} FROM Lead WHERE {KEY} LIKE 'order-%'")
    ids = {row[KEY]: row["Id"] for row in written}
    assert len(ids) == 197
    for record, row in zip(records, outcomes, strict=True):
        assert row.id == ids.get(record[KEY])
        assert row.created == row.success


def test_second_upsert_updates_when_the_records_exist(client):
    first = upsert_records(client, "Lead", KEY, leads("twice", 3))
    second = upsert_records(client, "Lead", KEY, leads("twice", 3))

    assert [row.created for row in first] == [True] * 3
    assert [row.created for row in second] == [False] * 3
    assert [row.id for row in first] == [row.id for row in second]


@pytest.mark.fault("F53")
def test_no_record_is_doubled_when_the_answer_to_an_upsert_was_lost(client, local_org):
    local_org.fault("/composite/sobjects", method="PATCH", nth=1, lose_reply=True)

    outcomes = upsert_records(client, "Lead", KEY, leads("lost", 5))

    assert all(row.success for row in outcomes)
    assert count_of(local_org, "lost") == 5
    assert len([call for call in local_org.calls() if call["method"] == "PATCH"]) == 2


@pytest.mark.fault("F53")
def test_insert_is_left_to_the_caller_when_its_answer_was_lost(client, local_org):
    local_org.fault("/composite/sobjects", method="POST", nth=1, lose_reply=True)

    with pytest.raises(UnknownOutcomeError):
        insert_records(client, "Lead", leads("unknown", 2))

    assert count_of(local_org, "unknown") == 2


@pytest.mark.fault("F42")
def test_records_follow_insert_update_and_delete_when_each_succeeds(client, local_org):
    ids = [row.id for row in insert_records(client, "Lead", leads("life", 2))]
    updated = update_records(client, "Lead", [{"Id": one, "City": "Ulm"} for one in ids])
    cities = local_org.query(f"SELECT City FROM Lead WHERE {KEY} LIKE 'life-%'")
    deleted = delete_records(client, ids)
    again = update_records(client, "Lead", [{"Id": ids[0], "City": "Bonn"}])

    assert all(row.success and not row.created for row in updated)
    assert cities == [{"City": "Ulm"}] * 2
    assert all(row.success for row in deleted)
    assert count_of(local_org, "life") == 0
    assert isinstance(again[0].error, DeletedRecordError)


def test_created_is_told_when_records_are_inserted(client):
    assert all(row.created for row in insert_records(client, "Lead", leads("created", 2)))


@pytest.mark.fault("F26")
def test_duplicate_is_named_when_a_unique_value_is_taken(client):
    insert_records(client, "Lead", leads("taken", 1))

    (outcome,) = insert_records(client, "Lead", leads("taken", 1))

    assert isinstance(outcome.error, DuplicateError)


@pytest.mark.fault("F24")
def test_row_lock_is_retryable_when_a_record_meets_one(peer):
    row = {"success": False, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "busy"}]}
    peer.will(answer(orjson.dumps([row])))

    with peer.client() as client:
        (outcome,) = update_records(client, "Lead", [{"Id": "00Q5e000001abcdEAA"}])

    assert isinstance(outcome.error, RowLockError)
    assert outcome.error.retryable


@pytest.mark.parametrize(
    ("options", "assign", "duplicates"),
    [
        (WriteOptions(), "FALSE", "allowSave=false"),
        (WriteOptions(run_assignment_rules=True), "TRUE", "allowSave=false"),
        (WriteOptions(allow_duplicates=True), "FALSE", "allowSave=true"),
    ],
)
@pytest.mark.fault("F25")
def test_rules_run_only_when_they_are_asked_for(peer, options, assign, duplicates):
    peer.will(answer(b'[{"id":"00Q5e000001abcdEAA","success":true,"errors":[]}]'))

    with peer.client() as client:
        insert_records(client, "Lead", [{"LastName": "Anna"}], options)

    headers = peer.requests[0].headers
    assert headers["sforce-auto-assign"] == assign
    assert headers["sforce-duplicate-rule-header"] == duplicates


@pytest.mark.parametrize("count", [0, 201])
def test_call_is_refused_before_it_is_sent_when_its_size_is_out_of_bounds(peer, count):
    with peer.client() as client:
        for write in (insert_records, update_records):
            with pytest.raises(ValueError, match="1 to 200"):
                write(client, "Lead", [{}] * count)
        with pytest.raises(ValueError, match="1 to 200"):
            delete_records(client, ["00Q5e000001abcdEAA"] * count)

    assert peer.requests == []


@pytest.mark.parametrize("body", [b"[]", b"{}", b'[{"id":"00Q5e000001abcdEAA","success":true}]'])
def test_outcomes_are_refused_when_not_every_record_has_one(peer, body):
    peer.will(answer(body))

    with peer.client() as client, pytest.raises(IncompleteBodyError):
        insert_records(client, "Lead", [{"LastName": "a"}, {"LastName": "b"}])


@pytest.mark.fault("F25")
def test_a_record_that_is_written_alone_learns_which_records_it_doubles(client, local_org):
    rule = {"object": "Lead", "matching": [["LastName"]], "against": ["Lead"]}
    (there,) = upsert_records(client, "Lead", KEY, [{**leads("there", 1)[0], "LastName": "Twin"}])
    local_org.control("POST", "rulebook", {"duplicate_rules": [rule]})
    values = {"LastName": "Twin", "Company": "Example"}
    try:
        refused = upsert_record(client, "Lead", (KEY, "alone-0"), values, WriteOptions())
        allowed = WriteOptions(allow_duplicates=True)
        saved = upsert_record(client, "Lead", (KEY, "alone-0"), values, allowed)
        changed = update_record(client, "Lead", saved.id, {"LastName": "Only"}, WriteOptions())
        clash = update_record(client, "Lead", saved.id, {"LastName": "Twin"}, WriteOptions())
    finally:
        local_org.control("POST", "rulebook", {"duplicate_rules": []})

    assert isinstance(refused.error, DuplicateError)
    assert (refused.id, refused.error.matches) == (None, (("Lead", there.id),))
    assert (saved.created, changed.success) == (True, True)
    assert (clash.id, clash.error.matches) == (saved.id, (("Lead", there.id),))
    assert count_of(local_org, "alone") == 1


def test_an_error_of_the_call_is_raised_when_a_record_is_written_alone(client, local_org):
    local_org.fault("/sobjects/Lead", code="API_DISABLED_FOR_ORG")

    with pytest.raises(AccessError):
        upsert_record(client, "Lead", (KEY, "never-0"), {"LastName": "No"}, WriteOptions())
