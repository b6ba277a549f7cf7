"""What the organisation's own rules look like to a REST client."""

import json
import time

import pytest

from tests.salesforce_simulator.recorded import recordings


@pytest.fixture
def rest(salesforce):
    """Call the REST API; leads made in the test are deleted after it."""

    def call(method, path, version="60.0", **parts):
        url = f"https://{salesforce.sf_instance}/services/data/v{version}/{path}"
        headers = {**salesforce.headers, **parts.pop("headers", {})}
        return salesforce.session.request(method, url, headers=headers, **parts)

    yield call
    made = salesforce.query("SELECT Id FROM Lead WHERE LeadSource = 'Rules'")["records"]
    for record in made:
        salesforce.Lead.delete(record["Id"])


@pytest.fixture
def control(live_organisation):
    yield live_organisation.control
    empty = {"validation_rules": [], "duplicate_rules": [], "assignment_rules": []}
    live_organisation.control("rulebook", empty)
    session = live_organisation.session()
    session.delete(f"{live_organisation.url}/__control__/row-locks").raise_for_status()


def lead(**values):
    return {"LastName": "Rule", "Company": "C", "LeadSource": "Rules", **values}


@pytest.mark.parametrize(
    ("version", "key"), [("54.0", "duplicateResut"), ("60.0", "duplicateResult")]
)
def test_duplicate_has_the_shape_of_a_recorded_one(rest, control, version, key):
    entries = json.loads(recordings("errors", "real-messages.json").read_text("utf-8"))
    bodies = [e["body"][0] for e in entries if isinstance(e["body"], list)]
    recorded = next(b for b in bodies if b.get("errorCode") == "DUPLICATES_DETECTED")
    rule = {"object": "Lead", "message": recorded["message"]}
    control("rulebook", {"duplicate_rules": [rule]})
    values = lead(Email="again@example.com")
    made = rest("POST", "sobjects/Lead", json=values).json()["id"]
    reply = rest("POST", "sobjects/Lead", version, json=values)
    assert reply.status_code == 400
    (error,) = reply.json()
    theirs, ours = recorded["duplicateResut"], error.pop(key)
    assert error == {k: v for k, v in recorded.items() if k != "duplicateResut"}
    assert set(ours) == set(theirs)
    assert set(ours["matchResults"][0]) == set(theirs["matchResults"][0])
    (found,) = ours["matchResults"][0]["matchRecords"]
    assert set(found) == set(theirs["matchResults"][0]["matchRecords"][0])
    assert found["record"] == {
        "attributes": {"type": "Lead", "url": f"/services/data/v{version}/sobjects/Lead/{made}"},
        "Id": made,
    }
    saved = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert rest("POST", "sobjects/Lead", json=values, headers=saved).status_code == 201


def test_broken_validation_rules_are_items_of_one_list(rest, control):
    rules = [
        {"object": "Lead", "formula": "ISBLANK(Phone)", "message": "Phone?", "field": "Phone"},
        {"object": "Lead", "formula": "Company = 'C'", "message": "Not C."},
    ]
    control("rulebook", {"validation_rules": rules})
    reply = rest("POST", "sobjects/Lead", json=lead())
    assert reply.status_code == 400
    code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert reply.json() == [
        {"message": "Phone?", "errorCode": code, "fields": ["Phone"]},
        {"message": "Not C.", "errorCode": code, "fields": []},
    ]
    record = {"attributes": {"type": "Lead"}, **lead()}
    (row,) = rest("POST", "composite/sobjects", json={"records": [record]}).json()
    assert [error["message"] for error in row["errors"]] == ["Phone?", "Not C."]


def test_new_lead_goes_to_the_assignment_rules_owner_unless_the_header_says_no(
    rest, control, salesforce
):
    queue = salesforce.query("SELECT Id FROM Group WHERE Type = 'Queue'")["records"][0]["Id"]
    rule = {"object": "Lead", "entries": [["City = 'Rome'", queue]]}
    control("rulebook", {"assignment_rules": [rule]})
    for header, expected in (({}, True), ({"Sforce-Auto-Assign": "FALSE"}, False)):
        made = rest("POST", "sobjects/Lead", json=lead(City="Rome"), headers=header).json()["id"]
        assert (salesforce.Lead.get(made)["OwnerId"] == queue) is expected


@pytest.mark.parametrize(
    ("rule_id", "expected"), [({"assignmentRuleId": "01QHs0000000001"}, True), ({}, False)]
)
def test_bulk_job_uses_the_assignment_rule_when_it_names_one(
    rest, control, salesforce, rule_id, expected
):
    queue = salesforce.query("SELECT Id FROM Group WHERE Type = 'Queue'")["records"][0]["Id"]
    rule = {"object": "Lead", "entries": [["City = 'Rome'", queue]]}
    control("rulebook", {"assignment_rules": [rule]})
    body = {"object": "Lead", "operation": "insert", "contentType": "CSV", **rule_id}
    job = rest("POST", "jobs/ingest", json=body).json()["id"]
    rows = "LastName,Company,LeadSource,City\nBulk,C,Rules,Rome\n"
    csv = {"Content-Type": "text/csv"}
    rest("PUT", f"jobs/ingest/{job}/batches", data=rows, headers=csv).raise_for_status()
    rest("PATCH", f"jobs/ingest/{job}", json={"state": "UploadComplete"}).raise_for_status()
    deadline = time.monotonic() + 20
    while rest("GET", f"jobs/ingest/{job}").json()["state"] != "JobComplete":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (made,) = salesforce.query("SELECT OwnerId FROM Lead WHERE LastName = 'Bulk'")["records"]
    assert (made["OwnerId"] == queue) is expected


def test_locked_record_is_refused_as_recorded_until_the_lock_ends(rest, control, salesforce):
    made = rest("POST", "sobjects/Lead", json=lead()).json()["id"]
    control("row-locks", {"ids": [made], "refusals": 1})
    reply = rest("PATCH", f"sobjects/Lead/{made}", json={"City": "Oslo"})
    assert reply.status_code == 400
    assert reply.json() == [
        {
            "message": f"unable to obtain exclusive access to this record or 1 records: {made}",
            "errorCode": "UNABLE_TO_LOCK_ROW",
            "fields": [],
        }
    ]
    assert rest("PATCH", f"sobjects/Lead/{made}", json={"City": "Oslo"}).status_code == 204


def test_bad_rulebook_is_refused(live_organisation):
    reply = live_organisation.session().post(
        f"{live_organisation.url}/__control__/rulebook", json={"validation_rules": [{"object": 1}]}
    )
    assert reply.status_code == 400


def test_control_merges_and_converts(rest, control, salesforce):
    winner, loser = (rest("POST", "sobjects/Lead", json=lead()).json()["id"] for _ in "ab")
    merged = control("merge", {"object": "Lead", "winner": winner, "losers": [loser]})
    assert merged["mergedRecordIds"] == [loser]
    reply = rest("GET", f"sobjects/Lead/{loser}")
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    (converted,) = control("convert-leads", [{"leadId": winner}])
    assert salesforce.Contact.get(converted["contactId"])["LastName"] == "Rule"
    found = salesforce.Lead.get(winner)
    assert (found["IsConverted"], found["ConvertedContactId"]) == (True, converted["contactId"])
    reply = rest("PATCH", f"sobjects/Lead/{winner}", json={"City": "x"})
    assert reply.json() == [
        {
            "message": "cannot reference converted lead",
            "errorCode": "CANNOT_UPDATE_CONVERTED_LEAD",
            "fields": [],
        }
    ]
    salesforce.Account.delete(converted["accountId"])
    salesforce.Lead.delete(winner)
    assert control("empty-recycle-bin", {"ids": [winner]}) == [None]
    reply = rest("GET", f"sobjects/Lead/{winner}")
    assert reply.json()[0]["errorCode"] == "NOT_FOUND"


def test_short_id_is_as_good_as_a_long_one(rest, control):
    made = rest("POST", "sobjects/Lead", json=lead()).json()["id"]
    short = made[:15]
    assert rest("GET", f"sobjects/Lead/{short}").json()["Id"] == made
    assert rest("PATCH", f"sobjects/Lead/{short}", json={"City": "Oslo"}).status_code == 204
    soql = {"q": f"SELECT City FROM Lead WHERE Id IN ('{short}')"}
    assert rest("GET", "query", params=soql).json()["records"][0]["City"] == "Oslo"
    task = rest("POST", "sobjects/Task", json={"Subject": "x", "WhoId": short}).json()["id"]
    assert rest("GET", f"sobjects/Task/{task[:15]}").json()["WhoId"] == made
    params = {"ids": f"{task[:15]},{short}"}
    rows = rest("DELETE", "composite/sobjects", params=params).json()
    assert [row["id"] for row in rows] == [task, made]
