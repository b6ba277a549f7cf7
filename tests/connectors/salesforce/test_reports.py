"""Campaigns and reports of the local organisation, as the client reads them."""

import pytest

from connectors.salesforce import (
    LARGEST_RUN,
    LimitError,
    NotFoundError,
    ReportUnavailableError,
    SalesforceClient,
    describe_report,
    find_campaigns,
    find_reports,
    read_campaign,
    read_report,
    run_report,
)

REPORTS = "SELECT Id FROM Report WHERE Name = "


@pytest.fixture
def client(local_org):
    network = local_org.network(sleep=lambda _seconds: None)
    with SalesforceClient(local_org.log_in().grant, network=network) as made:
        yield made


@pytest.fixture
def leads_by_source(local_org):
    return local_org.query(REPORTS + "'Leads by Source'")[0]["Id"]


def test_campaigns_come_by_name_when_they_are_searched(client):
    names = [campaign.name for campaign in find_campaigns(client, limit=3)]

    assert names == sorted(names, key=str.casefold)
    assert len(names) == 3
    (found,) = find_campaigns(client, "referral prog", limit=3)
    assert read_campaign(client, found.id) == found


def test_campaign_is_not_found_when_there_is_none(client):
    with pytest.raises(NotFoundError):
        read_campaign(client, "701000000000001AAA")


def test_reports_are_tabular_or_summary_ones_of_open_folders(client):
    found = {report.name for report in find_reports(client, limit=100)}

    assert {"All Leads", "Leads by Source"} <= found
    assert not {"Pipeline by Stage and Month", "My own hot leads"} & found


def test_groups_become_the_first_columns_when_a_summary_report_is_described(
    client, leads_by_source
):
    report = describe_report(client, leads_by_source)

    assert [column.label for column in report.columns[:3]] == [
        "Lead Source", "Rating", "First Name",
    ]  # fmt: skip


def test_rows_are_those_of_salesforce_when_a_summary_report_is_run(
    client, local_org, leads_by_source
):
    report = describe_report(client, leads_by_source)

    found = run_report(client, report)

    expected = local_org.query(
        "SELECT Id, LastName, LeadSource FROM Lead WHERE IsConverted = false"
    )
    names = [column.name for column in report.columns]
    last_name, source = names.index("LAST_NAME"), names.index("LEAD_SOURCE")
    assert found.row_count == len(expected)
    assert found.is_complete is (len(expected) <= LARGEST_RUN)
    assert len(found.rows) == min(len(expected), LARGEST_RUN)
    # Other tests leave leads in this organisation, at times more than one run returns.
    rows = {(row[last_name].record_id, row[last_name].text, row[source].text) for row in found.rows}
    assert len(rows) == len(found.rows)
    assert rows <= {(lead["Id"], lead["LastName"], lead["LeadSource"]) for lead in expected}


def test_rows_begin_at_a_value_when_they_are_sorted(client, leads_by_source):
    report = describe_report(client, leads_by_source)
    place = [column.name for column in report.columns].index("LAST_NAME")

    found = run_report(client, report, sort_by="LAST_NAME", at_least="M, or later")

    names = [(row[place].text or "").casefold() for row in found.rows]
    latin = [name for name in names if name.isascii() and name.isalpha()]
    assert latin
    assert latin == sorted(latin)
    assert latin[0] >= "m"


def test_report_is_unavailable_when_it_is_private_or_gone(client, local_org):
    (private,) = local_org.query(
        "SELECT Id FROM Report USING SCOPE allPrivate WHERE Name = 'My own hot leads'"
    )

    for report_id in (private["Id"], "00O000000000001AAA"):
        with pytest.raises(ReportUnavailableError):
            read_report(client, report_id)
    with pytest.raises(ReportUnavailableError):
        describe_report(client, "00O000000000001AAA")


def test_hours_runs_are_a_limit_and_no_lack_of_access(client, local_org, leads_by_source):
    report = describe_report(client, leads_by_source)
    message = "You've exceeded the limit of 500 synchronous report runs per hour."
    local_org.fault(
        "/analytics/reports/",
        method="POST",
        status=403,
        body=[{"errorCode": "FORBIDDEN", "message": message}],
        headers={"Content-Type": "application/json"},
    )

    with pytest.raises(LimitError, match="exceeded the limit") as caught:
        run_report(client, report)

    assert not caught.value.pauses_connection
