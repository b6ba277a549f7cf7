"""jsforce, the client of the JavaScript world, works with the organisation as it is published."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.salesforce_simulator.metadata_packages import field, fields_package
from tools.node import JSFORCE, NODE, NodeError, ensure_packages

WALK_SECONDS = 180


def install_jsforce():
    try:
        return ensure_packages()
    except NodeError as problem:
        if os.environ.get("CI", "").lower() == "true":
            raise
        pytest.skip(str(problem))


@pytest.fixture(scope="module")
def walk(own_organisation, tmp_path_factory):
    """What came of each step of `walk.mjs`: {"value": ...} or {"error": ..., "message": ...}."""
    folder = install_jsforce()
    here = tmp_path_factory.mktemp("walk")
    ready = here / "ready.json"
    ready.write_text(json.dumps(own_organisation.ready))
    package = here / "package.zip"
    package.write_bytes(fields_package("Lead", field("Walk__c", "Text", "<length>20</length>")))
    program = Path(shutil.copy(JSFORCE / "walk.mjs", folder))
    done = subprocess.run(
        [NODE, program, ready, package],
        env={**os.environ, "NODE_EXTRA_CA_CERTS": own_organisation.ready["ca_file"]},
        capture_output=True,
        text=True,
        timeout=WALK_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def value(walk):
    """Return what a step gave; the test fails with jsforce's message when it threw."""

    def of(step):
        assert "value" in walk[step], walk[step]
        return walk[step]["value"]

    return of


def test_jsforce_logs_in_and_out_and_knows_who_it_is(own_organisation, value):
    ready = own_organisation.ready
    user = value("login")
    assert user["organizationId"] == ready["organization_id"]
    assert user["instanceUrl"] == ready["url"]
    assert value("identity")["user_id"] == user["id"]
    assert value("identity")["username"] == ready["username"]
    assert value("logout") == "out"


def test_jsforce_reads_limits_and_describes(value):
    assert "DailyApiRequests" in value("limits")
    assert {"Lead", "Contact", "Campaign"} <= set(value("describeGlobal"))
    described = value("describe")
    assert described["name"] == "Lead"
    assert "Email" in described["fields"]


def test_jsforce_queries_with_automatic_fetching(value):
    assert value("queryPage")["totalSize"] >= 500
    found = value("autoFetch")
    assert found["records"] == found["totalSize"] >= 500
    assert value("findWithConditions") == [["attributes", "Id", "Name", "Account"]] * 3


def test_jsforce_writes_201_records_at_once(value):
    assert value("createMany") == value("updateMany") == 201
    assert value("upsertMany") == {"succeeded": 201, "created": 201}
    assert value("retrieve") == ["Moved"] * 3
    assert value("destroyMany") == 402
    assert value("single") == {"title": "First", "destroyed": True}


def test_jsforce_understands_what_is_refused(walk):
    assert walk["wrongPassword"]["message"].startswith("INVALID_LOGIN: ")
    assert walk["malformedQuery"]["error"] == "MALFORMED_QUERY"
    assert walk["invalidRecord"]["error"] == "REQUIRED_FIELD_MISSING"


@pytest.mark.parametrize(
    ("load", "query", "domain"),
    [("bulkLoad", "bulkQuery", "bulkone"), ("bulk2Load", "bulk2Query", "bulktwo")],
)
def test_jsforce_loads_and_queries_in_bulk(value, load, query, domain):
    loaded = value(load)
    done = {"successfulResults": 3, "failedResults": 0, "unprocessedRecords": 0}
    assert loaded == (done if load == "bulk2Load" else 3)
    emails = [record["Email"] for record in value(query)]
    assert emails == [f"walker{n}@{domain}.example" for n in range(3)]


def test_jsforce_runs_a_report(value):
    report = value("reports")
    assert report["name"]
    assert report["cells"] == report["columns"] > 0
    assert report["allData"] is True


def test_jsforce_deploys_a_field(value):
    deployed = value("metadataDeploy")
    assert (deployed["status"], deployed["success"]) == ("Succeeded", True)
    assert (deployed["components"], deployed["errors"]) == (1, 0)
    assert "Lead.Walk__c" in value("metadataList")
