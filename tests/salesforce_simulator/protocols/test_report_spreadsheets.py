"""Reports as spreadsheets, read with openpyxl."""

from io import BytesIO

import openpyxl
import pytest

from tests.salesforce_simulator.protocols.report_calls import SPREADSHEET, ReportCalls


@pytest.fixture
def reports(salesforce):
    return ReportCalls(salesforce)


def spreadsheet(reports, report_id):
    reply = reports.call("GET", f"/{report_id}", headers={"Accept": SPREADSHEET})
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"] == SPREADSHEET
    page = openpyxl.load_workbook(BytesIO(reply.content)).active
    return reply, [list(row) for row in page.iter_rows(values_only=True)]


def table_of(lines, first_label):
    """Return the labels of a spreadsheet's columns and its rows, up to the total."""
    start = next(at for at, line in enumerate(lines) if line[0] == first_label)
    end = next(at for at, line in enumerate(lines) if line[0] == "Total")
    return lines[start], lines[start + 1 : end]


def test_spreadsheet_has_a_head_the_rows_and_a_last_word(reports, salesforce):
    reply, lines = spreadsheet(reports, reports.id_of("All Leads"))
    assert 'filename="All Leads-2' in reply.headers["Content-Disposition"]
    assert lines[0][0] == "All Leads"
    assert lines[1][0].startswith("As of 20")
    assert lines[2][0] == "Filtered By"
    head, rows = table_of(lines, "Lead ID")
    assert head[:5] == ["Lead ID", "First Name", "Last Name", "Company / Account", "Email"]
    leads = salesforce.query_all("SELECT Id, FirstName, LastName, Company, Email FROM Lead")
    expected = {
        (lead["Id"][:15], lead["FirstName"], lead["LastName"], lead["Company"], lead["Email"])
        for lead in leads["records"]
    }
    assert {tuple(row[:5]) for row in rows} == expected
    assert lines[-1][0].startswith("Confidential Information")


def test_spreadsheet_writes_groups_as_columns_and_numbers_as_numbers(reports):
    _, lines = spreadsheet(reports, reports.id_of("Pipeline by Stage and Month"))
    head, rows = table_of(lines, "Stage")
    assert head[:3] == ["Stage", "Close Date", "Opportunity Name"]
    assert len(rows) == 80
    assert all(isinstance(row[head.index("Amount")], (int, float)) for row in rows)
    stages = [row[0] for row in rows]
    assert stages == sorted(stages)


def test_spreadsheet_keeps_texts_that_look_like_formulas(reports, salesforce):
    company = '=HYPERLINK("https://example.com")'
    made = salesforce.Lead.create({"LastName": "Formula", "Company": company})["id"]
    try:
        report_id = reports.new(
            name="Formula: /?",
            reportType={"type": "LeadList"},
            detailColumns=["COMPANY"],
            reportFilters=[{"column": "LAST_NAME", "operator": "equals", "value": "Formula"}],
        )
        _, lines = spreadsheet(reports, report_id)
        assert table_of(lines, "Company / Account")[1] == [[company]] or company in [
            row[0] for row in table_of(lines, "Company / Account")[1]
        ]
    finally:
        salesforce.Lead.delete(made)


def test_spreadsheet_of_a_report_that_is_not_there_is_unavailable(reports):
    status, code, _ = reports.error("GET", "/00OHs00000zzzzz", headers={"Accept": SPREADSHEET})
    assert (status, code) == (404, "NOT_FOUND")
