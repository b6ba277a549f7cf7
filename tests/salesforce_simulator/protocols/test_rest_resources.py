"""Limits, recent records, friendly URLs, preconditions and methods in a parameter."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.salesforce_simulator.recorded import recordings

DATA = "/services/data/v60.0"


@pytest.fixture
def call(live_organisation, salesforce):
    """Make a bare request with a live session; headers given here come on top."""

    def request(method, path, headers=None, **parts):
        return live_organisation.session().request(
            method,
            live_organisation.url + DATA + path,
            headers={"Authorization": f"Bearer {salesforce.session_id}", **(headers or {})},
            **parts,
        )

    return request


@pytest.fixture
def contact(salesforce):
    """A contact of the test's own, at an account of the test's own."""
    account = salesforce.Account.create({"Name": "Friendly Ltd"})["id"]
    made = salesforce.Contact.create({"LastName": "Friend", "AccountId": account})["id"]
    yield made
    salesforce.Account.delete(account)


def test_limits_have_the_names_of_a_recorded_organisation(salesforce):
    recorded = json.loads(recordings("swiftlysalesforce/MockLimits.json").read_text())
    ours = salesforce.limits()
    assert ours.keys() == recorded.keys()
    assert len(ours) == 48
    for name, limit in ours.items():
        assert 0 <= limit["Remaining"] <= limit["Max"], name
    assert ours["PermissionSets"].keys() == recorded["PermissionSets"].keys()
    assert ours["DataStorageMB"]["Remaining"] <= ours["DataStorageMB"]["Max"]


def test_limits_count_bulk_queries_and_runs_of_reports(call):
    before = call("GET", "/limits").json()
    job = {"operation": "query", "query": "SELECT Id FROM Lead LIMIT 1"}
    assert call("POST", "/jobs/query", json=job).status_code == 200
    soql = "SELECT+Id+FROM+Report+LIMIT+1"
    report = call("GET", f"/query?q={soql}").json()["records"][0]["Id"]
    assert call("GET", f"/analytics/reports/{report}").status_code == 200
    after = call("GET", "/limits").json()
    for name in ("DailyBulkV2QueryJobs", "HourlySyncReportRuns"):
        assert after[name]["Remaining"] == before[name]["Remaining"] - 1


def test_recent_records_are_those_that_the_user_has_worked_on(call, contact):
    items = call("GET", "/recent?limit=2").json()
    assert contact in [item["Id"] for item in items]
    recorded = json.loads(recordings("restforce/recent_success_response.json").read_text())
    assert items[0].keys() == recorded[0].keys()
    seen = call("GET", "/sobjects/Contact").json()["recentItems"]
    assert seen[0]["Id"] == contact
    assert call("GET", "/recent?limit=x").status_code == 400


def test_friendly_url_leads_to_parents_and_children(call, contact):
    account = call("GET", f"/sobjects/Contact/{contact}/Account").json()
    assert account["Name"] == "Friendly Ltd"
    children = call("GET", f"/sobjects/Account/{account['Id']}/Contacts?fields=LastName").json()
    assert (children["totalSize"], children["done"]) == (1, True)
    assert children["records"][0]["LastName"] == "Friend"
    chain = f"/sobjects/Contact/{contact}/Account/Owner?fields=Username"
    assert call("GET", chain).json()["attributes"]["type"] == "User"


@pytest.mark.parametrize("way", ["Nothing", "ReportsTo", "Account/Contacts/Nothing"])
def test_friendly_url_is_not_found_when_it_leads_nowhere(call, contact, way):
    reply = call("GET", f"/sobjects/Contact/{contact}/{way}")
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (404, "NOT_FOUND")


def test_record_is_not_sent_again_when_it_is_unchanged(call, contact):
    path = f"/sobjects/Contact/{contact}"
    first = call("GET", path)
    for name, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        again = call("GET", f"{path}?fields=LastName", headers={name: value})
        assert (again.status_code, again.content) == (304, b"")
    old = {"If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}
    assert call("GET", path, headers=old).status_code == 200


def test_change_is_refused_when_the_record_is_not_the_expected_one(call, contact, salesforce):
    path, body = f"/sobjects/Contact/{contact}", {"City": None}
    tag = call("GET", path).headers["ETag"]
    for headers in (
        {"If-Match": '"another"'},
        {"If-Unmodified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"},
    ):
        for method in ("PATCH", "DELETE"):
            reply = call(method, path, headers=headers, json={"LastName": "Changed"})
            assert (reply.status_code, reply.json()[0]["errorCode"]) == (412, "PRECONDITION_FAILED")
    assert salesforce.Contact.get(contact)["LastName"] == "Friend"
    body = {"LastName": "Changed"}
    assert call("PATCH", path, headers={"If-Match": tag}, json=body).status_code == 204


def test_post_serves_as_the_method_that_its_parameter_names(call, contact, salesforce):
    path = f"/sobjects/Contact/{contact}?_HttpMethod=PATCH"
    assert call("POST", path, json={"LastName": "Patched"}).status_code == 204
    assert salesforce.Contact.get(contact)["LastName"] == "Patched"
    key = "/sobjects/Lead/ActOn_Record_Id__c/override-1?_HttpMethod=PATCH"
    reply = call("POST", key, json={"LastName": "L", "Company": "C"})
    assert reply.status_code == 201
    deleted = call("POST", f"/sobjects/Lead/{reply.json()['id']}?_HttpMethod=DELETE")
    assert deleted.status_code == 204


@pytest.mark.parametrize(
    "path", ["/limits", "/sobjects/Lead/describe", "/query?q=SELECT+Id+FROM+Lead"]
)
def test_head_has_the_headers_of_get_and_no_body(call, path):
    head, get = call("HEAD", path), call("GET", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The HTTP entity body is required, but this request has no entity body."),
        (b"[]", "Can not deserialize SObject out of START_ARRAY token at [line:1, column:1]"),
        (
            b"{}}",
            (
                "Unexpected character ('}' (code 125)): expected a valid value (JSON String,"
                " Number, Array, Object or token 'null', 'true' or 'false') at [line:1, column:3]"
            ),
        ),
        (
            b"{}\n{a",
            (
                "Unexpected character ('{' (code 123)): expected a valid value (JSON String,"
                " Number, Array, Object or token 'null', 'true' or 'false') at [line:2, column:1]"
            ),
        ),
        (
            b'{"a" "b"}',
            (
                "Unexpected character ('\"' (code 34)): was expecting a colon to separate"
                " field name and value at [line:1, column:6]"
            ),
        ),
        (b'{"a": 1', "Unexpected end-of-input at [line:1, column:8]"),
    ],
)
def test_body_is_refused_in_the_words_of_jackson_when_it_is_no_json(call, body, message):
    reply = call("POST", "/sobjects/Lead", data=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400
    assert reply.json() == [{"message": message, "errorCode": "JSON_PARSER_ERROR"}]


def test_media_type_is_named_when_it_is_not_supported(call):
    reply = call("POST", "/sobjects/Lead", data="a=b", headers={"Content-Type": "text/plain"})
    assert reply.status_code == 415
    assert reply.json() == [
        {
            "message": "MediaType of 'text/plain' is not supported by this resource",
            "errorCode": "UNSUPPORTED_MEDIA_TYPE",
        }
    ]


def test_collection_is_refused_when_its_types_change_too_often(call):
    kinds = ["Lead", "Contact"] * 6
    records = [{"attributes": {"type": kind}, "LastName": "X"} for kind in kinds]
    reply = call("POST", "/composite/sobjects", json={"records": records})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")


def test_last_page_of_a_query_can_be_read_twice(call):
    headers = {"Sforce-Query-Options": "batchSize=200"}
    soql = "SELECT+Id+FROM+Lead"
    first = call("GET", f"/query?q={soql}", headers=headers).json()
    path = first["nextRecordsUrl"].removeprefix(DATA)
    page = call("GET", path).json()
    assert page["done"]
    assert call("GET", path).json() == page
    assert len(first["records"]) + len(page["records"]) == first["totalSize"]


@pytest.mark.parametrize("resource", ["deleted", "updated"])
@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        (-60, 5, 200),
        (-60, -60, 400),
        (0, -60, 400),
        (-31 * 24 * 60, 0, 400),
    ],
)
def test_span_of_changes_is_a_minute_at_least_and_not_too_long_ago(
    call, resource, start, end, status
):
    now = datetime.now(UTC)
    span = [f"{now + timedelta(minutes=m):%Y-%m-%dT%H:%M:%SZ}" for m in (start, end)]
    reply = call("GET", f"/sobjects/Lead/{resource}?start={span[0]}&end={span[1]}")
    assert reply.status_code == status
    if status == 400:
        assert reply.json()[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def test_deletions_are_kept_for_fifteen_days_and_changes_for_thirty(call):
    now = datetime.now(UTC)
    span = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (now - timedelta(days=20), now)]
    query = f"?start={span[0]}&end={span[1]}"
    assert call("GET", f"/sobjects/Lead/updated{query}").status_code == 200
    assert call("GET", f"/sobjects/Lead/deleted{query}").status_code == 400


def test_end_of_a_span_may_be_the_end_of_time(call):
    start = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    query = f"?start={start}&end=9999-12-31T23:59:59-12:00"
    assert call("GET", f"/sobjects/Lead/updated{query}").status_code == 200
