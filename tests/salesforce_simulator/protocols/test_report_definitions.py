"""Reports as saved definitions over HTTP: who sees them, and how they are made and changed."""

import pytest
from simple_salesforce import Salesforce

from tests.salesforce_simulator.protocols.report_calls import SPREADSHEET, ReportCalls, rows_of

UNAVAILABLE = (404, "NOT_FOUND", "The data you're trying to access is unavailable.")
COLLEAGUE = "maria.garcia@acme.example"
LEADS = {
    "name": "Mine",
    "reportType": {"type": "LeadList"},
    "detailColumns": ["LEAD_ID", "LAST_NAME"],
}


@pytest.fixture
def reports(salesforce):
    return ReportCalls(salesforce)


@pytest.fixture
def colleague(live_organisation):
    """The calls of the colleague who has a private report."""
    given = live_organisation.control("users", {"username": COLLEAGUE})
    session_id, instance = live_organisation.login(**given)
    return ReportCalls(
        Salesforce(
            session_id=session_id,
            instance_url=f"https://{instance}",
            version="60.0",
            session=live_organisation.session(),
        )
    )


def test_resources_lead_to_reports(salesforce):
    paths = salesforce.restful("")
    assert paths["analytics"] == "/services/data/v60.0/analytics"
    assert salesforce.restful("analytics") == {
        "reports": "/services/data/v60.0/analytics/reports",
        "reportTypes": "/services/data/v60.0/analytics/reportTypes",
    }


def test_report_is_listed_first_when_it_was_viewed_last(reports):
    first, second = reports.id_of("All Leads"), reports.id_of("Leads by Source")
    reports.ok("GET", f"/{first}/describe")
    reports.run(second, details=False)
    listed = reports.ok("GET")
    assert [item["id"] for item in listed[:2]] == [second, first]
    path = f"/services/data/v60.0/analytics/reports/{first}"
    assert listed[1] == {
        "id": first,
        "name": "All Leads",
        "reportFormat": "TABULAR",
        "url": path,
        "describeUrl": f"{path}/describe",
        "instancesUrl": f"{path}/instances",
    }
    reports.ok("GET", f"/{first}/describe")
    assert reports.ok("GET")[0]["id"] == first


def test_description_offers_columns_operators_and_durations(reports):
    body = reports.ok("GET", f"/{reports.id_of('All Leads')}/describe")
    assert body["attributes"]["reportName"] == "All Leads"
    offered = body["reportTypeMetadata"]
    columns = {
        name: column
        for category in offered["categories"]
        for name, column in category["columns"].items()
    }
    assert set(body["reportMetadata"]["detailColumns"]) <= set(columns)
    assert columns["LEAD_ID"]["dataType"] == "id"
    assert columns["OWNER"]["isLookup"] is True
    assert columns["FIRST_NAME"]["isLookup"] is False
    assert columns["DESCRIPTION"]["filterable"] is False
    assert [value["name"] for value in columns["RATING"]["filterValues"]] == [
        "Hot", "Warm", "Cold",
    ]  # fmt: skip
    assert columns["Lead.Owner_ID__c"] == {
        **columns["Lead.Owner_ID__c"],
        "isCustom": True,
        "label": "Owner ID",
    }
    operators = offered["dataTypeFilterOperatorMap"]
    assert [item["name"] for item in operators["id"]] == ["equals", "notEqual", "startsWith"]
    durations = {
        item["value"]
        for group in offered["standardDateFilterDurationGroups"]
        for item in group["standardDateFilterDurations"]
    }
    assert {"CUSTOM", "THIS_FISCAL_QUARTER", "LAST_N_DAYS:30"} <= durations


def test_report_made_by_name_and_type_alone_gets_the_first_columns(reports, salesforce):
    least = {"name": "NewReport", "reportType": {"type": "Opportunity"}}
    body = reports.ok("POST", json={"reportMetadata": least})
    metadata = body["reportMetadata"]
    assert metadata["detailColumns"][0] == "OPPORTUNITY_NAME"
    assert metadata["reportType"] == {"label": "Opportunities", "type": "Opportunity"}
    assert metadata["standardFilters"] == [
        {"name": "open", "value": "all"},
        {"name": "probability", "value": ">0"},
    ]
    assert metadata["folderId"].startswith("005")
    assert metadata["developerName"].startswith("NewReport")
    assert rows_of(reports.run(metadata["id"]))


def test_clone_is_a_report_of_its_own(reports):
    source = reports.id_of("Leads by Source")
    body = reports.ok("POST", f"?cloneId={source}", json={"reportMetadata": {"name": "Copy"}})
    copy = body["reportMetadata"]
    original = reports.ok("GET", f"/{source}/describe")["reportMetadata"]
    own = {"id", "name", "developerName", "folderId"}
    assert {key: copy[key] for key in copy if key not in own} == {
        key: original[key] for key in original if key not in own
    }
    assert copy["id"] != original["id"]
    assert copy["developerName"] != original["developerName"]


def test_saved_changes_stay(reports, salesforce):
    report_id = reports.new(**LEADS)
    folder = salesforce.query("SELECT Id FROM Folder WHERE Name = 'Act-On Reports'")["records"][0]
    changes = {
        "name": "Renamed",
        "folderId": folder["Id"],
        "reportFilters": [{"column": "RATING", "operator": "equals", "value": "Hot"}],
        "groupingsDown": [{"name": "STATUS", "sortOrder": "Desc", "dateGranularity": "None"}],
    }
    reports.ok("PATCH", f"/{report_id}", json={"reportMetadata": changes})
    metadata = reports.ok("GET", f"/{report_id}/describe")["reportMetadata"]
    assert metadata["name"] == "Renamed"
    assert metadata["reportFormat"] == "SUMMARY"
    assert metadata["reportFilters"][0]["filterType"] == "fieldValue"
    (record,) = salesforce.query(
        f"SELECT Name, Format, FolderName, OwnerId FROM Report WHERE Id = '{report_id}'"
    )["records"]
    del record["attributes"]
    assert record == {
        "Name": "Renamed",
        "Format": "Summary",
        "FolderName": "Act-On Reports",
        "OwnerId": folder["Id"],
    }
    reports.call("DELETE", f"/{report_id}")


def test_deleted_report_is_forbidden_and_not_found_by_queries(reports, salesforce):
    report_id = reports.new(**LEADS)
    assert reports.call("DELETE", f"/{report_id}").status_code == 204
    assert reports.error("GET", f"/{report_id}")[:2] == (403, "FORBIDDEN")
    assert not salesforce.query(f"SELECT Id FROM Report WHERE Id = '{report_id}'")["records"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/00OHs00000zzzzz"),
        ("GET", "/not-an-id"),
        ("GET", "/00OHs00000zzzzz/describe"),
        ("GET", "/00OHs00000zzzzz/instances"),
        ("POST", "/00OHs00000zzzzz/instances"),
        ("DELETE", "/00OHs00000zzzzz"),
        ("GET", "/00QHs0000000001"),
    ],
)
def test_report_that_is_not_there_is_unavailable(reports, method, path):
    assert reports.error(method, path) == UNAVAILABLE


def test_private_report_is_forbidden_to_others(reports, colleague):
    (mine,) = colleague.client.query(
        "SELECT Id FROM Report USING SCOPE allPrivate WHERE Name = 'My own hot leads'"
    )["records"]
    assert colleague.run(mine["Id"])["attributes"]["reportName"] == "My own hot leads"
    for path in ("", "/describe", "/instances"):
        assert reports.error("GET", f"/{mine['Id']}{path}")[:2] == (403, "FORBIDDEN")


def test_queries_show_private_reports_in_their_scope_alone(salesforce):
    names = [r["Name"] for r in salesforce.query("SELECT Name FROM Report")["records"]]
    assert "All Leads" in names
    assert "My own hot leads" not in names
    private = salesforce.query("SELECT Name FROM Report USING SCOPE allPrivate")["records"]
    names = [record["Name"] for record in private]
    assert "My own hot leads" in names
    assert "All Leads" not in names


def test_report_in_a_hidden_folder_is_seen_by_its_maker_alone(reports, colleague):
    folder = reports.client.Folder.create(
        {"Name": "Hidden", "DeveloperName": "Hidden", "AccessType": "Hidden", "Type": "Report"}
    )
    report_id = reports.new(**{**LEADS, "folderId": folder["id"]})
    assert reports.run(report_id)["allData"] is True
    assert colleague.error("GET", f"/{report_id}")[:2] == (403, "FORBIDDEN")
    found = f"SELECT Id FROM Report WHERE Id = '{report_id}'"
    assert colleague.client.query(found)["totalSize"] == 0
    assert reports.client.query(found)["totalSize"] == 1
    reports.client.Folder.update(folder["id"], {"AccessType": "Public"})
    assert colleague.run(report_id)["allData"] is True
    reports.call("DELETE", f"/{report_id}")


def test_hidden_field_leaves_the_report_of_who_may_not_see_it(reports, salesforce):
    report_id = reports.id_of("All Leads")
    grants = salesforce.query(
        "SELECT Id FROM FieldPermissions WHERE Field = 'Lead.Owner_ID__c'"
        " AND Parent.Profile.Name = 'System Administrator'"
    )["records"]
    (grant,) = grants
    salesforce.FieldPermissions.update(grant["Id"], {"PermissionsRead": False})
    try:
        body = reports.run(report_id)
        assert "Lead.Owner_ID__c" not in body["reportMetadata"]["detailColumns"]
        assert len(rows_of(body)[0]) == len(body["reportMetadata"]["detailColumns"])
        metadata = {"detailColumns": ["Lead.Owner_ID__c"]}
        body = reports.run(report_id, metadata)
        assert body["reportMetadata"]["detailColumns"] == []
    finally:
        salesforce.FieldPermissions.update(grant["Id"], {"PermissionsRead": True})
    assert "Lead.Owner_ID__c" in reports.run(report_id)["reportMetadata"]["detailColumns"]


@pytest.mark.parametrize(
    ("permission", "runs", "exports"),
    [("RunReports", 403, 403), ("ExportReport", 200, 403)],
)
def test_reports_are_run_and_exported_with_permission_alone(
    reports, colleague, salesforce, permission, runs, exports
):
    (granted,) = salesforce.query(
        "SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = TRUE"
        " AND Profile.Name = 'Standard User'"
    )["records"]
    report_id = reports.id_of("All Leads")
    salesforce.PermissionSet.update(granted["Id"], {f"Permissions{permission}": False})
    try:
        at_once = colleague.call("GET", f"/{report_id}")
        background = colleague.call("POST", f"/{report_id}/instances")
        sheet = colleague.call("GET", f"/{report_id}", headers={"Accept": SPREADSHEET})
    finally:
        salesforce.PermissionSet.update(granted["Id"], {f"Permissions{permission}": True})
    assert (at_once.status_code, background.status_code) == (runs, runs)
    assert sheet.status_code == exports
    assert sheet.json()[0]["errorCode"] == "FORBIDDEN"
    assert colleague.run(report_id)["allData"] is True


def test_joined_report_is_not_run(reports):
    metadata = {**LEADS, "reportFormat": "MULTI_BLOCK"}
    assert reports.error("POST", "/query", json={"reportMetadata": metadata})[0] == 501


def test_report_types_stand_in_categories_and_describe_themselves(reports, salesforce):
    groups = salesforce.restful("analytics/reportTypes")
    by_type = {item["type"]: item for group in groups for item in group["reportTypes"]}
    assert by_type["OpportunityContact"] == {
        "describeUrl": "/services/data/v60.0/analytics/reportTypes/OpportunityContact",
        "label": "Opportunities with Contact Roles",
        "type": "OpportunityContact",
    }
    assert "Leads" in [group["label"] for group in groups]
    body = salesforce.restful("analytics/reportTypes/OpportunityContact")
    assert body["reportMetadata"]["id"] is None
    labels = {
        column["label"]
        for category in body["reportTypeMetadata"]["categories"]
        for column in category["columns"].values()
    }
    assert {
        "Company Name", "First Name", "Last Name", "Email", "Contact ID", "Owner ID",
    } <= labels  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reportMetadata": None},
        {"reportMetadata": []},
        {"reportMetadata": {"name": "x"}},
        {"reportMetadata": {"reportType": {"type": "LeadList"}}},
        {"reportMetadata": {"name": "x", "reportType": {"type": "NoSuch"}}},
        {"reportMetadata": {"name": "x", "reportType": {}}},
        {"reportMetadata": {**LEADS, "folderId": "00lHs0000000zzz"}},
        {"reportMetadata": {**LEADS, "folderId": "x"}},
        {"reportMetadata": {**LEADS, "detailColumns": ["NO_SUCH"]}},
        {"reportMetadata": {**LEADS, "sortBy": [{}]}},
    ],
)
def test_report_is_not_made_of_half_a_definition(reports, body):
    assert reports.error("POST", json=body)[:2] == (400, "BAD_REQUEST")
