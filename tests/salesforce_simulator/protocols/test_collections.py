import pytest


@pytest.fixture
def collections(salesforce):
    """Call /composite/sobjects; leads made in the test are deleted after it."""

    def call(method, path="", **parts):
        return salesforce.session.request(
            method,
            f"{salesforce.base_url}composite/sobjects{path}",
            headers=salesforce.headers,
            **parts,
        )

    yield call
    made = salesforce.query("SELECT Id FROM Lead WHERE LeadSource = 'Collections'")["records"]
    if made:
        call("DELETE", params={"ids": ",".join(record["Id"] for record in made)})


def lead(name, **values):
    attributes = {"type": "Lead"}
    source = {"LeadSource": "Collections", "Company": "C"}
    return {"attributes": attributes, "LastName": name, **source, **values}


def test_outcomes_stand_in_the_order_of_the_records_and_one_failure_stops_nothing(collections):
    records = [lead("A"), lead("B", Email="no address"), lead("C")]
    outcomes = collections("POST", json={"records": records}).json()
    assert [outcome["success"] for outcome in outcomes] == [True, False, True]
    assert outcomes[0] == {"id": outcomes[0]["id"], "success": True, "errors": []}
    assert outcomes[1]["errors"][0]["statusCode"] == "INVALID_EMAIL_ADDRESS"
    assert outcomes[1]["errors"][0]["fields"] == ["Email"]
    assert "id" not in outcomes[1]


def test_all_or_none_writes_nothing_when_one_record_fails(collections, salesforce):
    body = {"allOrNone": True, "records": [lead("A"), lead("B", Email="no address")]}
    outcomes = collections("POST", json=body).json()
    assert outcomes[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    count = "SELECT COUNT() FROM Lead WHERE LeadSource = 'Collections'"
    assert salesforce.query(count)["totalSize"] == 0


def test_upsert_tells_what_was_created(collections):
    path = "/Lead/ActOn_Record_Id__c"
    first = collections("PATCH", path, json={"records": [lead("A", ActOn_Record_Id__c="k1")]})
    assert [row["created"] for row in first.json()] == [True]
    both = [lead("A", ActOn_Record_Id__c="k1"), lead("B", ActOn_Record_Id__c="k2")]
    outcomes = collections("PATCH", path, json={"records": both}).json()
    assert [row["created"] for row in outcomes] == [False, True]
    assert outcomes[0]["id"] == first.json()[0]["id"]


def test_update_retrieve_and_delete_work_on_ids(collections):
    made = collections("POST", json={"records": [lead("A"), lead("B")]}).json()
    first, second = (row["id"] for row in made)
    changes = [{"attributes": {"type": "Lead"}, "id": first, "City": "Oslo"}]
    assert collections("PATCH", json={"records": changes}).json()[0]["success"] is True
    body = {"ids": [second, "00QHs0000zzzzzz", first], "fields": ["Id", "City"]}
    found = collections("POST", "/Lead", json=body).json()
    assert [record and record["City"] for record in found] == [None, None, "Oslo"]
    assert found[1] is None
    params = {"ids": f"{first},{second}", "fields": "Id,City"}
    assert [r["Id"] for r in collections("GET", "/Lead", params=params).json()] == [first, second]
    gone = collections("DELETE", params={"ids": f"{first},{second}"}).json()
    assert [row["success"] for row in gone] == [True, True]


def test_request_is_refused_when_it_has_more_than_200_records(collections):
    reply = collections("POST", json={"records": [lead("A")] * 201})
    assert reply.status_code == 400
    assert reply.json()[0]["errorCode"] == "EXCEEDED_ID_LIMIT"


def test_request_is_refused_when_a_record_has_no_type(collections):
    reply = collections("POST", json={"records": [{"LastName": "A"}]})
    assert reply.status_code == 400


def test_collection_counts_as_one_call(collections, salesforce, live_organisation):
    before = salesforce.limits()["DailyApiRequests"]["Remaining"]
    collections("POST", json={"records": [lead(str(n)) for n in range(50)]})
    assert salesforce.limits()["DailyApiRequests"]["Remaining"] == before - 2
