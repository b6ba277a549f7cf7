"""A report of more rows than a run shows, and the ways to all of them."""

import pytest

from tests.salesforce_simulator.protocols.organisation_process import OrganisationProcess
from tests.salesforce_simulator.protocols.report_calls import ReportCalls, values
from tests.salesforce_simulator.protocols.test_report_spreadsheets import spreadsheet, table_of

LEADS = 4_500


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    directory = tmp_path_factory.mktemp("large")
    process = OrganisationProcess(directory, "--seed", f"leads:{LEADS}", "--control")
    yield ReportCalls(process.client())
    process.stop()


def test_run_shows_2000_rows_and_counts_them_all(reports):
    report_id = reports.id_of("All Leads")
    body = reports.run(report_id)
    assert len(values(body)) == 2_000
    assert body["allData"] is False
    assert body["hasExceededTabularRowLimit"] is True
    assert body["factMap"]["T!T"]["aggregates"] == [{"label": "4,500", "value": LEADS}]
    handle = reports.ok("POST", f"/{report_id}/instances?includeDetails=true")
    background = reports.finished(report_id, handle["id"])
    assert background["factMap"] == body["factMap"]
    assert background["allData"] is False


def test_summary_adds_up_all_rows_and_shows_2000(reports):
    body = reports.run(reports.id_of("Leads by Source"))
    shown = [row for cell in body["factMap"].values() for row in cell["rows"]]
    assert len(shown) == 2_000
    assert body["allData"] is False
    assert body["factMap"]["T!T"]["aggregates"][1]["value"] == LEADS
    groups = [body["factMap"][f"{g['key']}!T"] for g in body["groupingsDown"]["groupings"]]
    assert sum(cell["aggregates"][1]["value"] for cell in groups) == LEADS


def test_totals_of_a_list_are_those_of_all_rows(reports):
    metadata = {"aggregates": ["s!EMPLOYEES", "RowCount"]}
    body = reports.run(reports.id_of("All Leads"), metadata)
    (expected,) = reports.client.query("SELECT SUM(NumberOfEmployees) s FROM Lead")["records"]
    assert [item["value"] for item in body["factMap"]["T!T"]["aggregates"]] == [
        expected["s"],
        LEADS,
    ]


def test_every_row_is_found_by_walking_along_a_date(reports):
    report_id = reports.id_of("All Leads")
    found, last = set(), "2000-01-01T00:00:00Z"
    created = {
        lead["Id"]: lead["CreatedDate"]
        for lead in reports.client.query_all("SELECT Id, CreatedDate FROM Lead")["records"]
    }
    for _ in range(5):
        after = {"column": "CREATED_DATE", "operator": "greaterOrEqual", "value": last}
        body = reports.run(report_id, {"reportFilters": [after]})
        page = [row[0] for row in values(body)]
        found |= set(page)
        if body["allData"]:
            break
        last = created[page[-1]].replace("+0000", "Z")
    assert found == set(created)


def test_every_row_is_found_by_leaving_out_the_ids_seen(reports):
    report_id = reports.id_of("All Leads")
    seen: list[str] = []
    metadata: dict = {"detailColumns": ["LEAD_ID"]}
    for _ in range(5):
        body = reports.run(report_id, metadata)
        seen += [row[0] for row in values(body)]
        if body["allData"]:
            break
        others = {"column": "LEAD_ID", "operator": "notEqual", "value": ",".join(seen)}
        metadata = {"detailColumns": ["LEAD_ID"], "reportFilters": [others]}
    assert len(seen) == len(set(seen)) == LEADS


def test_spreadsheet_has_no_cap(reports):
    _, lines = spreadsheet(reports, reports.id_of("All Leads"))
    _, rows = table_of(lines, "Lead ID")
    assert len({row[0] for row in rows}) == LEADS
