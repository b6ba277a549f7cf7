"""Leads that sales convert while they are edited here: no second lead, and no edit lost (F40)."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from lists.models import ListKind, ListRecord
from lists.records import MergeRule
from lists.services import edit_value
from sync.engine import conversions
from sync.engine.conversions import contacts as contacts_module
from sync.models import Direction, FieldConflict, PullCursor, RecordIssue, RunState
from sync.services import import_list
from tests.org_fields import OrgFields

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine, pytest.mark.fault("F40")]


@pytest.fixture
def leads(sync):
    values = {"Title": "Old", "Phone": "1", "Company": "Before"}
    return [sync.create_lead(Email=sync.unique("lead"), **values) for _ in range(5)]


@pytest.fixture
def job(sync, leads):
    return sync.import_leads()


def convert(sync, lead):
    """Convert a lead as sales do; return the id of its contact."""
    (outcome,) = sync.org.control("POST", "convert-leads", [{"leadId": lead}])
    assert outcome["error"] is None
    (found,) = sync.org.query(f"SELECT ConvertedContactId FROM Lead WHERE Id = '{lead}'")
    return found["ConvertedContactId"]


def count_people(sync):
    return [sync.org.count(f"SELECT COUNT() FROM {each}") for each in ("Lead", "Contact")]


def get(sync, contact):
    return sync.org.client().Contact.get(contact)


def is_listed(job, lead):
    return ListRecord.objects.filter(list=job.list, salesforce_id=lead).exists()


def test_edits_go_to_the_contacts_when_their_leads_were_converted(
    sync, job, leads, lay_down, client_of
):
    sync.set_up(job, push=["Title", "Phone"], push_add=True)
    plain, changed, refused, deleted, merged = leads
    email = sync.record(job, plain).email
    for lead in leads:
        sync.edit(job, lead, Title="New", FirstName="Not chosen")
    sync.edit(job, changed, Phone="2")
    sync.edit(job, refused, Title="Refused")
    contacts = {lead: convert(sync, lead) for lead in leads}
    sync.org.client().Contact.update(contacts[changed], {"Title": "Theirs"})
    rule = {"object": "Contact", "formula": 'Title = "Refused"', "message": "Contacts keep titles"}
    lay_down(validation_rules=[rule])
    sync.org.client().Contact.delete(contacts[deleted])
    master = sync.org.client().Contact.create({"LastName": "Master", "Title": "Old"})["id"]
    merge = {"object": "Contact", "winner": master, "losers": [contacts[merged]]}
    sync.org.control("POST", "merge", merge)
    sync.add_local(job, Email=email, LastName="Again", Company="Company")
    people = count_people(sync)

    run = sync.run(job)

    assert count_people(sync) == people
    there = get(sync, contacts[plain])
    assert (there["Title"], there["Phone"], there["FirstName"]) == ("New", "1", None)
    assert sync.record(job, plain).dirty == {"FirstName": None}
    there = get(sync, contacts[changed])
    assert (there["Title"], there["Phone"]) == ("Theirs", "2")  # Salesforce wins where both changed
    assert get(sync, master)["Title"] == "New"
    assert (run.records_followed, run.records_overruled) == (3, 1)
    issues = {issue.salesforce_id: issue for issue in RecordIssue.objects.all()}
    assert issues.keys() == {refused, deleted, ""}
    assert "Contacts keep titles" in issues[refused].message
    assert "its contact is gone" in issues[deleted].message
    assert issues[""].code == "MATCHES_OTHER_OBJECT"
    assert sync.record(job, refused).dirty == {"FirstName": None, "Title": "Old"}
    assert sync.record(job, deleted).dirty == {"FirstName": None, "Title": "Old"}
    page = client_of(sync.actor).get(reverse("run_detail", args=[sync.account.slug, run.pk]))
    shown = " ".join(page.content.decode().split())
    assert 'Followed to a merged record or contact</dt><dd class="datagrid-content">3<' in shown


@pytest.mark.fault("F48")
def test_the_later_change_wins_at_the_contact_when_the_rule_says_so(sync, job, leads):
    earlier, later, *_ = leads
    sync.set_up(job, pull=["Title"], push=["Title"])
    job.fields.filter(direction=Direction.PULL).update(rule=MergeRule.MOST_RECENT)
    contacts = {lead: convert(sync, lead) for lead in (earlier, later)}
    for lead, hours in ((earlier, -1), (later, 1)):
        sync.edit(job, lead, Title="Ours")
        sync.org.client().Contact.update(contacts[lead], {"Title": "Theirs"})
        changed = datetime.fromisoformat(get(sync, contacts[lead])["LastModifiedDate"])
        record = ListRecord.objects.filter(list=job.list, salesforce_id=lead)
        record.update(edited_at=changed + timedelta(hours=hours))

    run = sync.run(job)

    assert [get(sync, contacts[lead])["Title"] for lead in (earlier, later)] == ["Theirs", "Ours"]
    assert (run.records_overruled, run.records_upheld, run.conflicts_found) == (1, 1, 2)
    kept = FieldConflict.objects.filter(run=run)
    assert {each.salesforce_id: (each.ours, each.theirs, each.ours_won) for each in kept} == {
        earlier: ("Ours", "Theirs", False),
        later: ("Ours", "Theirs", True),
    }


def test_edits_go_to_the_contacts_records_when_there_is_a_list_of_them(sync, job, leads):
    sync.set_up(job, push=["Title"])
    plain, edited, *_ = leads
    for lead in (plain, edited):
        sync.edit(job, lead, Title="Of the lead")
    one, two = convert(sync, plain), convert(sync, edited)
    fields = ["LastName", "Title"]
    imported = import_list(
        account=sync.account, kind=ListKind.CONTACTS, name="C", fields=fields, actor=sync.actor
    )
    contacts = sync.execute(imported).job
    sync.edit(contacts, two, Title="Of the contact")

    run = sync.run(job)

    assert get(sync, one)["Title"] == "Old"
    assert sync.record(contacts, one).data["Title"] == "Of the lead"
    assert sync.record(contacts, two).data["Title"] == "Of the contact"
    assert sync.record(contacts, one).dirty == sync.record(contacts, two).dirty == {"Title": "Old"}
    assert sync.record(job, plain).dirty is None
    assert (run.records_followed, run.records_overruled) == (2, 1)
    sync.set_up(contacts, push=["Title"], pull=["Title"])
    sync.run(contacts)
    assert get(sync, one)["Title"] == "Of the lead"
    assert sync.record(contacts, one).dirty is None


@pytest.mark.parametrize("reads_all", [False, True])
def test_converted_leads_leave_the_list_only_when_their_edits_have_a_place(
    sync, job, leads, reads_all, monkeypatch
):
    monkeypatch.setattr(conversions, "LEADS_AT_ONCE", 1)
    sync.set_up(job, pull_add=True, remove_missing=True, push=["Title", "Company"])
    sync.run(job)
    leaves, stays, *_ = leads
    sync.edit(job, leaves, Title="New", Phone=None)
    sync.edit(job, stays, Title="New", Company="After", Phone="Not chosen")
    contacts = {lead: convert(sync, lead) for lead in (leaves, stays)}
    people = count_people(sync)
    if reads_all:
        PullCursor.objects.all().delete()

    run = sync.run(job)

    assert count_people(sync) == people
    assert [get(sync, contacts[lead])["Title"] for lead in (leaves, stays)] == ["New", "New"]
    assert [get(sync, contacts[lead])["Phone"] for lead in (leaves, stays)] == ["1", "1"]
    assert not is_listed(job, leaves)
    assert sync.record(job, stays).dirty == {"Company": "Before", "Phone": "1"}
    issue = RecordIssue.objects.get()
    assert f"into the contact {contacts[stays]}. Changed here: Company, Phone; " in issue.message
    assert "import All Salesforce Contacts" in issue.advice
    assert (run.state, run.records_removed) == (RunState.SUCCEEDED_WITH_ERRORS, 1)
    assert run.records_followed == 2


@pytest.mark.parametrize("reads", ["everything", "changes"])
def test_an_edit_that_is_made_while_others_are_carried_over_is_carried_over_too(
    sync, job, leads, reads, monkeypatch
):
    lead, *_ = leads
    sync.set_up(job, push=["Title", "Phone"], pull_add=True, remove_missing=True)
    if reads == "changes":
        sync.run(job)
    sync.account.removal_limit_percent = 100
    sync.account.save()
    sync.edit(job, lead, Title="New")
    contact = convert(sync, lead)
    send = contacts_module.update_records

    def edit_meanwhile(*args):
        answers = send(*args)
        if is_listed(job, lead) and sync.record(job, lead).data["Phone"] == "1":
            sync.edit(job, lead, Phone="2")
        return answers

    monkeypatch.setattr(contacts_module, "update_records", edit_meanwhile)

    run = sync.run(job)

    assert (run.read_since is None) == (reads == "everything")
    assert (get(sync, contact)["Title"], get(sync, contact)["Phone"]) == ("New", "2")
    assert (run.state, run.records_removed) == (RunState.SUCCEEDED, 1)
    assert not is_listed(job, lead)


@pytest.mark.fault("F35")
def test_a_lead_stays_when_an_edit_waits_in_a_column_that_is_set_aside(sync, job, leads):
    lead, *_ = leads
    sync.set_up(job, push=["Title", "Phone"], pull_add=True, remove_missing=True)
    sync.account.removal_limit_percent = 100
    sync.account.save()
    sync.edit(job, lead, Title="New", Phone="2")
    contact = convert(sync, lead)
    hand = OrgFields(sync.org)
    hand.hide("Lead.Phone")
    try:
        run = sync.run(job)
    finally:
        hand.show("Lead.Phone")

    assert get(sync, contact)["Title"] == "New"
    assert sync.record(job, lead).dirty == {"Phone": "1"}
    (issue,) = RecordIssue.objects.filter(run=run)
    assert "Changed here: Phone" in issue.message
    sync.run(job)
    assert get(sync, contact)["Phone"] == "2"
    assert not is_listed(job, lead)


def test_an_edit_that_found_no_place_is_told_again_until_it_has_one(sync, job, leads):
    lead, *_ = leads
    sync.set_up(job, pull_add=True, remove_missing=True)
    sync.run(job)
    sync.edit(job, lead, Company="Nowhere")
    convert(sync, lead)
    sync.account.removal_limit_percent = 100
    sync.account.save()
    sync.run(job)
    sync.org.shift_clock(3600)  # beyond the overlap lies the conversion
    sync.run(job)

    told, nothing_new = sync.run(job), sync.run(job)
    column = job.list.columns.get(key="Company")
    edit_value(record=sync.record(job, lead), column=column, value="Before", actor=sync.actor)
    reverted = sync.run(job)

    assert told.read_since is not None
    assert told.records_failed == nothing_new.records_failed == 1
    assert (reverted.records_failed, reverted.records_removed) == (0, 1)
    assert not is_listed(job, lead)


def test_a_lead_that_was_converted_before_we_knew_its_id_is_created_no_second_time(sync, job):
    record = sync.add_local(job, LastName="Quick", Company="Company", Title="Ours")
    lead = sync.create_lead(LastName="Quick", ActOn_Record_Id__c=str(record.record_id))
    contact = convert(sync, lead)
    sync.set_up(job, push_add=True, push=["Title"])
    people = count_people(sync)

    first = sync.run(job)
    sync.run(job)

    assert count_people(sync) == people
    assert first.records_linked == 1
    assert get(sync, contact)["Title"] == "Ours"
