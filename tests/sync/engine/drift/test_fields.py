"""A field that changes in Salesforce is set aside alone: nothing is emptied, nothing is lost."""

import uuid

import pytest

from acton_connector.accounts.models import AuditEvent
from lists.models import AsideReason, ListRecord
from sync.engine import push as push_module
from sync.errors import InvalidSetupError
from sync.models import (
    Direction,
    FailureReason,
    RunState,
    SyncJob,
    SyncJobField,
)
from sync.services import preview
from sync.setup import aside
from tests.org_fields import NUMBER
from tests.sync.engine.drift.kit import (
    column_of,
    describe_leads,
    put,
    salesforce_value,
    sentences,
    settled,
    value_of,
)
from tests.sync.engine.members_kit import CampaignList
from tests.sync.engine.test_file_lists import FileList

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]


@pytest.mark.fault("F33", "F35")
@pytest.mark.requirement("S75")
def test_a_field_that_is_gone_is_set_aside_alone(sync, fields, region):
    job, lead = settled(sync, region)
    before = ListRecord.objects.filter(list=job.list).count()
    put(sync, lead, Title="New")
    fields.hide(f"Lead.{region}")

    told = sync.execute(preview(job=job, actor=sync.actor))
    assert column_of(job, region).aside_reason == ""
    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert run.read_since is not None  # the others need no whole read for that
    assert f"Salesforce no longer has Lead.{region}, or the connected user may no longer" in (
        sentences(run)
    )
    assert value_of(sync, job, lead, "Title") == "New"
    assert value_of(sync, job, lead, region) == "North"
    assert ListRecord.objects.filter(list=job.list).count() == before
    column = column_of(job, region)
    assert (column.aside_reason, column.salesforce_field) == (AsideReason.GONE, region)
    chosen = SyncJobField.objects.filter(job=job, direction=Direction.PULL, column=column)
    assert chosen.exists()
    assert (told.state, told.warnings) == (run.state, run.warnings)
    aside.leave_aside(column=column, actor=sync.actor)
    run = sync.run(job)
    assert (run.state, run.read_since is None) == (RunState.SUCCEEDED, False)
    assert region in sentences(run)  # it is told, and no error any more


@pytest.mark.fault("F35")
def test_everything_is_read_anew_when_a_field_is_back(sync, fields, region):
    job, lead = settled(sync, region)
    added = sync.create_lead(Email=sync.unique(), **{region: "East"})
    put(sync, lead, **{region: "South"})
    fields.hide(f"Lead.{region}")
    sync.run(job)  # misses the change, and sees the records in their other fields
    assert value_of(sync, job, lead, region) == "North"
    fields.show(f"Lead.{region}")

    run = sync.run(job)

    assert (run.state, run.read_since, run.warnings) == (RunState.SUCCEEDED, None, [])
    assert value_of(sync, job, lead, region) == "South"
    assert value_of(sync, job, added, region) == "East"
    assert column_of(job, region).aside_reason == ""
    assert sync.run(job).read_since is not None


@pytest.mark.fault("F35")
def test_what_was_entered_meanwhile_is_pushed_when_a_field_is_back(sync, fields, region):
    job, lead = settled(sync, region, pull=["Phone"], push=["Title", region])
    put(sync, lead, **{region: "South"})  # which nobody chose to pull
    added = sync.create_lead(Email=sync.unique(), **{region: "East"})
    fields.hide(f"Lead.{region}")
    sync.edit(job, lead, Title="Ours", **{region: "Entered here"})

    run = sync.run(job)

    assert run.records_pushed_changed == 1
    assert salesforce_value(sync, lead, "Title") == "Ours"
    assert sync.record(job, lead).dirty == {region: "North"}
    fields.show(f"Lead.{region}")
    assert salesforce_value(sync, lead, region) == "South"
    assert sync.run(job).state == RunState.SUCCEEDED
    assert salesforce_value(sync, lead, region) == "Entered here"
    assert value_of(sync, job, added, region) == "East"


@pytest.mark.fault("F35")
def test_a_column_that_is_only_pushed_keeps_its_values_when_its_field_is_back(sync, fields, region):
    job, lead = settled(sync, region, pull=["Phone"], push=[region])
    blank = sync.create_lead(Email=sync.unique())
    sync.run(job)
    emptied = sync.create_lead(Email=sync.unique(), **{region: "West"})
    sync.run(job)
    added = sync.create_lead(Email=sync.unique(), **{region: "East"})
    fields.hide(f"Lead.{region}")
    sync.run(job)
    fields.show(f"Lead.{region}")
    put(sync, lead, **{region: "South"})
    put(sync, emptied, **{region: None})
    put(sync, blank, **{region: "First"})

    assert sync.run(job).state == RunState.SUCCEEDED

    values = [value_of(sync, job, each, region) for each in (lead, emptied, blank, added)]
    assert values == ["North", "West", "First", "East"]
    assert salesforce_value(sync, lead, region) == "South"
    sync.edit(job, lead, **{region: "Ours"})
    sync.run(job)
    assert salesforce_value(sync, lead, region) == "Ours"


@pytest.mark.fault("F35")
@pytest.mark.parametrize("theirs", [None, "South"])
def test_an_edit_of_a_member_is_pushed_when_its_field_is_back(sync, fields, theirs):
    region, email = f"Region_{uuid.uuid4().hex[:8]}__c", sync.unique()
    fields.add(f"CampaignMember.{region}", label="Region")
    campaign = CampaignList(sync)
    member = campaign.join(LeadId=campaign.create_lead(Email=email), **{region: "North"})
    job = campaign.import_list()
    campaign.set_up(push=[region], pull=["Title"], pull_add=True)
    sync.edit(job, member, **{region: "Ours"})
    fields.hide(f"CampaignMember.{region}")
    campaign.run()
    fields.show(f"CampaignMember.{region}")
    campaign.org.CampaignMember.update(member, {region: theirs})

    campaign.run()

    assert campaign.record(email).data[region] == "Ours"
    campaign.run()  # which knows from its beginning that the column is back
    assert campaign.org.CampaignMember.get(member)[region] == "Ours"


@pytest.mark.fault("F33")
def test_a_new_record_keeps_the_value_that_it_could_not_be_created_with(
    sync, fields, region, monkeypatch
):
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    job, _ = settled(sync, region, push_add=True, push=[region])
    fields.hide(f"Lead.{region}")
    email = sync.unique("new")
    new = sync.add_local(
        job, Email=email, LastName="New", Company="Company", **{region: "Entered here"}
    )

    assert sync.run(job).records_pushed_new == 1
    fields.show(f"Lead.{region}")
    assert sync.run(job).state == RunState.SUCCEEDED

    new = ListRecord.objects.get(list=job.list, record_id=new.record_id)
    assert new.data[region] == "Entered here"
    assert salesforce_value(sync, new.salesforce_id, region) == "Entered here"


@pytest.mark.fault("F34")
def test_a_field_of_another_type_waits_until_a_person_accepts_it(sync, fields, region):
    job, lead = settled(sync, region)
    fields.remove(f"Lead.{region}")
    fields.add(f"Lead.{region}", "Number", NUMBER)
    put(sync, lead, **{region: 42})

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert "has another type in Salesforce: Number, before it was Text" in sentences(run)
    assert value_of(sync, job, lead, region) == "North"
    aside.accept_type(column=column_of(job, region), actor=sync.actor)
    assert sync.run(job).state == RunState.SUCCEEDED
    assert value_of(sync, job, lead, region) == "42.0"
    assert column_of(job, region).data_type == "double"


@pytest.mark.fault("F34")
def test_a_type_with_the_same_values_goes_on(sync, fields, region):
    job, lead = settled(sync, region)
    fields.remove(f"Lead.{region}")
    fields.add(f"Lead.{region}", "Email", "")
    put(sync, lead, **{region: "north@example.net"})

    run = sync.run(job)

    assert (run.state, run.warnings) == (RunState.SUCCEEDED, [])
    assert value_of(sync, job, lead, region) == "north@example.net"
    assert column_of(job, region).data_type == "email"


@pytest.mark.fault("F33")
def test_a_renamed_field_is_proposed_and_takes_the_column_over(sync, fields, region):
    job, lead = settled(sync, region, push=[region])
    other = sync.create_lead(Email=sync.unique(), **{region: "Blank soon"})
    sync.run(job)
    fields.remove(f"Lead.{region}")
    new_name = f"Sales_{region}"
    fields.add(f"Lead.{new_name}", label="Sales region")
    put(sync, lead, **{new_name: "West"})
    run = sync.run(job)
    assert f"probably renamed to {new_name}" in sentences(run)
    (found,) = aside.list_aside(job.list)
    assert found.proposal.name == new_name

    aside.use_field(column=found.column, field=new_name, actor=sync.actor)
    sync.edit(job, other, **{region: "Ours"})
    run = sync.run(job)

    assert (run.state, run.read_since) == (RunState.SUCCEEDED, None)
    assert value_of(sync, job, lead, region) == "West"
    column = column_of(job, region)
    assert (column.salesforce_field, column.aside_reason) == (new_name, "")
    (event,) = AuditEvent.objects.filter(action="list.column_field_changed")
    assert (event.actor, event.after["salesforce_field"]) == (sync.actor, new_name)


@pytest.mark.fault("F33")
def test_another_column_or_another_kind_of_value_does_not_replace_a_field(sync, fields, region):
    job, _ = settled(sync, region)
    fields.remove(f"Lead.{region}")
    fields.add(f"Lead.No_{region}", "Number", NUMBER)
    sync.run(job)
    column = column_of(job, region)

    for field, reason in (
        ("Title", "another column"),
        (f"No_{region}", "another type"),
        ("Nowhere__c", "no field Nowhere__c"),
    ):
        with pytest.raises(InvalidSetupError, match=reason):
            aside.use_field(column=column, field=field, actor=sync.actor)
    with pytest.raises(InvalidSetupError, match="takes part in the sync again"):
        aside.use_field(column=column_of(job, "Title"), field="Fax", actor=sync.actor)
    assert column_of(job, region).salesforce_field == region


@pytest.mark.fault("F35")
def test_a_field_that_may_only_be_read_is_pulled_and_not_pushed(sync, fields, region):
    job, lead = settled(sync, region, push=["Title", region])
    other = sync.create_lead(Email=sync.unique(), **{region: "Old"})
    sync.run(job)
    put(sync, other, **{region: "New"})
    fields.lock(f"Lead.{region}")
    sync.edit(job, lead, Title="Ours", **{region: "Entered here"})

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert (run.records_pushed_changed, run.records_failed) == (1, 0)
    assert f"may no longer change Lead.{region}" in sentences(run)
    assert value_of(sync, job, other, region) == "New"
    assert sync.record(job, lead).data[region] == "Entered here"
    fields.show(f"Lead.{region}")
    assert sync.run(job).state == RunState.SUCCEEDED
    assert salesforce_value(sync, lead, region) == "Entered here"


@pytest.mark.fault("F35")
@pytest.mark.parametrize("hidden", ["Lead.Email", "Contact.Email"])
def test_nobody_is_added_to_salesforce_when_an_address_cannot_be_read(sync, fields, region, hidden):
    job, lead = settled(sync, region, push_add=True, push=["Title"])
    known = sync.unique("known")
    sync.org.client().Contact.create({"LastName": "Known", "Email": known})
    leads = sync.org.count("SELECT COUNT() FROM Lead")
    addresses = dict(ListRecord.objects.filter(list=job.list).values_list("pk", "email"))
    sync.add_local(job, Email=known, LastName="Known", Company="Company")
    sync.edit(job, lead, Title="Ours")
    fields.hide(hidden)

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert "No new records were added to Salesforce" in sentences(run)
    assert sync.org.count("SELECT COUNT() FROM Lead") == leads
    assert salesforce_value(sync, lead, "Title") == "Ours"
    found = dict(ListRecord.objects.filter(list=job.list).values_list("pk", "email"))
    assert found.items() >= addresses.items()
    fields.show(hidden)
    run = sync.run(job)
    assert (run.records_pushed_new, run.records_failed) == (0, 1)  # the contact is recognised


@pytest.mark.fault("F36")
def test_a_run_ends_and_the_schedule_waits_when_the_object_is_hidden(sync, fields, region):
    job, _ = settled(sync, region)
    before = ListRecord.objects.filter(list=job.list).count()
    fields.hide_object("Lead")

    run = sync.run(job)

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.CONFIGURATION)
    assert "does not show the object Lead to the connected user" in run.message
    assert ListRecord.objects.filter(list=job.list).count() == before
    assert "object Lead" in SyncJob.objects.get(pk=job.pk).pause_reason
    assert column_of(job, region).aside_reason == ""


@pytest.mark.fault("F37")
def test_nobody_is_removed_when_sharing_is_narrowed(sync, fields, region):
    (other,) = sync.org.query("SELECT Id FROM User WHERE Alias = 'mgarcia'")
    for _ in range(10):
        sync.create_lead(Email=sync.unique(), OwnerId=other["Id"])
    job, _ = settled(sync, region)
    job.cursor.delete()  # a read of changes looks for what was deleted alone
    before = ListRecord.objects.filter(list=job.list).count()
    with fields.narrowed_sharing("Lead"):
        visible = sync.org.count("SELECT COUNT() FROM Lead WHERE IsConverted = false")
        run = sync.run(job)

    assert visible <= before - 10
    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert run.removals_held == before - visible
    assert ListRecord.objects.filter(list=job.list).count() == before
    assert sync.run(job).state == RunState.SUCCEEDED
    assert ListRecord.objects.filter(list=job.list).count() == before


@pytest.mark.fault("F35")
def test_what_a_file_brought_is_pushed_when_its_field_is_back(sync, fields, region):
    describe_leads()
    fair = FileList(sync)
    fair.map("Lead", Job="Title", Stand=region)
    sync.set_up(fair.job, push_add=True, push_update=True, push=[region])
    fields.hide(f"Lead.{region}")

    run = sync.run(fair.job)

    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED_WITH_ERRORS, 1)
    assert f"no longer has Lead.{region}" in sentences(run)
    (made,) = fair.leads(fair.new)
    fields.show(f"Lead.{region}")
    sync.run(fair.job)
    assert salesforce_value(sync, made["Id"], region) == "B2"


@pytest.mark.fault("F35")
def test_nobody_is_made_for_a_campaign_when_an_address_cannot_be_read(sync, fields):
    campaign = CampaignList(sync)
    known = sync.unique("known")
    contact = campaign.create_contact(Email=known)
    campaign.import_list()
    campaign.set_up(push_add=True)
    campaign.add(Email=known, LastName="Known")
    fields.hide("Contact.Email")

    run = campaign.run()

    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert "No new records were added to Salesforce: Contact shows no Email." in sentences(run)
    assert (campaign.people("Lead", known), campaign.members()) == ([], [])
    fields.show("Contact.Email")
    assert campaign.run().state == RunState.SUCCEEDED
    assert [each["ContactId"] for each in campaign.members()] == [contact]
