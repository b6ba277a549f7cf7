"""Deployed reports, and what the organisation runs of them."""

import pytest

from tests.salesforce_simulator.metadata_packages import (
    document,
    field,
    manifest,
    package,
)

FOLDER = "<accessType>Public</accessType><name>Sync Reports</name>"
REPORT = (
    "<columns><field>EMAIL</field></columns><columns><field>LAST_NAME</field></columns>{}"
    "<format>Tabular</format><name>Synced Leads</name><reportType>LeadList</reportType>"
    "<scope>org</scope><showDetails>true</showDetails>"
)
MEMBERS = ["Sync_Reports", "Sync_Reports/Synced"]


PLAIN = REPORT.format("")


def report_package(report=PLAIN, folder=FOLDER, members=MEMBERS, more=None, **types):
    files = {
        "reports/Sync_Reports-meta.xml": document("ReportFolder", folder),
        "reports/Sync_Reports/Synced.report": document("Report", report),
        **(more or {}),
    }
    return package(manifest(Report=members, **types), files)


@pytest.fixture
def run(organisation, session):
    """Run a report by its unique name and return the rows' labels."""

    def values(name):
        soql = f"SELECT Id FROM Report WHERE DeveloperName = '{name}'"
        (found,) = organisation.query(soql, session).records("60.0")
        result = organisation.reports.run(found["Id"], session, details=True)
        rows = result["factMap"]["T!T"]["rows"]
        return [[cell["label"] for cell in row["dataCells"]] for row in rows]

    return values


def test_report_is_run_when_it_was_deployed_with_its_folder(
    deploy, organisation, session, run, rows
):
    organisation.create(
        "Lead", {"LastName": "Byron", "Company": "C", "Email": "ada@example.com"}, session
    )
    job = deploy(report_package())
    assert job.success, job.messages
    ids = {message.full_name: message.id for message in job.messages}
    assert rows("SELECT Id, Name, AccessType FROM Folder WHERE DeveloperName = 'Sync_Reports'") == [
        {"Id": ids["Sync_Reports"], "Name": "Sync Reports", "AccessType": "Public"}
    ]
    (report,) = rows("SELECT Id, FolderName, OwnerId FROM Report WHERE DeveloperName = 'Synced'")
    assert report == {
        "Id": ids["Sync_Reports/Synced"],
        "FolderName": "Sync Reports",
        "OwnerId": ids["Sync_Reports"],
    }
    assert ["ada@example.com", "Byron"] in run("Synced")
    assert not any(message.changed for message in deploy(report_package()).messages)


def test_report_may_show_a_field_of_the_same_package(deploy, run):
    column = "<columns><field>Lead.Points__c</field></columns>"
    points = field("Points__c", "Number", "<precision>3</precision><scale>0</scale>")
    job = deploy(
        report_package(
            REPORT.format(column),
            more={"objects/Lead.object": document("CustomObject", points)},
            CustomField=["Lead.Points__c"],
        )
    )
    assert job.success, job.messages


@pytest.mark.parametrize(
    ("report", "problem"),
    [
        (REPORT.format("").replace("LeadList", "Nonsense"), "The report type Nonsense"),
        (REPORT.format("<columns><field>NOPE</field></columns>"), "NOPE"),
    ],
)
def test_report_is_refused_when_nobody_could_run_it(deploy, problems, report, problem):
    assert problem in problems(deploy(report_package(report)))["Sync_Reports/Synced"]


def test_report_is_refused_when_its_folder_is_not_there(deploy, problems):
    archive = package(
        manifest(Report=["Gone/Synced"]),
        {"reports/Gone/Synced.report": document("Report", REPORT.format(""))},
    )
    assert problems(deploy(archive)) == {"Gone/Synced": "Cannot find folder:Gone"}


def test_report_that_people_changed_is_read_and_replaced(deploy, organisation, session, rows):
    deploy(report_package())
    (report,) = rows("SELECT Id FROM Report WHERE DeveloperName = 'Synced'")
    organisation.reports.update(report["Id"], {"name": "Changed by hand"}, session)
    (found,) = organisation.metadata.read(session, "Report", ["Sync_Reports/Synced"])
    assert found.definition.get("name") == "Changed by hand"
    job = deploy(report_package())
    assert [m.full_name for m in job.messages if m.changed] == ["Sync_Reports/Synced"]
    assert rows("SELECT Name FROM Report WHERE DeveloperName = 'Synced'") == [
        {"Name": "Synced Leads"}
    ]


def test_reports_are_listed_by_folder(deploy, organisation, session):
    deploy(report_package())
    listed = organisation.metadata.list(session, [("ReportFolder", None)])
    assert "Sync_Reports" in {each.full_name for each in listed}
    (report,) = organisation.metadata.list(session, [("Report", "Sync_Reports")])
    assert (report.full_name, report.file_name) == (
        "Sync_Reports/Synced",
        "reports/Sync_Reports/Synced.report",
    )


def test_folder_goes_after_its_reports(deploy, problems, rows):
    deploy(report_package())

    def remove(*names):
        return deploy(package(manifest(), {"destructiveChanges.xml": manifest(Report=names)}))

    assert problems(remove("Sync_Reports")) == {"Sync_Reports": "Folder is not empty"}
    assert remove("Sync_Reports/Synced").success
    assert remove("Sync_Reports").success
    assert rows("SELECT Id FROM Folder WHERE DeveloperName = 'Sync_Reports'") == []
