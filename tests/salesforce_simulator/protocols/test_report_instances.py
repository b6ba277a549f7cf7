"""Background runs over HTTP."""

import pytest

from tests.salesforce_simulator.protocols.report_calls import ReportCalls, rows_of

DAY = 24 * 3600


@pytest.fixture
def reports(salesforce):
    return ReportCalls(salesforce)


@pytest.fixture
def all_leads(reports):
    return reports.id_of("All Leads")


def test_background_run_ends_with_the_results_of_a_run_at_once(reports, all_leads):
    handle = reports.ok("POST", f"/{all_leads}/instances?includeDetails=true")
    path = f"/services/data/v60.0/analytics/reports/{all_leads}/instances/{handle['id']}"
    assert handle["id"].startswith("0LG")
    assert handle == {
        **handle,
        "completionDate": None,
        "hasDetailRows": True,
        "queryable": False,
        "status": "New",
        "url": path,
    }
    body = reports.finished(all_leads, handle["id"])
    attributes = body.pop("attributes")
    assert attributes == {
        "completionDate": attributes["completionDate"],
        "id": handle["id"],
        "ownerId": handle["ownerId"],
        "queryable": False,
        "reportId": all_leads,
        "reportName": "All Leads",
        "requestDate": handle["requestDate"],
        "status": "Success",
        "type": "ReportInstance",
    }
    at_once = reports.run(all_leads)
    del at_once["attributes"]
    assert body == at_once


def test_background_run_takes_metadata_of_its_own_and_no_details_unless_asked(reports, all_leads):
    filters = [{"column": "RATING", "operator": "equals", "value": "Hot"}]
    body = {"reportMetadata": {"reportFilters": filters}}
    handle = reports.ok("POST", f"/{all_leads}/instances", json=body)
    assert handle["hasDetailRows"] is False
    found = reports.finished(all_leads, handle["id"])
    assert "rows" not in found["factMap"]["T!T"]
    expected = reports.run(all_leads, {"reportFilters": filters})
    assert found["factMap"]["T!T"]["aggregates"] == expected["factMap"]["T!T"]["aggregates"]


def test_background_runs_are_listed_newest_first_and_deleted_when_ended(reports):
    report_id = reports.new(name="Listed", reportType={"type": "LeadList"})
    handles = [reports.ok("POST", f"/{report_id}/instances", json={}) for _ in range(2)]
    for handle in handles:
        reports.finished(report_id, handle["id"])
    listed = reports.ok("GET", f"/{report_id}/instances")
    assert [item["id"] for item in listed] == [handle["id"] for handle in reversed(handles)]
    assert {item["status"] for item in listed} == {"Success"}
    gone = f"/{report_id}/instances/{handles[0]['id']}"
    assert reports.call("DELETE", gone).status_code == 204
    assert reports.error("GET", gone)[:2] == (404, "NOT_FOUND")
    assert len(reports.ok("GET", f"/{report_id}/instances")) == 1


def test_background_run_that_fails_tells_why(reports, salesforce):
    report_id = reports.new(
        name="Fails",
        reportType={"type": "LeadList"},
        reportFilters=[{"column": "Lead.Behavior_Score__c", "operator": "equals", "value": "1"}],
    )
    (grant,) = salesforce.query(
        "SELECT Id FROM FieldPermissions WHERE Field = 'Lead.Behavior_Score__c'"
        " AND Parent.Profile.Name = 'System Administrator'"
    )["records"]
    salesforce.FieldPermissions.update(
        grant["Id"], {"PermissionsRead": False, "PermissionsEdit": False}
    )
    try:
        assert reports.error("GET", f"/{report_id}")[:2] == (400, "BAD_REQUEST")
        handle = reports.ok("POST", f"/{report_id}/instances")
        attributes = reports.finished(report_id, handle["id"])["attributes"]
    finally:
        salesforce.FieldPermissions.update(
            grant["Id"], {"PermissionsRead": True, "PermissionsEdit": True}
        )
    assert attributes["status"] == "Error"
    assert attributes["errorCode"] == "BAD_REQUEST"
    assert "Behavior_Score__c" in attributes["errorMessage"]


def test_results_are_kept_for_a_day(reports, all_leads, live_organisation):
    handle = reports.ok("POST", f"/{all_leads}/instances")
    reports.finished(all_leads, handle["id"])
    path = f"/{all_leads}/instances/{handle['id']}"
    live_organisation.control("clock", {"shift_seconds": DAY + 60})
    try:
        later = ReportCalls(live_organisation.client())
        assert later.error("GET", path)[:2] == (404, "NOT_FOUND")
        assert handle["id"] not in [
            item["id"] for item in later.ok("GET", f"/{all_leads}/instances")
        ]
    finally:
        live_organisation.control("clock", {"shift_seconds": -DAY - 60})


def test_background_runs_count_against_the_hour(reports, all_leads, salesforce):
    before = salesforce.limits()["HourlyAsyncReportRuns"]
    reports.ok("POST", f"/{all_leads}/instances")
    after = salesforce.limits()["HourlyAsyncReportRuns"]
    assert after == {"Max": 1200, "Remaining": before["Remaining"] - 1}


def test_unfinished_run_is_taken_up_by_the_next_process(start_organisation):
    first = start_organisation("--control")
    calls = ReportCalls(first.client())
    report_id = calls.id_of("All Leads")
    handles = [calls.ok("POST", f"/{report_id}/instances?includeDetails=true") for _ in range(8)]
    first.kill()
    again = ReportCalls(start_organisation("--control").client())
    for handle in handles:
        body = again.finished(report_id, handle["id"])
        assert len(rows_of(body)) == 500
