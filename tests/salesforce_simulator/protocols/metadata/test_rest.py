"""Deployments over REST and custom fields in the Tooling API."""

import json

import pytest

from tests.salesforce_simulator.metadata_packages import field, fields_package
from tests.salesforce_simulator.protocols.metadata.conftest import wait_for

DEPLOY = "/services/data/v60.0/metadata/deployRequest"
TOOLING = "/services/data/v60.0/tooling/sobjects/CustomField"


@pytest.fixture
def call(target, client):
    """Send a request with the client's session; return status and JSON."""

    def send(method, path, **options):
        headers = {"Authorization": f"Bearer {client.session_id}"}
        reply = target.session().request(method, target.url + path, headers=headers, **options)
        return reply.status_code, reply.json() if reply.content else None

    return send


@pytest.fixture
def post(call):
    """POST a zip with options."""

    def send(archive, **options):
        files = {
            "json": (None, json.dumps({"deployOptions": options}), "application/json"),
            "file": ("deploy.zip", archive, "application/zip"),
        }
        return call("POST", DEPLOY, files=files)

    return send


def test_deployment_runs_to_its_end_and_tells_its_details(post, call, client):
    archive = fields_package("Lead", field("Rested__c", "Date"))
    status, body = post(archive, singlePackage=True, checkOnly=False)
    assert status == 201
    assert body["deployResult"]["status"] == "Pending"
    assert body["deployOptions"]["singlePackage"] is True
    path = f"{DEPLOY}/{body['id']}"

    def result():
        return call("GET", f"{path}?includeDetails=true")[1]["deployResult"]

    found = wait_for(result, "status")
    assert (found["status"], found["success"], found["done"]) == ("Succeeded", True, True)
    names = [each["fullName"] for each in found["details"]["componentSuccesses"]]
    assert names == ["Lead.Rested__c", "package.xml"]
    assert found["details"]["componentFailures"] == []
    assert call("GET", path)[1]["deployResult"]["details"] is None
    soap = client.checkDeployStatus(body["id"])  # the same job
    assert soap["state"] == "Succeeded"
    cancel = {"deployResult": {"status": "Canceling"}}
    status, body = call("PATCH", path, json=cancel)
    assert (status, body[0]["errorCode"]) == (400, "INVALID_ID_FIELD")


def test_deployment_has_its_options_when_their_part_has_another_name(call):
    archive = fields_package("Lead", field("Renamed__c", "Date"))
    options = json.dumps({"deployOptions": {"singlePackage": True, "checkOnly": True}})
    files = {
        "file": ("package.xml", archive, "application/zip"),
        "entity_content": ("blob", options, "application/json"),
    }
    status, body = call("POST", DEPLOY, files=files)
    assert (status, body["deployOptions"]["singlePackage"]) == (201, True)
    path = f"{DEPLOY}/{body['id']}"
    done = wait_for(lambda: call("GET", path)[1]["deployResult"], "status")
    assert (done["status"], done["checkOnly"]) == ("Succeeded", True)


def test_deployment_is_refused_when_the_request_is_not_whole(call):
    status, body = call("POST", DEPLOY, json={})
    assert (status, body[0]["errorCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    status, body = call("POST", DEPLOY, files={"json": (None, "{}", "application/json")})
    assert (status, body[0]["errorCode"]) == (400, "INVALID_MULTIPART_REQUEST")
    files = {"json": (None, "{", "application/json"), "file": ("a.zip", b"", "application/zip")}
    status, body = call("POST", DEPLOY, files=files)
    assert (status, body[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_field_is_made_read_changed_and_deleted_in_the_tooling_api(call):
    wanted = {
        "FullName": "Lead.Tooled__c",
        "Metadata": {"type": "Text", "label": "Tooled", "length": 20, "externalId": True},
    }
    status, body = call("POST", TOOLING, json=wanted)
    assert (status, body["success"], body["errors"]) == (201, True, [])
    path = f"{TOOLING}/{body['id']}"
    status, found = call("GET", path)
    assert status == 200
    assert (found["FullName"], found["DeveloperName"]) == ("Lead.Tooled__c", "Tooled")
    assert found["Metadata"]["length"] == 20
    assert found["Metadata"]["externalId"] is True
    assert found["Metadata"]["formula"] is None

    changed = {"Metadata": {**wanted["Metadata"], "label": "Retooled"}}
    assert call("PATCH", path, json=changed) == (204, None)
    assert call("GET", path)[1]["Metadata"]["label"] == "Retooled"
    assert call("DELETE", path) == (204, None)
    assert call("GET", path)[0] == 404


def test_picklist_is_made_in_the_tooling_api(call, client):
    values = [{"fullName": "A", "default": False, "label": "A"}]
    definition = {"sorted": False, "value": values}
    metadata = {
        "type": "Picklist",
        "label": "Tool Pick",
        "valueSet": {"restricted": True, "valueSetDefinition": definition},
    }
    status, body = call("POST", TOOLING, json={"FullName": "Lead.Pick__c", "Metadata": metadata})
    assert status == 201, body
    found = call("GET", f"{TOOLING}/{body['id']}")[1]["Metadata"]["valueSet"]
    assert found["valueSetDefinition"]["value"][0]["fullName"] == "A"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (
            {"FullName": "Lead.X__c", "Metadata": {"type": "Sentence", "label": "X"}},
            "JSON_PARSER_ERROR",
        ),
        ({"FullName": "Lead.X__c", "Metadata": {"nope": 1}}, "JSON_PARSER_ERROR"),
        (
            {"FullName": "Lead.X__c", "Metadata": {"type": "Date", "label": True}},
            "JSON_PARSER_ERROR",
        ),
        ({"FullName": "Lead.X__c", "Metadata": {"valueSet": "A"}}, "JSON_PARSER_ERROR"),
        ({"FullName": "Lead.X__c"}, "REQUIRED_FIELD_MISSING"),
        ({"Metadata": {}}, "REQUIRED_FIELD_MISSING"),
        (
            {"FullName": "Lead.X__c", "Metadata": {"type": "Text", "label": "X"}},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
    ],
)
def test_wrong_field_is_refused_in_the_tooling_api(call, body, code):
    status, answer = call("POST", TOOLING, json=body)
    assert (status, answer[0]["errorCode"]) == (400, code)
