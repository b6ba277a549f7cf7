"""A report's list holds the people of the report, each once, with the report's own columns."""

import uuid

import pytest

from connectors.clients import open_client
from connectors.models import Connection
from lists.models import ListRecord, SystemUsage
from sync.errors import InvalidSetupError
from sync.models import FailureReason, RunState
from sync.schedules.schedule import OnWeekdays
from sync.services import SyncSetup, save_setup
from sync.setup.chosen import find_chosen

pytestmark = pytest.mark.scenario

LEAD_COLUMNS = ["LEAD_ID", "FIRST_NAME", "LAST_NAME", "COMPANY", "EMAIL", "ANNUAL_REVENUE", "OWNER"]
GUIDES_REPORT = "Act-On Report Prospects in Opportunities"


STARTS = ["N", "Ä", "ї", 'O\'Brien, "the" ', "日本", "ñ", "Z"]


def last_name(number):
    """Return the name of the n-th of many: many scripts, commas and quotes among them."""
    return f"{STARTS[number % len(STARTS)]}{number}"


class Reports:
    """The Analytics API as a person's browser uses it, on leads of one company."""

    def __init__(self, sync):
        self.sync = sync
        self.client = sync.org.client()
        self.company = f"Company {uuid.uuid4().hex[:8]}"

    def create(self, columns=LEAD_COLUMNS, report_type="LeadList", **metadata):
        (folder,) = self.sync.org.query("SELECT Id FROM Folder WHERE Name = 'Act-On Reports'")
        body = {
            "name": f"Report {uuid.uuid4().hex[:8]}",
            "reportFormat": "TABULAR",
            "reportType": {"type": report_type},
            "detailColumns": columns,
            "folderId": folder["Id"],
            "reportFilters": [{"column": "COMPANY", "operator": "equals", "value": self.company}],
            **metadata,
        }
        return self._call("", "POST", body)["reportMetadata"]["id"]

    def change(self, report_id, **metadata):
        self._call(f"/{report_id}", "PATCH", metadata)

    def delete(self, report_id):
        self.client.restful(f"analytics/reports/{report_id}", method="DELETE")

    def lead(self, **values):
        return self.sync.create_lead(**{"Company": self.company, **values})

    def leads(self, count):
        """Create leads by the hundred; return nothing."""
        rows = [
            {"attributes": {"type": "Lead"}, "LastName": last_name(n), "Company": self.company}
            for n in range(count)
        ]
        for start in range(0, count, 200):
            self.client.restful(
                "composite/sobjects", method="POST", json={"records": rows[start : start + 200]}
            )

    def remove_leads(self):
        """Take the company's leads away: other tests share the organisation."""
        leads = self.sync.org.query(f"SELECT Id FROM Lead WHERE Company = '{self.company}'")
        for start in range(0, len(leads), 200):
            ids = ",".join(lead["Id"] for lead in leads[start : start + 200])
            self.client.restful("composite/sobjects", method="DELETE", params={"ids": ids})

    def _call(self, path, method, metadata):
        return self.client.restful(
            f"analytics/reports{path}", method=method, json={"reportMetadata": metadata}
        )


@pytest.fixture
def reports(sync):
    made = Reports(sync)
    yield made
    sync.org.mend()
    made.remove_leads()


def start_import(sync, report_id):
    with open_client(Connection.objects.get()) as client:
        chosen = find_chosen(client, "report", report_id)
    return sync.execute(
        chosen.start_import(account=sync.account, name=chosen.name, actor=sync.actor)
    )


def people(job, *keys):
    records = ListRecord.objects.filter(list=job.list)
    return {record.salesforce_id: [record.data[key] for key in keys] for record in records}


@pytest.mark.requirement("S59", "S79", "S104", "S106")
def test_the_guides_report_is_imported_with_its_columns(sync):
    (report,) = sync.org.query(f"SELECT Id FROM Report WHERE Name = '{GUIDES_REPORT}'")

    run = start_import(sync, report["Id"])

    assert run.state == RunState.SUCCEEDED
    assert list(run.job.list.columns.values_list("name", flat=True))[:6] == [
        "Company Name", "First Name", "Last Name", "Email", "Contact ID", "Owner ID",
    ]  # fmt: skip
    expected = {
        each["Contact"]["Id"]: [each["Contact"]["LastName"], each["Contact"]["Email"]]
        for each in sync.org.query(
            "SELECT Contact.Id, Contact.LastName, Contact.Email FROM OpportunityContactRole"
        )
    }
    assert people(run.job, "LAST_NAME", "EMAIL") == expected
    assert run.records_added == run.records_read == len(expected)
    record = ListRecord.objects.exclude(email="").first()
    assert record.email == record.data["EMAIL"].lower()
    assert record.owner_id == record.data["Contact.Owner_ID__c"]
    assert run.job.list.folder.is_default


@pytest.mark.requirement("S59")
def test_values_of_a_report_are_plain_and_names_are_names(sync, reports):
    lead = reports.lead(
        FirstName="Ada", LastName="Lovelace", Email=sync.unique(), AnnualRevenue=1234
    )

    job = start_import(sync, reports.create()).job

    record = sync.record(job, lead)
    assert [record.data[name] for name in LEAD_COLUMNS[:4]] == [
        lead, "Ada", "Lovelace", reports.company,
    ]  # fmt: skip
    assert record.data["ANNUAL_REVENUE"] == "1234"
    assert record.owner_id.startswith("005")
    assert record.data["OWNER"] != record.owner_id


def test_people_are_known_by_the_record_that_their_name_leads_to(sync, reports):
    lead = reports.lead(LastName="Nameless", Email=sync.unique())
    report = reports.create(["LAST_NAME", "EMAIL", "COMPANY"])

    job = start_import(sync, report).job

    assert people(job, "LAST_NAME") == {lead: ["Nameless"]}


def test_an_import_names_the_column_to_add_when_no_row_is_a_person(sync, reports):
    reports.lead(Email=sync.unique())

    with pytest.raises(InvalidSetupError, match="Add the column Lead ID or Contact ID"):
        start_import(sync, reports.create(["EMAIL", "COMPANY"]))


def test_a_summary_report_brings_what_it_groups_by(sync, reports):
    lead = reports.lead(LastName="Grouped", LeadSource="Web", Rating="Hot")
    report = reports.create(
        ["LEAD_ID", "LAST_NAME"],
        reportFormat="SUMMARY",
        groupingsDown=[{"name": "LEAD_SOURCE", "sortOrder": "Asc", "dateGranularity": "None"}],
    )

    job = start_import(sync, report).job

    assert people(job, "LEAD_SOURCE", "LAST_NAME") == {lead: ["Web", "Grouped"]}


def test_a_person_of_several_rows_is_in_the_list_once(sync):
    (report,) = sync.org.query(f"SELECT Id FROM Report WHERE Name = '{GUIDES_REPORT}'")
    org = sync.org.client()
    contact = org.Contact.create({"LastName": "Twice", "Email": sync.unique()})["id"]
    for name in ("One", "Two"):
        deal = org.Opportunity.create(
            {"Name": name, "StageName": "Qualification", "CloseDate": "2026-12-01"}
        )["id"]
        org.OpportunityContactRole.create({"OpportunityId": deal, "ContactId": contact})

    run = start_import(sync, report["Id"])

    assert ListRecord.objects.filter(list=run.job.list, salesforce_id=contact).count() == 1
    assert "the list holds each person once" in run.message


@pytest.mark.requirement("S67", "S74", "S75", "S76")
def test_a_re_import_adds_updates_and_removes(sync, reports):
    sync.account.removal_limit_percent = 100
    sync.account.save()
    stays, goes = (reports.lead(LastName=name, Email=sync.unique()) for name in ("Old", "Goes"))
    job = start_import(sync, reports.create()).job
    sync.set_up(job, pull_add=True, remove_missing=True)
    save_setup(
        job=job,
        setup=SyncSetup(pull_add=True, pull_update=True, remove_missing=True),
        actor=sync.actor,
    )
    sync.org.client().Lead.update(stays, {"LastName": "New"})
    sync.org.client().Lead.update(goes, {"Company": "Elsewhere"})
    comes = reports.lead(LastName="Comes", Email=sync.unique())

    run = sync.run(job)

    assert (run.records_added, run.records_updated, run.records_removed) == (1, 1, 1)
    assert people(job, "LAST_NAME") == {stays: ["New"], comes: ["Comes"]}


@pytest.mark.fault("F33")
def test_columns_follow_the_report_and_lose_nothing(sync, reports):
    lead = reports.lead(LastName="Stays", Email=sync.unique(), Title="Chief")
    report = reports.create(["LEAD_ID", "LAST_NAME", "EMAIL"])
    job = start_import(sync, report).job
    reports.change(report, name="Renamed", detailColumns=["LEAD_ID", "LAST_NAME", "TITLE"])

    run = sync.run(job)

    assert people(job, "LAST_NAME", "EMAIL", "TITLE") == {
        lead: ["Stays", sync.record(job, lead).email, "Chief"]
    }
    assert "The report no longer has “Email”" in run.message
    email = job.list.columns.get(key="EMAIL")
    assert (email.salesforce_field, email.system_usage) == ("", SystemUsage.NONE)
    reports.change(report, detailColumns=["LEAD_ID", "LAST_NAME", "EMAIL"])
    sync.org.client().Lead.update(lead, {"Email": "back@example.net"})
    sync.run(job)
    assert people(job, "EMAIL", "TITLE") == {lead: ["back@example.net", "Chief"]}
    assert sync.record(job, lead).email == "back@example.net"


@pytest.mark.fault("F68")
def test_a_report_of_more_than_2000_rows_comes_whole(sync, reports):
    reports.leads(2_450)

    run = start_import(sync, reports.create(["LEAD_ID", "LAST_NAME"]))

    assert run.state == RunState.SUCCEEDED, run.message
    assert run.records_added == ListRecord.objects.filter(list=run.job.list).count() == 2_450
    names = set(ListRecord.objects.filter(list=run.job.list).values_list("data__LAST_NAME"))
    assert names == {(last_name(n),) for n in range(2_450)}


@pytest.mark.fault("F68")
def test_a_long_report_is_refused_when_it_cannot_be_read_piece_by_piece(sync, reports):
    reports.leads(2_001)  # by the order of what is not in the report it cannot be read

    run = start_import(sync, reports.create(["LEAD_ID", "FIRST_NAME"]))

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.CONFIGURATION)
    assert "more than the 2,000 rows" in run.message
    assert "Last Name or Email" in run.advice
    assert not ListRecord.objects.filter(list=run.job.list).exists()


@pytest.mark.fault("F68")
def test_nobody_is_removed_when_rows_are_missing(sync, reports):
    leads = {reports.lead(LastName=f"L{n}", Email=sync.unique()) for n in range(3)}
    job = start_import(sync, reports.create()).job
    save_setup(job=job, setup=SyncSetup(pull_add=True, remove_missing=True), actor=sync.actor)
    cut = sync.org.client().restful(
        f"analytics/reports/{job.list.source_id}", params={"includeDetails": "true"}
    )
    cut["factMap"]["T!T"]["rows"].pop()
    sync.org.fault(
        f"/analytics/reports/{job.list.source_id}\\?",
        method="POST",
        status=200,
        body=cut,
        headers={"Content-Type": "application/json"},
    )

    run = sync.run(job)

    assert run.state == RunState.FAILED
    assert "counts 3 rows in the report and delivered 2" in run.message
    assert set(people(job)) == leads


@pytest.mark.fault("F77")
def test_a_deleted_report_is_named_and_the_list_stays(sync, reports):
    lead = reports.lead(Email=sync.unique())
    report = reports.create()
    job = start_import(sync, report).job
    save_setup(job=job, setup=SyncSetup(pull_add=True, remove_missing=True), actor=sync.actor)
    reports.delete(report)

    run = sync.run(job)

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.CONFIGURATION)
    assert "The report was deleted" in run.message
    assert set(people(job)) == {lead}
    assert Connection.objects.get().state == "connected"


@pytest.mark.requirement("S68", "S83")
def test_a_reports_list_is_not_set_up_to_push(sync, reports):
    reports.lead(Email=sync.unique())
    job = start_import(sync, reports.create()).job

    with pytest.raises(InvalidSetupError, match="Nothing of this list is pushed"):
        save_setup(job=job, setup=SyncSetup(push_add=True), actor=sync.actor)


@pytest.mark.requirement("S107")
def test_a_report_is_scheduled_like_any_list(sync, reports):
    reports.lead(Email=sync.unique())
    job = start_import(sync, reports.create()).job

    sync.set_up(job, pull_add=True, schedule=OnWeekdays(job.list.created_at.time()))

    job.refresh_from_db()
    assert job.next_due_at is not None
