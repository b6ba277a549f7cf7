"""Reports in Metadata API files, and the same reports through the Analytics API."""

import pytest
from defusedxml import ElementTree

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.reports.metadata_api import report_definition, report_file
from tests.salesforce_simulator.recorded import recordings


def parsed(path):
    """Return a report file as a mapping, with a list for each element that repeats."""

    def value(element):
        if not len(element):
            return element.text
        result = {}
        for child in element:
            name = child.tag.rpartition("}")[2]
            if name in result:
                held = result[name]
                result[name] = [*(held if isinstance(held, list) else [held]), value(child)]
            else:
                result[name] = value(child)
        return result

    return value(ElementTree.parse(path).getroot())


LIST = {
    "columns": [
        {"field": "LAST_NAME"},
        {"aggregateTypes": ["Sum", "Maximum"], "field": "EMPLOYEES"},
    ],
    "filter": {
        "booleanFilter": "1 OR 2",
        "criteriaItems": [
            {"column": "RATING", "operator": "equals", "value": "Hot", "isUnlocked": True},
            {"column": "CITY", "operator": "equals", "value": "", "isUnlocked": False},
        ],
    },
    "format": "Summary",
    "groupingsDown": [
        {"dateGranularity": "Month", "field": "CREATED_DATE", "sortOrder": "Desc"},
    ],
    "name": "Leads of the town",
    "reportType": "LeadList",
    "scope": "organization",
    "showDetails": True,
    "showGrandTotal": True,
    "showSubTotals": False,
    "sortColumn": "LAST_NAME",
    "sortOrder": "Asc",
    "timeFrameFilter": {"dateColumn": "CREATED_DATE", "interval": "INTERVAL_CURFY"},
}


def test_file_comes_back_as_it_was_read():
    definition = report_definition(LIST, developer_name="Town", folder_id="00lHs0000000001")
    assert report_file(definition) == LIST


def test_recorded_file_is_saved_and_run(organisation, session):
    report = parsed(recordings("metadata", "jsforce", "reports", "JSforceTestReports",
                               "Lead_List_Report.report"))  # fmt: skip
    definition = report_definition(
        report, developer_name="Lead_List_Report", folder_id=organisation.id
    )
    report_id = organisation.reports.save(definition, session)
    body = organisation.reports.run(report_id, session, details=True)
    metadata = body["reportMetadata"]
    assert metadata["reportFormat"] == "SUMMARY"
    assert metadata["detailColumns"] == [item["field"] for item in report["columns"]]
    assert [group["label"] for group in body["groupingsDown"]["groupings"]] == [
        "Acme, Inc.", "Ünïted",
    ]  # fmt: skip
    (row,) = organisation.query(
        f"SELECT FolderName, Format FROM Report WHERE Id = '{report_id}'", session
    ).rows()
    assert row == ("Public Reports", "Summary")


def test_saving_again_under_a_name_changes_the_report(organisation, session):
    first = report_definition(LIST, developer_name="Again", folder_id=session.user_id)
    report_id = organisation.reports.save(first, session)
    second = report_definition(
        {**LIST, "name": "Other"}, developer_name="Again", folder_id=session.user_id
    )
    assert organisation.reports.save(second, session) == report_id
    assert organisation.reports.get(report_id, session).definition.name == "Other"


@pytest.mark.parametrize(
    "change",
    [
        {"reportType": "NoSuchType"},
        {"columns": [{"field": "NO_SUCH_COLUMN"}]},
        {"format": "Poem"},
        {"timeFrameFilter": {"dateColumn": "CREATED_DATE", "interval": "INTERVAL_AGES"}},
    ],
)
def test_file_is_refused_when_no_report_can_be_made_of_it(organisation, session, change):
    with pytest.raises(SalesforceError) as refusal:
        organisation.reports.save(
            report_definition({**LIST, **change}, developer_name="Bad", folder_id=session.user_id),
            session,
        )
    assert refusal.value.code == "BAD_REQUEST"


def test_joined_report_is_kept_and_not_run(organisation, session):
    joined = {"format": "MultiBlock", "name": "Joined", "reportType": "LeadList"}
    definition = report_definition(joined, developer_name="Joined", folder_id=session.user_id)
    report_id = organisation.reports.save(definition, session)
    for call in (
        lambda: organisation.reports.run(report_id, session, details=True),
        lambda: organisation.reports.describe(report_id, session),
        lambda: organisation.reports.request(report_id, session, details=True),
    ):
        with pytest.raises(SalesforceError) as refusal:
            call()
        assert refusal.value.code == "UNSUPPORTED"
