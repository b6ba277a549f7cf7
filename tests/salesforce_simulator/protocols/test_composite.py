"""Several requests in one: composite, batch, graph and tree."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.salesforce_simulator.recorded import recordings

DATA = "/services/data/v60.0"


@pytest.fixture
def post(salesforce):
    """POST below /composite; leads made in the test are deleted after it."""

    def call(path, body):
        return salesforce.session.post(
            f"{salesforce.base_url}composite{path}", headers=salesforce.headers, json=body
        )

    yield call
    made = salesforce.query("SELECT Id FROM Account WHERE Site = 'Composite'")["records"]
    for record in made:
        salesforce.Account.delete(record["Id"])


@pytest.fixture
def count(salesforce):
    """Count the accounts and contacts that the test has made."""

    def counted():
        return (
            salesforce.query("SELECT COUNT() FROM Account WHERE Site = 'Composite'")["totalSize"],
            salesforce.query("SELECT COUNT() FROM Contact WHERE Account.Site = 'Composite'")[
                "totalSize"
            ],
        )

    return counted


def create_account(reference_id="account", **values):
    body = {"Name": "Composite Ltd", "Site": "Composite", **values}
    url = f"{DATA}/sobjects/Account"
    return {"method": "POST", "url": url, "referenceId": reference_id, "body": body}


def create_contact(reference_id="contact", **values):
    body = {"LastName": "Part", "AccountId": "@{account.id}", **values}
    url = f"{DATA}/sobjects/Contact"
    return {"method": "POST", "url": url, "referenceId": reference_id, "body": body}


def get(path, reference_id="found", **parts):
    return {"method": "GET", "url": DATA + path, "referenceId": reference_id, **parts}


def run(post, *subrequests, **flags):
    reply = post("", {"compositeRequest": list(subrequests), **flags})
    assert reply.status_code == 200, reply.text
    return {entry["referenceId"]: entry for entry in reply.json()["compositeResponse"]}


def test_subrequest_uses_ids_and_fields_of_earlier_ones(post, count):
    entries = run(
        post,
        create_account(),
        create_contact(Description="of @{account.id}"),
        get("/sobjects/Contact/@{contact.id}?fields=AccountId,Description", "read"),
        get("/query?q=SELECT Id FROM Contact WHERE AccountId = '@{account.id}'", "query"),
        get("/sobjects/Account/@{query.records[0].attributes.type}x", "wrong"),
        get("/composite/sobjects/Contact?ids=@{query.records[0].Id}&fields=Id", "rows"),
        get("/sobjects/Contact/@{rows[0].Id}", "again"),
    )
    account_id = entries["account"]["body"]["id"]
    assert entries["account"]["httpStatusCode"] == 201
    assert entries["account"]["httpHeaders"] == {
        "Location": f"{DATA}/sobjects/Account/{account_id}"
    }
    assert entries["read"]["body"]["AccountId"] == account_id
    assert entries["read"]["body"]["Description"] == f"of {account_id}"
    assert entries["query"]["body"]["totalSize"] == 1
    assert entries["wrong"]["httpStatusCode"] == 404
    assert entries["again"]["body"]["Id"] == entries["contact"]["body"]["id"]
    assert count() == (1, 1)


def test_failure_stops_only_what_refers_to_it(post, count):
    entries = run(
        post, create_account(Name=None), create_contact(), create_account("other"), allOrNone=False
    )
    assert entries["account"]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert entries["contact"] == {
        "body": [
            {
                "errorCode": "PROCESSING_HALTED",
                "message": "Invalid reference specified. No value for account.id found in account",
            }
        ],
        "httpHeaders": {},
        "httpStatusCode": 400,
        "referenceId": "contact",
    }
    assert entries["other"]["httpStatusCode"] == 201
    assert count() == (1, 0)


def test_all_or_none_undoes_what_was_done_as_a_real_organisation_does(post, count):
    entries = run(
        post,
        create_account(),
        create_contact(Email="no address"),
        create_account("late"),
        allOrNone=True,
    )
    recorded = json.loads(recordings("composite/camel_failure.json").read_text())
    halted = {**recorded["compositeResponse"][0], "referenceId": "account"}
    assert entries["account"] == halted
    assert entries["late"] == {**halted, "referenceId": "late"}
    assert entries["contact"]["body"][0]["errorCode"] == "INVALID_EMAIL_ADDRESS"
    assert entries["contact"].keys() == recorded["compositeResponse"][1].keys()
    assert count() == (0, 0)


def test_all_or_none_keeps_everything_and_sees_its_own_changes_when_all_goes_well(post, count):
    soql = "SELECT COUNT() FROM Account WHERE Site = 'Composite'"
    entries = run(
        post, create_account(), create_contact(), get(f"/query?q={soql}", "sum"), allOrNone=True
    )
    assert entries["sum"]["body"]["totalSize"] == 1
    assert count() == (1, 1)


@pytest.mark.parametrize(("outer", "left"), [(True, 0), (False, 1)])
def test_collection_inside_follows_the_outer_flag(post, count, outer, left):
    records = [
        {"attributes": {"type": "Account"}, "Name": name, "Site": "Composite"}
        for name in ("Good", None)
    ]
    entries = run(
        post,
        {
            "method": "POST",
            "url": f"{DATA}/composite/sobjects",
            "referenceId": "rows",
            "body": {"allOrNone": False, "records": records},
        },
        allOrNone=outer,
    )
    assert [row["success"] for row in entries["rows"]["body"]] == [not outer, False]
    assert count() == (left, 0)


def test_headers_of_a_subrequest_count_and_an_unchanged_describe_has_no_body(post):
    first = run(post, get("/sobjects/Lead/describe"))["found"]["httpHeaders"]
    again = run(
        post,
        get(
            "/sobjects/Lead/describe",
            httpHeaders={"If-Modified-Since": first["Last-Modified"]},
        ),
    )
    assert again["found"] == {
        "body": None,
        "httpHeaders": first,
        "httpStatusCode": 304,
        "referenceId": "found",
    }


def test_error_of_a_subrequest_has_the_recorded_shape(post):
    recorded = json.loads(
        recordings(
            "cumulusci-cassettes/TestCompositeParallelSalesforce.test_errors.json"
        ).read_text()
    )["interactions"][-1]["response"]["body"]["compositeResponse"][0]
    entry = run(post, get("/sobjects/Foo", recorded["referenceId"]))[recorded["referenceId"]]
    assert entry == recorded


@pytest.mark.parametrize(
    "subrequests",
    [
        [],
        "none",
        [{"method": "GET", "url": f"{DATA}/limits"}],
        [get("/limits", "no good")],
        [get("/limits", "a"), get("/limits", "a")],
        [{**get("/limits"), "method": "get"}],
        [{**get("/limits"), "url": "/limits"}],
        [{**get("/limits"), "httpHeaders": {"Authorization": "Bearer x"}}],
        [{**get("/limits"), "httpHeaders": {"X-A": "a\r\nX-B: b"}}],
        [get("/limits", f"r{number}") for number in range(26)],
        [get("/query?q=SELECT Id FROM Lead", f"r{number}") for number in range(6)],
        [get("/composite/batch")],
    ],
)
def test_whole_request_is_refused_when_its_form_is_wrong(post, subrequests):
    reply = post("", {"compositeRequest": subrequests})
    assert reply.status_code == 400
    assert reply.json()[0]["errorCode"] in {
        "JSON_PARSER_ERROR",
        "LIMIT_EXCEEDED",
        "INVALID_INPUT",
    }


def test_composite_counts_as_one_call(post, salesforce):
    before = salesforce.limits()["DailyApiRequests"]["Remaining"]
    run(post, *(get("/limits", f"r{number}") for number in range(25)))
    assert salesforce.limits()["DailyApiRequests"]["Remaining"] == before - 2


def batch_call(method, url, rich_input=None):
    return {"method": method, "url": f"v60.0{url}", "richInput": rich_input}


def test_batch_runs_each_by_itself_unless_it_is_to_halt(post, count):
    calls = [
        batch_call("GET", "/sobjects/Account/nonsense"),
        batch_call("POST", "/sobjects/Account", {"Name": "B", "Site": "Composite"}),
        batch_call("GET", "/limits/recordCount?sObjects=Lead"),
    ]
    answer = post("/batch", {"batchRequests": calls}).json()
    assert answer["hasErrors"] is True
    assert [result["statusCode"] for result in answer["results"]] == [404, 201, 200]
    assert answer["results"][2]["result"]["sObjects"][0]["name"] == "Lead"
    halted = post("/batch", {"batchRequests": calls, "haltOnError": True}).json()
    assert [result["statusCode"] for result in halted["results"]] == [404, 412, 412]
    assert halted["results"][1]["result"] == [
        {
            "message": "Batch processing halted per request",
            "errorCode": "BATCH_PROCESSING_HALTED",
        }
    ]
    assert count() == (1, 0)


def test_batch_is_refused_when_it_is_too_long(post):
    reply = post("/batch", {"batchRequests": [batch_call("GET", "/limits")] * 26})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")


def test_graph_is_undone_alone_when_one_of_its_nodes_fails(post, count):
    graphs = [
        {"graphId": "good", "compositeRequest": [create_account(), create_contact()]},
        {
            "graphId": "bad",
            "compositeRequest": [create_account(), create_contact(LastName=None)],
        },
    ]
    good, bad = post("/graph", {"graphs": graphs}).json()["graphs"]
    assert (good["graphId"], good["isSuccessful"]) == ("good", True)
    assert [e["httpStatusCode"] for e in good["graphResponse"]["compositeResponse"]] == [201, 201]
    assert bad["isSuccessful"] is False
    codes = [e["body"][0]["errorCode"] for e in bad["graphResponse"]["compositeResponse"]]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert count() == (1, 1)


@pytest.mark.parametrize(
    "graphs",
    [
        [],
        [{"graphId": "a", "compositeRequest": [get("/query?q=SELECT Id FROM Lead")]}],
        [{"graphId": "a", "compositeRequest": [get("/sobjects/Lead")]}] * 2,
        [
            {"graphId": f"g{number}", "compositeRequest": [get("/sobjects/Lead")]}
            for number in range(76)
        ],
        [
            {
                "graphId": "deep",
                "compositeRequest": [
                    get(f"/sobjects/Lead/@{{r{number - 1}.id}}", f"r{number}")
                    for number in range(16)
                ],
            }
        ],
    ],
)
def test_graphs_are_refused_when_their_form_is_wrong_or_they_are_too_many(post, graphs):
    assert post("/graph", {"graphs": graphs}).status_code == 400


def account_tree(**contact):
    person = {"attributes": {"type": "Contact", "referenceId": "person"}, "LastName": "P"}
    return {
        "attributes": {"type": "Account", "referenceId": "account"},
        "Name": "Tree",
        "Site": "Composite",
        "Contacts": {"records": [{**person, **contact}]},
    }


def test_tree_creates_records_below_their_parents(post, count, salesforce):
    reply = post("/tree/Account", {"records": [account_tree()]})
    assert reply.status_code == 201
    body = reply.json()
    assert body["hasErrors"] is False
    assert [row["referenceId"] for row in body["results"]] == ["account", "person"]
    account_id, contact_id = (row["id"] for row in body["results"])
    assert salesforce.Contact.get(contact_id)["AccountId"] == account_id
    assert count() == (1, 1)


def test_tree_creates_nothing_and_tells_the_errors_when_one_record_is_refused(post, count):
    reply = post("/tree/Account", {"records": [account_tree(Email="no address")]})
    assert reply.status_code == 400
    (result,) = reply.json()["results"]
    assert result["referenceId"] == "person"
    assert result["errors"][0]["statusCode"] == "INVALID_EMAIL_ADDRESS"
    assert reply.json()["hasErrors"] is True
    assert count() == (0, 0)


@pytest.mark.parametrize(
    "records",
    [
        [],
        [{"Name": "no attributes"}],
        [account_tree(attributes={"type": "Contact", "referenceId": "account"})],
        [account_tree(attributes={"type": "Lead", "referenceId": "lead"})],
        [{**account_tree(), "Nothing": {"records": []}}],
        [
            {"attributes": {"type": "Account", "referenceId": f"r{number}"}, "Name": "N"}
            for number in range(201)
        ],
    ],
)
def test_tree_is_refused_when_its_form_is_wrong(post, count, records):
    assert post("/tree/Account", {"records": records}).status_code == 400
    assert count() == (0, 0)


def test_resources_below_composite_are_listed(salesforce):
    assert salesforce.restful("composite")["graph"] == f"{DATA}/composite/graph"


def test_all_or_none_requests_at_the_same_time_do_not_mix(
    live_organisation, salesforce, count, post
):
    def send(number):
        bad = {"Email": "no address"} if number % 2 else {}
        body = {
            "compositeRequest": [create_account(), create_contact(**bad)],
            "allOrNone": True,
        }
        reply = live_organisation.session().post(
            f"{salesforce.base_url}composite", headers=salesforce.headers, json=body
        )
        return [entry["httpStatusCode"] for entry in reply.json()["compositeResponse"]]

    with ThreadPoolExecutor(12) as threads:
        statuses = list(threads.map(send, range(24)))
    assert statuses == [[201, 201], [400, 400]] * 12
    assert count() == (12, 12)
