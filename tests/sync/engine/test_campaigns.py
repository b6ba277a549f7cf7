"""A campaign's list holds the campaign's members, leads and contacts, with their status."""

import pytest

from connectors.clients import open_client
from connectors.models import Connection
from lists.models import ListRecord
from sync.errors import InvalidSetupError
from sync.models import FailureReason, RunKind, RunState, SyncRun
from sync.services import SyncSetup, add_columns, save_setup
from sync.setup.chosen import find_chosen

CONVERTED = "Closed - Converted"

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]


@pytest.fixture
def campaign(sync):
    """A campaign of its own with a lead and a contact."""
    org = sync.org.client()
    campaign_id = org.Campaign.create({"Name": "Ours", "IsActive": True})["id"]
    lead = sync.create_lead(LastName="Lead", Email=sync.unique("lead"), Company="Lead & Co")
    contact = org.Contact.create({"LastName": "Contact", "Email": sync.unique("contact")})["id"]
    join(sync, campaign_id, LeadId=lead)
    join(sync, campaign_id, ContactId=contact, Status="Responded")
    return campaign_id


def join(sync, campaign_id, **member):
    return sync.org.client().CampaignMember.create({"CampaignId": campaign_id, **member})["id"]


def import_campaign(sync, campaign_id):
    with open_client(Connection.objects.get()) as client:
        chosen = find_chosen(client, "campaign", campaign_id)
    run = sync.execute(
        chosen.start_import(account=sync.account, name=chosen.name, actor=sync.actor)
    )
    assert (run.kind, run.state) == (RunKind.IMPORT, RunState.SUCCEEDED)
    return run.job


def people(job, *keys):
    records = ListRecord.objects.filter(list=job.list)
    return {record.data["LastName"]: [record.data[key] for key in keys] for record in records}


@pytest.mark.requirement("S59", "S79")
def test_an_imported_campaign_holds_its_members_with_all_their_fields(sync, campaign):
    job = import_campaign(sync, campaign)

    assert people(job, "Status", "Type", "CompanyOrAccount", "HasResponded") == {
        "Lead": ["Sent", "Lead", "Lead & Co", "false"],
        "Contact": ["Responded", "Contact", None, "true"],
    }
    described = {each["name"] for each in sync.org.client().CampaignMember.describe()["fields"]}
    columns = set(job.list.columns.values_list("salesforce_field", flat=True))
    assert described - columns == {"Id", "CampaignId", "IsDeleted", "SystemModstamp"}
    assert job.list.folder.is_default
    emails = {record.email for record in ListRecord.objects.filter(list=job.list)}
    owners = {record.owner_id[:3] for record in ListRecord.objects.filter(list=job.list)}
    assert all(emails)
    assert owners == {"005"}


@pytest.mark.requirement("S59", "S74", "S75", "S76")
def test_a_member_added_removed_moved_or_answering_shows_after_the_next_run(sync, campaign):
    stays = sync.create_lead(LastName="Answers", Email=sync.unique())
    moves = sync.create_lead(LastName="Moves", Email=sync.unique())
    answering, moving = join(sync, campaign, LeadId=stays), join(sync, campaign, LeadId=moves)
    sync.account.removal_limit_percent = 100
    sync.account.save()
    job = import_campaign(sync, campaign)
    sync.set_up(job, pull_add=True, remove_missing=True, pull=["Status"])
    members = sync.org.client().CampaignMember
    members.update(answering, {"Status": "Responded"})
    other = sync.org.client().Campaign.create({"Name": "Another"})["id"]
    members.delete(moving)
    join(sync, other, LeadId=moves)
    join(sync, campaign, LeadId=sync.create_lead(LastName="Joins", Email=sync.unique()))

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED
    assert (run.records_added, run.records_updated, run.records_removed) == (1, 1, 1)
    assert people(job, "Status") == {
        "Lead": ["Sent"], "Contact": ["Responded"], "Answers": ["Responded"], "Joins": ["Sent"],
    }  # fmt: skip


def test_a_member_keeps_its_record_when_its_lead_is_converted(sync, campaign):
    job = import_campaign(sync, campaign)
    sync.set_up(job, pull_add=True, remove_missing=True, pull=["Type"])
    before = {r.data["LastName"]: r.record_id for r in ListRecord.objects.filter(list=job.list)}
    lead = ListRecord.objects.get(list=job.list, data__LastName="Lead").data["LeadId"]
    sync.org.control("POST", "convert-leads", [{"leadId": lead, "convertedStatus": CONVERTED}])

    run = sync.run(job)

    assert (run.records_added, run.records_removed) == (0, 0)
    after = {r.data["LastName"]: r.record_id for r in ListRecord.objects.filter(list=job.list)}
    assert after == before


@pytest.mark.fault("F77")
def test_nobody_is_removed_when_the_campaign_is_deleted(sync, campaign):
    job = import_campaign(sync, campaign)
    sync.set_up(job, pull_add=True, remove_missing=True)
    sync.org.client().Campaign.delete(campaign)

    run = sync.run(job)

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.CONFIGURATION)
    assert "The campaign was deleted" in run.message
    assert ListRecord.objects.filter(list=job.list).count() == 2


@pytest.mark.requirement("S76")
@pytest.mark.fault("F37")
def test_removals_wait_for_a_person_when_most_members_are_gone(sync, campaign):
    job = import_campaign(sync, campaign)
    sync.set_up(job, pull_add=True, remove_missing=True)
    for member in sync.org.query(f"SELECT Id FROM CampaignMember WHERE CampaignId = '{campaign}'"):
        sync.org.client().CampaignMember.delete(member["Id"])

    run = sync.run(job)

    assert (run.state, run.removals_held) == (RunState.SUCCEEDED_WITH_ERRORS, 2)
    assert ListRecord.objects.filter(list=job.list).count() == 2


def test_adding_people_to_a_campaign_needs_to_know_what_they_become(sync, campaign):
    job = import_campaign(sync, campaign)

    with pytest.raises(InvalidSetupError, match="become leads or contacts"):
        save_setup(job=job, setup=SyncSetup(push_add=True), actor=sync.actor)


@pytest.mark.requirement("S79")
def test_columns_cannot_be_added_to_a_campaigns_list(sync, campaign):
    job = import_campaign(sync, campaign)

    with pytest.raises(InvalidSetupError, match="come automatically"):
        add_columns(job=job, fields=["Id"], actor=sync.actor)
    assert SyncRun.objects.count() == 1
