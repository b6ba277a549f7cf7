"""Push to a campaign: new records become members once, and changes reach member and person."""

import pytest

from connectors.salesforce import TransientError
from lists.models import ListRecord
from sync.engine import members_sending
from sync.engine.members_new import NewMembers
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import DuplicateAction, RecordIssue, RunState
from tests.sync.engine.members_kit import CampaignList

CONVERTED = "Closed - Converted"

in_bulk = pytest.mark.parametrize("way", ["bulk"], indirect=True)
by_collections = pytest.mark.parametrize("way", ["collections"], indirect=True)
pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]


@pytest.fixture
def campaign(sync):
    return CampaignList(sync)


@pytest.fixture(params=["collections", "bulk"])
def way(request, monkeypatch):
    """Send few rows as if they were many, so that both ways are the same to a person."""
    if request.param == "bulk":
        monkeypatch.setattr(members_sending, "BULK_FROM", 1)
    monkeypatch.setattr(members_sending, "FIRST_PAUSE_SECONDS", 0.01)
    return request.param


def issues():
    return {issue.label: (issue.code, issue.message) for issue in RecordIssue.objects.all()}


@pytest.mark.requirement("S59", "S69")
def test_new_records_become_members_contact_before_lead_and_unknown_ones_are_made(
    sync, campaign, way
):
    both, lead_only, unknown = (sync.unique(name) for name in ("both", "lead", "unknown"))
    contact = campaign.create_contact(Email=both.upper())
    campaign.create_lead(Email=both)
    lead = campaign.create_lead(Email=lead_only)
    campaign.import_list()
    campaign.set_up(push_add=True, push_add_as="Lead")
    campaign.add(Email=both, LastName="Both", Status="Responded")
    campaign.add(Email=lead_only, LastName="Lead")
    made = campaign.add(Email=unknown, LastName="Ünknown", FirstName="Ada", CompanyOrAccount="Co")

    run = campaign.run()
    again = campaign.run()

    assert campaign.member_of(both.upper())["ContactId"] == contact
    assert campaign.member_of(both.upper())["HasResponded"] is True
    assert campaign.member_of(lead_only)["LeadId"] == lead
    (person,) = campaign.people("Lead", unknown)
    assert campaign.member_of(unknown)["LeadId"] == person["Id"]
    assert person[EXTERNAL_ID_FIELD] == str(made.record_id)
    assert (person["FirstName"], person["LastName"]) == ("Ada", "Ünknown")
    assert len(campaign.members()) == 3
    assert campaign.record(unknown).salesforce_id == campaign.member_of(unknown)["Id"]
    assert campaign.record(unknown).dirty is None
    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED, 3)
    assert (again.records_pushed_new, again.records_pushed_changed) == (0, 0)


@pytest.mark.requirement("S69")
@in_bulk
def test_unknown_people_become_contacts_when_the_set_up_says_so(sync, campaign, way):
    email = sync.unique()
    campaign.import_list()
    campaign.set_up(push_add=True, push_add_as="Contact")
    campaign.add(Email=email, LastName="Contact", City="Berlin")

    campaign.run()

    (contact,) = campaign.people("Contact", email)
    assert campaign.org.Contact.get(contact["Id"])["MailingCity"] == "Berlin"
    assert campaign.member_of(email)["ContactId"] == contact["Id"]
    assert campaign.people("Lead", email) == []


@pytest.mark.fault("F29", "F32")
@by_collections
def test_nobody_is_made_for_a_record_that_the_campaign_or_the_object_would_refuse(
    sync, campaign, way
):
    status, company, good = (sync.unique(name) for name in ("status", "company", "good"))
    campaign.import_list()
    campaign.set_up(push_add=True)
    campaign.add(Email=status, LastName="A", CompanyOrAccount="Co", Status="Attended")
    campaign.add(Email=company, LastName="B")
    campaign.add(Email=good, LastName="C", CompanyOrAccount="Co", Status="responded")

    run = campaign.run()

    assert [len(campaign.people("Lead", each)) for each in (status, company, good)] == [0, 0, 1]
    assert campaign.member_of(good)["Status"] == "Responded"
    found = issues()
    assert found[status] == (
        "UNKNOWN_MEMBER_STATUS",
        "The campaign has no status “Attended”. It has: Sent, Responded.",
    )
    assert found[company][0] == "REQUIRED_FIELD_MISSING"
    assert (run.state, run.records_failed) == (RunState.SUCCEEDED_WITH_ERRORS, 2)


def break_off(*_):
    raise TransientError("GONE", "Salesforce does not answer.")


@pytest.mark.fault("F61")
@in_bulk
def test_a_job_that_somebody_stopped_while_no_worker_was_there_ends_the_run(
    sync, campaign, way, monkeypatch
):
    campaign.import_list()
    campaign.set_up(push_add=True)
    campaign.add(Email=sync.unique(), LastName="A", CompanyOrAccount="Co")
    sync.org.control("POST", "bulk/hold", {"held": True})
    try:
        with monkeypatch.context() as patch:
            patch.setattr(members_sending.send_bulk, "wait", break_off)
            run = campaign.run()
        stopped = {"state": "Aborted"}
        path = f"jobs/ingest/{run.checkpoint['bulk_job']}"
        sync.org.client().restful(path, method="PATCH", json=stopped)
    finally:
        sync.org.control("POST", "bulk/hold", {"held": False})
    assert run.state == RunState.INTERRUPTED

    run = sync.execute(run)

    assert (run.state, campaign.members()) == (RunState.FAILED, [])
    assert "was stopped in Salesforce, and not by this application" in run.message
    assert campaign.run().records_pushed_new == len(campaign.members()) == 1


@pytest.mark.requirement("S70", "S72")
def test_a_changed_status_is_pushed_whether_or_not_it_is_chosen(sync, campaign, way):
    first, second = sync.unique("first"), sync.unique("second")
    member = campaign.join(LeadId=campaign.create_lead(Email=first))
    other = campaign.join(ContactId=campaign.create_contact(Email=second))
    campaign.import_list()
    campaign.set_up(push_update=True)
    sync.edit(campaign.job, member, Status="Responded", FirstName="Not chosen")
    sync.edit(campaign.job, other, Status="Nonsense")

    run = campaign.run()

    there = campaign.member_of(first)
    assert (there["Id"], there["Status"], there["HasResponded"]) == (member, "Responded", True)
    assert campaign.people("Lead", first)[0]["FirstName"] is None
    assert set(campaign.record(first).dirty) == {"FirstName"}
    assert campaign.member_of(second)["Status"] == "Sent"
    assert issues()[second][0] == "UNKNOWN_MEMBER_STATUS"
    assert (run.records_pushed_changed, run.records_failed) == (1, 1)


@pytest.mark.requirement("S70", "S71")
def test_a_chosen_field_of_the_person_is_changed_at_the_lead_or_contact(sync, campaign, way):
    first, second = sync.unique("first"), sync.unique("second")
    lead, contact = campaign.create_lead(Email=first), campaign.create_contact(Email=second)
    members = campaign.join(LeadId=lead), campaign.join(ContactId=contact)
    campaign.import_list()
    campaign.set_up(push=["FirstName", "City", "CompanyOrAccount"])
    for member in members:
        sync.edit(campaign.job, member, FirstName="Ada", City="Bonn", Phone="1")
    sync.edit(campaign.job, members[0], CompanyOrAccount="New Company")
    sync.edit(campaign.job, members[1], CompanyOrAccount="New Account")

    run = campaign.run()

    there = campaign.org.Lead.get(lead)
    assert (there["FirstName"], there["City"]) == ("Ada", "Bonn")
    assert (there["Company"], there["Phone"]) == ("New Company", None)
    there = campaign.org.Contact.get(contact)
    assert (there["FirstName"], there["MailingCity"], there["Phone"]) == ("Ada", "Bonn", None)
    assert campaign.record(first).salesforce_id == members[0]
    assert set(campaign.record(first).dirty) == {"Phone"}
    assert set(campaign.record(second).dirty) == {"Phone", "CompanyOrAccount"}
    assert "is a contact" in issues()[second][1]
    assert run.records_pushed_changed == 2


@in_bulk
def test_a_field_of_a_converted_leads_member_is_changed_at_the_contact(sync, campaign, way):
    email = sync.unique()
    lead = campaign.create_lead(Email=email)
    member = campaign.join(LeadId=lead)
    campaign.import_list()
    campaign.set_up(push=["FirstName"])
    sync.edit(campaign.job, member, FirstName="Ada", Status="Responded")
    sync.org.control("POST", "convert-leads", [{"leadId": lead, "convertedStatus": CONVERTED}])

    run = campaign.run()

    (contact,) = campaign.people("Contact", email)
    assert contact["FirstName"] == "Ada"
    assert campaign.member_of(email)["Status"] == "Responded"
    assert run.state == RunState.SUCCEEDED
    assert ListRecord.objects.filter(list=campaign.job.list).count() == 1


@pytest.mark.fault("F40")
@in_bulk
def test_a_lead_that_is_converted_before_it_joins_is_added_as_its_contact(sync, campaign, way):
    email = sync.unique()
    lead = campaign.create_lead(Email=email)
    campaign.import_list()
    campaign.set_up(push_add=True)
    record = campaign.add(Email=email, LastName="Converted")
    ListRecord.objects.filter(record_id=record.record_id).update(
        data={**record.data, "LeadId": lead}
    )
    sync.org.control("POST", "convert-leads", [{"leadId": lead, "convertedStatus": CONVERTED}])

    campaign.run()

    (contact,) = campaign.people("Contact", email)
    assert campaign.member_of(email)["ContactId"] == contact["Id"]
    assert campaign.record(email).salesforce_id == campaign.member_of(email)["Id"]


def test_a_member_who_was_there_already_is_tied_to_the_record_not_doubled(sync, campaign, way):
    same, differs = sync.unique("same"), sync.unique("differs")
    campaign.import_list()
    members = [campaign.join(LeadId=campaign.create_lead(Email=email)) for email in (same, differs)]
    campaign.set_up(push_add=True)
    campaign.add(Email=same, LastName="Same", Status="Sent")
    campaign.add(Email=differs, LastName="Differs", Status="Responded")

    run = campaign.run()

    assert sorted(each["Id"] for each in campaign.members()) == sorted(members)
    assert campaign.member_of(differs)["Status"] == "Sent"
    assert [campaign.record(each).salesforce_id for each in (same, differs)] == members
    assert "Status" not in campaign.record(same).dirty
    assert campaign.record(differs).dirty["Status"] is None
    assert (run.records_linked, run.records_pushed_new) == (2, 0)


@by_collections
def test_people_that_cannot_be_told_apart_are_set_aside(sync, campaign, way):
    twice, listed, several = (sync.unique(name) for name in ("twice", "listed", "several"))
    campaign.join(LeadId=campaign.create_lead(Email=listed))
    for _ in range(2):
        campaign.create_contact(Email=several)
    campaign.import_list()
    campaign.set_up(push_add=True)
    for email in (twice, twice, listed, several):
        campaign.add(Email=email, LastName="Person", CompanyOrAccount="Co")

    run = campaign.run()

    assert len(campaign.people("Lead", twice)) == 1
    assert sorted(each["Email"] for each in campaign.members()) == sorted([twice, listed])
    assert sorted(RecordIssue.objects.values_list("code", flat=True)) == [
        "ADDRESS_TWICE_IN_LIST", "ALREADY_IN_LIST", "MULTIPLE_MATCHES",
    ]  # fmt: skip
    assert (run.records_pushed_new, run.records_failed) == (1, 3)


@pytest.mark.fault("F53")
@pytest.mark.parametrize("nth", [1, 2])
def test_a_lost_reply_makes_nobody_and_no_member_twice(sync, campaign, nth):
    emails = [sync.unique(f"lost{number}") for number in range(4)]
    campaign.import_list()
    campaign.set_up(push_add=True)
    for email in emails:
        campaign.add(Email=email, LastName="Lost", CompanyOrAccount="Co", Status="Responded")
    sync.org.fault(r"/composite/sobjects", nth=nth, lose_reply=True)

    run = campaign.run()

    assert run.state == RunState.SUCCEEDED
    assert [len(campaign.people("Lead", email)) for email in emails] == [1] * 4
    assert len(campaign.members()) == 4
    records = ListRecord.objects.filter(list=campaign.job.list)
    assert {record.salesforce_id for record in records} == {m["Id"] for m in campaign.members()}
    assert all(record.dirty is None for record in records)


@in_bulk
def test_somebody_who_joins_by_another_hand_in_the_same_moment_is_tied(
    sync, campaign, way, monkeypatch
):
    email = sync.unique()
    lead = campaign.create_lead(Email=email)
    campaign.import_list()
    campaign.set_up(push_add=True)
    campaign.add(Email=email, LastName="Quick", Status="Sent")
    prepare = NewMembers.prepare

    def prepare_while_somebody_joins(part, records, batch):
        rows = prepare(part, records, batch)
        if rows and not campaign.members():
            campaign.join(LeadId=lead)
        return rows

    monkeypatch.setattr(NewMembers, "prepare", prepare_while_somebody_joins)

    run = campaign.run()

    assert (run.state, len(campaign.members())) == (RunState.SUCCEEDED, 1)
    assert campaign.record(email).salesforce_id == campaign.member_of(email)["Id"]


@pytest.mark.fault("F24")
def test_a_member_whose_person_is_locked_is_sent_again(sync, campaign, way):
    email = sync.unique()
    member = campaign.join(LeadId=campaign.create_lead(Email=email))
    campaign.import_list()
    campaign.set_up(push_update=True)
    sync.edit(campaign.job, member, Status="Responded")
    sync.org.control("POST", "row-locks", {"ids": [member], "refusals": 3})

    run = campaign.run()

    assert campaign.member_of(email)["Status"] == "Responded"
    assert (run.state, run.records_pushed_changed) == (RunState.SUCCEEDED, 1)


@pytest.mark.fault("F42")
@by_collections
def test_a_change_of_somebody_who_left_the_campaign_is_set_aside(sync, campaign, way):
    email = sync.unique()
    member = campaign.join(LeadId=campaign.create_lead(Email=email))
    campaign.import_list()
    campaign.set_up(push=["FirstName"])
    sync.edit(campaign.job, member, FirstName="Ada")
    campaign.org.CampaignMember.delete(member)

    run = campaign.run()

    assert campaign.people("Lead", email)[0]["FirstName"] is None
    assert RecordIssue.objects.get().code == "NO_MEMBER_ANY_MORE"
    assert run.state == RunState.SUCCEEDED_WITH_ERRORS


@in_bulk
@pytest.mark.fault("F60")
def test_a_new_job_takes_only_the_members_that_a_failed_one_left(sync, campaign, way):
    emails = [sync.unique(f"failed{number}") for number in range(4)]
    for email in emails:
        campaign.create_lead(Email=email)
    campaign.import_list()
    campaign.set_up(push_add=True)
    for email in emails:
        campaign.add(Email=email, LastName="Failed")
    sync.org.control("POST", "bulk/batch-rows", {"rows": 2})
    sync.org.control("POST", "bulk/failing-batch", {"nth": 2})
    try:
        first = sync.run(campaign.job)
        half = len(campaign.members())
        second = sync.execute(first)
    finally:
        sync.org.control("POST", "bulk/failing-batch", {"nth": 0})
        sync.org.control("POST", "bulk/batch-rows", {"rows": 10_000})

    assert (first.state, half) == (RunState.INTERRUPTED, 2)
    assert (second.state, second.records_pushed_new) == (RunState.SUCCEEDED, 4)
    assert sorted(each["Email"] for each in campaign.members()) == sorted(emails)


@by_collections
@pytest.mark.fault("F25")
def test_somebody_whom_a_duplicate_rule_finds_joins_as_the_match_where_that_is_chosen(
    sync, campaign, way, lay_down
):
    rule = {"object": "Lead", "matching": [["LastName", "Phone"]], "against": ["Lead", "Contact"]}
    lay_down(duplicate_rules=[{**rule, "message": "Use one of these records?"}])
    name, email = sync.unique("name"), sync.unique()
    lead = campaign.create_lead(LastName=name, Phone="1", Email=sync.unique())
    campaign.import_list()
    campaign.set_up(push_add=True, duplicates=DuplicateAction.LINK)
    campaign.add(Email=email, LastName=name, Phone="1", CompanyOrAccount="Co")

    run = campaign.run()

    (member,) = campaign.members()
    assert (member["LeadId"], campaign.people("Lead", email)) == (lead, [])
    assert campaign.record(email).salesforce_id == member["Id"]
    assert run.state == RunState.SUCCEEDED
