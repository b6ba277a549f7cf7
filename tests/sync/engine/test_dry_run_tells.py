"""What a dry run tells of single things is what the run after it does."""

from datetime import time

import pytest

from lists.models import ListKind, ListRecord
from sync.engine import members_sending
from sync.models import FailureReason, RunState
from sync.schedules.schedule import OnWeekdays
from sync.services import import_list
from tests.factories import ListRecordFactory
from tests.sync.engine.dry_run_kit import look, read_tables
from tests.sync.engine.members_kit import CampaignList
from tests.sync.engine.test_reports import LEAD_COLUMNS, Reports, start_import

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("every_sample")]


def test_the_limit_holds_removals_in_a_dry_run_as_in_the_run(sync):
    job = sync.import_leads()
    for number in range(ListRecord.objects.count()):
        ListRecordFactory(list=job.list, salesforce_id=f"00Q9{number:011d}AAA")
    sync.set_up(job, remove_missing=True)

    told = look(sync, job)
    run = sync.run(job)

    assert told.state == run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert told.result["counts"]["removals_held"] == run.removals_held > 0
    assert told.result["message"] == run.message
    assert told.result["samples"]["removed"] == []


@pytest.mark.parametrize("field", [None, "Company"])
def test_a_dry_run_tells_where_the_run_would_stop_and_pauses_nothing(sync, field):
    """Without a value for Company every record is set aside, and the run stops itself."""
    job = sync.import_leads()
    values = {"LastName": "Person", **({field: "Company"} if field else {})}
    for _ in range(21):
        sync.add_local(job, Email=sync.unique(), **values)
    sync.set_up(job, push_add=True, schedule=OnWeekdays(time(2)))
    tables = read_tables()

    told = look(sync, job)

    assert read_tables() == tables
    if field:
        assert (told.state, told.result["stopped"]) == (RunState.SUCCEEDED, None)
        return
    run = sync.run(job)
    assert (told.state, told.failure_reason) == (RunState.FAILED, FailureReason.CONFIGURATION)
    assert (told.message, told.advice) == (run.message, run.advice)
    assert [each["count"] for each in told.result["refusals"]] == [21]


@pytest.mark.parametrize("bulk_from", [1, 2_000])
def test_a_dry_run_of_a_campaign_tells_its_members_and_the_people_made(
    sync, bulk_from, monkeypatch
):
    monkeypatch.setattr(members_sending, "BULK_FROM", bulk_from)
    campaign = CampaignList(sync)
    answers, known, unknown = (sync.unique(name) for name in ("answers", "known", "unknown"))
    member = campaign.join(LeadId=campaign.create_lead(Email=answers))
    campaign.create_contact(Email=known)
    job = campaign.import_list()
    job.list.columns.filter(key="HasResponded").delete()  # as if it came to the members later
    campaign.set_up(push_add=True, push=["Status"], pull_add=True, remove_missing=True)
    sync.edit(job, member, Status="Responded")
    campaign.join(LeadId=campaign.create_lead(Email=sync.unique()))
    campaign.add(Email=known, LastName="Known")
    campaign.add(Email=unknown, LastName="Unknown", CompanyOrAccount="Company")
    campaign.add(Email=sync.unique("bad"))
    tables, members = read_tables(), campaign.members()

    told = look(sync, job)

    assert read_tables() == tables
    assert campaign.members() == members
    assert campaign.people("Lead", unknown) == []
    run = sync.run(job)
    counts = {n: c for n, c in told.result["counts"].items() if n != "records_joined"}
    assert counts == {name: getattr(run, name) for name in counts}
    assert (told.state, counts["records_pushed_new"]) == (run.state, 2)
    sent = {(each["operation"], each["object"]): each for each in told.result["samples"]["sent"]}
    (changed,) = sent["update", "CampaignMember"]["records"]
    assert (changed["label"], changed["values"]) == (answers, [["Status", "Responded"]])
    (made,) = sent["upsert", "Lead"]["records"]
    assert made["label"] == unknown
    assert sent["insert", "CampaignMember"]["count"] == 2


@pytest.mark.fault("F40")
def test_a_dry_run_tells_which_edits_go_to_a_list_of_contacts(sync):
    lead = sync.create_lead(Email=sync.unique(), Title="Old")
    job = sync.import_leads()
    sync.org.control("POST", "convert-leads", [{"leadId": lead}])
    contacts = import_list(
        account=sync.account, kind=ListKind.CONTACTS, name="Contacts", fields=["Title"],
        actor=sync.actor,
    )  # fmt: skip
    sync.execute(contacts)
    sync.edit(job, lead, Title="New")
    sync.set_up(job, remove_missing=True)
    tables = read_tables()

    told = look(sync, job)

    assert read_tables() == tables
    (carried,) = told.result["samples"]["carried"]
    assert carried["changes"] == [["Title", "Old", "New"]]
    run = sync.run(job)
    counted = {name: getattr(run, name) for name in ("records_followed", "records_removed")}
    assert counted == {name: told.result["counts"][name] for name in counted}
    assert counted["records_followed"] == 1
    record = ListRecord.objects.get(list_id=contacts.job.list_id, record_id=carried["record"])
    assert record.data["Title"] == "New"


@pytest.mark.parametrize("way", ["collections", "bulk"])
def test_a_dry_run_knows_whom_a_changed_address_belongs_to(sync, way, request):
    if way == "bulk":
        request.getfixturevalue("in_bulk")
    before, after = sync.unique("before"), sync.unique("after")
    lead, emptied = sync.create_lead(Email=before), sync.create_lead(Email=sync.unique("emptied"))
    job = sync.import_leads()
    sync.set_up(job, push=["Email"], push_add=True, clearing=["Email"])
    address = sync.record(job, emptied).email
    sync.edit(job, lead, Email=after)
    sync.edit(job, emptied, Email=None)
    for email in (before, after, address):
        sync.add_local(job, Email=email, LastName="Person", Company="Company")

    told = look(sync, job)

    assert [each["label"] for each in told.result["samples"]["refused"]] == [after]
    assert told.result["counts"]["records_pushed_new"] == 2
    run = sync.run(job)
    assert (run.records_pushed_new, run.records_failed) == (2, 1)


@pytest.mark.fault("F40")
def test_a_dry_run_tells_of_a_converted_lead_that_an_earlier_run_left_in_the_list(sync):
    lead = sync.create_lead(Email=sync.unique(), Company="Old")
    job = sync.import_leads()
    sync.set_up(job, remove_missing=True)
    sync.edit(job, lead, Company="New")
    sync.org.control("POST", "convert-leads", [{"leadId": lead}])
    assert sync.run(job).records_failed == 1
    sync.org.shift_clock(3_600)  # Salesforce tells of a conversion once
    assert sync.run(job).records_failed == 1

    told = look(sync, job)

    assert told.result["counts"]["records_failed"] == 1
    assert [each["salesforce_id"] for each in told.result["samples"]["refused"]] == [lead]
    assert [each["count"] for each in told.result["refusals"]] == [1]
    assert sync.run(job).records_failed == 1


@pytest.mark.parametrize("column", ["PHONE", None])
def test_a_dry_run_of_a_report_reads_what_the_report_shows_now(sync, column):
    reports = Reports(sync)
    lead = reports.lead(LastName="Before", Phone="1")
    report = reports.create()
    job = start_import(sync, report).job
    sync.set_up(job, pull_add=True, remove_missing=True)
    job.pull_update = True  # all columns of a report come along
    job.save()
    reports.change(report, detailColumns=[*LEAD_COLUMNS, *([column] if column else [])])
    sync.org.client().Lead.update(lead, {"LastName": "After"})
    tables = read_tables()

    told = look(sync, job)
    reports.remove_leads()

    assert read_tables() == tables
    (updated,) = told.result["samples"]["updated"]
    assert ["Last Name", "Before", "After"] in updated["changes"]
    assert (["Phone", None, "1"] in updated["changes"]) == bool(column)
