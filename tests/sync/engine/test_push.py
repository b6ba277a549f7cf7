"""Push: what is new or changed here is in Salesforce, once."""

import uuid
from functools import partial

import pytest

from lists.models import ListRecord
from sync.engine import matching, push_bulk
from sync.engine import push as push_module
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import RecordIssue, RunState, SyncRun
from tests.sync_kit import FIELDS

pytestmark = pytest.mark.scenario


def leads_of(sync, email):
    fields = f"Id, LastName, Company, Title, {EXTERNAL_ID_FIELD}"
    return sync.org.query(f"SELECT {fields} FROM Lead WHERE Email = '{email}'")


@pytest.mark.requirement("S68", "S69")
def test_a_new_record_is_created_once_with_its_values(sync, way):
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    email = sync.unique("new")
    record = sync.add_local(
        job, Email=email, LastName='Ünal, "Ö"', Company="A\nB", Title="0123 \u2028 end"
    )

    run = sync.run(job)
    sync.run(job)

    (lead,) = leads_of(sync, email)
    assert (lead["LastName"], lead["Company"]) == ('Ünal, "Ö"', "A\nB")
    assert lead["Title"] == "0123 \u2028 end"
    assert lead[EXTERNAL_ID_FIELD] == str(record.record_id)
    record = ListRecord.objects.get(list=job.list, record_id=record.record_id)
    assert record.salesforce_id == lead["Id"]
    assert record.dirty is None
    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED, 1)


@pytest.mark.requirement("S70", "S71")
def test_only_the_chosen_fields_of_changed_records_are_sent(sync, way):
    lead = sync.create_lead(Email=sync.unique(), Title="Old", Phone="1")
    job = sync.import_leads()
    sync.set_up(job, push=["Title"])
    sync.edit(job, lead, Title="New", Phone="2")
    sync.org.client().Lead.update(lead, {"Company": "Changed there"})

    run = sync.run(job)

    there = sync.org.client().Lead.get(lead)
    assert (there["Title"], there["Phone"]) == ("New", "1")
    assert there["Company"] == "Changed there"
    assert sync.record(job, lead).dirty == {"Phone": "1"}
    assert run.records_pushed_changed == 1


def test_a_blank_clears_the_field_in_salesforce_only_where_that_is_chosen(sync, way):
    lead = sync.create_lead(Email=sync.unique(), Title="Old", Phone="1", FirstName="Ada")
    job = sync.import_leads()
    sync.set_up(job, push=["Title", "Phone", "FirstName"], clearing=["Title"])
    sync.edit(job, lead, Title=None, Phone=None, FirstName="Grace")

    run = sync.run(job)

    there = sync.org.client().Lead.get(lead)
    assert (there["Title"], there["Phone"], there["FirstName"]) == (None, "1", "Grace")
    assert sync.record(job, lead).dirty == {"Phone": "1"}
    assert run.records_pushed_changed == 1


def test_nothing_is_sent_of_a_record_that_has_only_blanks_that_clear_nothing(sync, way):
    lead = sync.create_lead(Email=sync.unique(), Title="Old")
    job = sync.import_leads()
    sync.set_up(job, push=["Title"])
    sync.edit(job, lead, Title=None)
    sync.org.forget_calls()

    run = sync.run(job)

    assert sync.org.client().Lead.get(lead)["Title"] == "Old"
    assert (run.state, run.records_pushed_changed) == (RunState.SUCCEEDED, 0)
    assert not [call for call in sync.org.calls() if call["method"] == "PATCH"]


@pytest.mark.requirement("S69", "S71")
def test_nothing_is_sent_when_nothing_is_selected(sync):
    lead = sync.create_lead(Email=sync.unique(), Title="Old")
    job = sync.import_leads()
    email = sync.unique("new")
    sync.add_local(job, Email=email, LastName="New", Company="New Company")
    sync.edit(job, lead, Title="New")
    sync.set_up(job, pull_add=True)

    sync.run(job)

    assert leads_of(sync, email) == []
    assert sync.org.client().Lead.get(lead)["Title"] == "Old"


@pytest.mark.fault("F29")
def test_a_record_without_a_required_value_is_set_aside_before_anything_is_sent(sync, way):
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    good, bad = sync.unique("good"), sync.unique("bad")
    sync.add_local(job, Email=good, LastName="Good", Company="Company")
    sync.add_local(job, Email=bad, LastName="Bad")

    run = sync.run(job)

    assert len(leads_of(sync, good)) == 1
    assert leads_of(sync, bad) == []
    issue = RecordIssue.objects.get()
    assert (issue.label, issue.code) == (bad, "REQUIRED_FIELD_MISSING")
    assert "Company" in issue.message
    assert (run.state, run.records_failed) == (RunState.SUCCEEDED_WITH_ERRORS, 1)


@pytest.mark.fault("F31")
def test_a_record_that_salesforce_refuses_is_shown_with_its_reason(sync, way):
    good = sync.create_lead(Email=sync.unique(), Title="Old")
    bad = sync.create_lead(Email=sync.unique(), Title="Old")
    job = sync.import_leads()
    sync.set_up(job, push=["Title", "Email"])
    sync.edit(job, good, Title="New")
    sync.edit(job, bad, Email="no address")

    run = sync.run(job)

    assert sync.org.client().Lead.get(good)["Title"] == "New"
    issue = RecordIssue.objects.get()
    assert (issue.salesforce_id, issue.code) == (bad, "INVALID_EMAIL_ADDRESS")
    assert "no address" in issue.message
    assert issue.advice
    assert sync.record(job, bad).dirty
    assert (run.records_pushed_changed, run.records_failed) == (1, 1)


def test_a_new_record_that_salesforce_knows_is_linked_not_doubled(sync, way):
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    email = sync.unique("known")
    lead = sync.create_lead(Email=email.upper(), Title="Theirs")
    sync.add_local(job, Email=email, LastName="Ours", Company="Ours", Title="Ours")

    run = sync.run(job)

    (there,) = leads_of(sync, email)
    assert (there["Id"], there["Title"]) == (lead, "Theirs")
    assert sync.record(job, lead).email == email
    assert (run.records_linked, run.records_pushed_new) == (1, 0)


def test_a_person_who_is_a_contact_does_not_become_a_lead(sync, way):
    email = sync.unique("contact")
    contact = sync.org.client().Contact.create({"LastName": "Contact", "Email": email})["id"]
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    sync.add_local(job, Email=email, LastName="Contact", Company="Company")

    sync.run(job)

    assert leads_of(sync, email) == []
    issue = RecordIssue.objects.get()
    assert issue.code == "MATCHES_OTHER_OBJECT"
    assert contact in issue.message


def test_an_address_that_salesforce_has_twice_is_set_aside(sync, way):
    email = sync.unique("twice")
    sync.create_lead(Email=email)
    sync.create_lead(Email=email)
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    ListRecord.objects.filter(list=job.list, email=email).delete()
    sync.add_local(job, Email=email, LastName="Twice", Company="Company")

    sync.run(job)

    assert len(leads_of(sync, email)) == 2
    assert RecordIssue.objects.get().code == "MULTIPLE_MATCHES"


@pytest.mark.fault("F53")
def test_a_lost_reply_creates_nothing_twice(sync):
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    emails = [sync.unique(f"lost{n}") for n in range(5)]
    for email in emails:
        sync.add_local(job, Email=email, LastName="Lost", Company="Company")
    sync.org.fault(r"/composite/sobjects", nth=1, lose_reply=True)

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED
    assert [len(leads_of(sync, email)) for email in emails] == [1] * 5


def test_a_conflict_is_won_by_salesforce_and_the_run_counts_it(sync):
    lead = sync.create_lead(Email=sync.unique(), Title="Base", Phone="1")
    job = sync.import_leads()
    sync.set_up(job, pull=["Title", "Phone"], push=["Title", "Phone"])
    sync.edit(job, lead, Title="Ours", Phone="2")
    sync.org.client().Lead.update(lead, {"Title": "Theirs"})

    run = sync.run(job)

    assert run.records_overruled == 1
    there, here = sync.org.client().Lead.get(lead), sync.record(job, lead)
    assert (there["Title"], there["Phone"]) == ("Theirs", "2")
    assert (here.data["Title"], here.data["Phone"]) == ("Theirs", "2")
    assert here.dirty is None


def test_two_new_records_with_one_address_create_one_lead(sync, way):
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    email = sync.unique("twins")
    sync.add_local(job, Email=email, LastName="One", Company="Company")
    sync.add_local(job, Email=email, LastName="Two", Company="Company")

    run = sync.run(job)

    assert len(leads_of(sync, email)) == 1
    assert RecordIssue.objects.get().code == "ADDRESS_TWICE_IN_LIST"
    assert run.state == RunState.SUCCEEDED_WITH_ERRORS


def test_a_number_that_was_sent_as_it_stands_is_settled(sync, way):
    lead = sync.create_lead(Email=sync.unique(), AnnualRevenue=1)
    job = sync.import_leads([*FIELDS, "AnnualRevenue"])
    sync.set_up(job, push=["AnnualRevenue"])
    sync.edit(job, lead, AnnualRevenue="1200.0")

    sync.run(job)

    assert sync.org.client().Lead.get(lead)["AnnualRevenue"] == 1200
    assert sync.record(job, lead).dirty is None


def test_an_excel_error_does_not_clear_a_field(sync, way):
    lead = sync.create_lead(Email=sync.unique(), Title="Old")
    job = sync.import_leads()
    sync.set_up(job, push=["Title"])
    sync.edit(job, lead, Title="#N/A")

    sync.run(job)

    assert sync.org.client().Lead.get(lead)["Title"] == "Old"
    assert RecordIssue.objects.get().code == "INVALID_VALUE"


@pytest.mark.fault("F53")
def test_an_upload_that_never_arrives_is_given_up(sync, monkeypatch):
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    sync.add_local(job, Email=sync.unique(), LastName="Never", Company="Company")
    sync.org.fault("/batches", method="PUT", every=1, lose_reply=True)
    run = sync.run(job)

    states = [sync.execute(run).state for _ in range(4)]

    assert states == [*[RunState.INTERRUPTED] * 3, RunState.FAILED]
    assert "UPLOAD_BROKEN" in SyncRun.objects.get(pk=run.pk).message


def test_an_address_that_was_just_created_is_not_created_by_the_next_batch(sync, way, monkeypatch):
    monkeypatch.setattr(push_bulk, "ROWS_PER_BULK_JOB", 1)
    monkeypatch.setattr(push_module.send_collections, "ROWS_PER_CALL", 1)
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    email, other = sync.unique("twins"), sync.unique("other")
    sync.add_local(job, Email=email, LastName="One", Company="Company")
    sync.add_local(job, Email=email, LastName="Two", Company="Company")
    sync.add_local(job, Email=other, LastName="Three", Company="Company")

    run = sync.run(job)

    assert [len(leads_of(sync, each)) for each in (email, other)] == [1, 1]
    assert RecordIssue.objects.get().code == "ADDRESS_TWICE_IN_LIST"
    assert (run.records_pushed_new, run.records_failed) == (2, 1)


def test_every_window_of_new_records_is_looked_up(sync, way, monkeypatch):
    monkeypatch.setattr(matching, "WINDOW_ROWS", 1)
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    emails = [sync.unique(f"known{number}") for number in range(3)]
    leads = [sync.create_lead(Email=email) for email in emails]
    for email in emails:
        sync.add_local(job, Email=email, LastName="Known", Company="Company")

    run = sync.run(job)

    assert run.records_linked == 3
    assert [leads_of(sync, email)[0]["Id"] for email in emails] == leads


def test_a_record_that_is_entered_while_others_are_sent_waits_for_the_next_run(sync, monkeypatch):
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    monkeypatch.setattr(push_bulk, "ROWS_PER_BULK_JOB", 1)
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    emails = [sync.unique(f"entered{number}") for number in range(3)]
    ids = [uuid.UUID(int=number) for number in (1, 3, 2)]
    add = partial(add_with_id, sync, job)
    for record_id, email in zip(ids[:2], emails[:2], strict=True):
        add(record_id, email)
    sync.create_lead(Email=emails[2])
    start = push_bulk.send_bulk.start

    def start_while_somebody_enters_a_record(*args, **kwargs):
        if not ListRecord.objects.filter(record_id=ids[2]).exists():
            add(ids[2], emails[2])
        return start(*args, **kwargs)

    monkeypatch.setattr(push_bulk.send_bulk, "start", start_while_somebody_enters_a_record)

    first = sync.run(job)
    second = sync.run(job)

    assert (first.records_pushed_new, first.records_linked) == (2, 0)
    assert (second.records_pushed_new, second.records_linked) == (0, 1)
    assert [len(leads_of(sync, email)) for email in emails] == [1, 1, 1]


def add_with_id(sync, job, record_id, email):
    ListRecord(
        account=sync.account,
        list=job.list,
        record_id=record_id,
        email=email,
        data={"Email": email, "LastName": "Person", "Company": "Company"},
        updated_at=job.list.created_at,
    ).save(force_insert=True)


def test_rows_beyond_what_one_job_takes_go_with_the_next(sync, monkeypatch):
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    monkeypatch.setattr(push_bulk.send_bulk, "CHARACTERS_PER_JOB", 400)
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    emails = [sync.unique(f"long{number}") for number in range(5)]
    for email in emails:
        sync.add_local(job, Email=email, LastName="Long", Company="Company", Description="x" * 150)
    already = len(sync.org.calls())

    run = sync.run(job)

    calls = sync.org.calls()[already:]
    started = [c for c in calls if c["method"] == "POST" and c["path"].endswith("/jobs/ingest")]
    assert len(started) == 3
    assert run.records_pushed_new == 5
    assert [len(leads_of(sync, email)) for email in emails] == [1] * 5


def test_a_value_entered_while_a_change_is_on_its_way_is_sent_by_the_next_run(sync, monkeypatch):
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    changed, again = (sync.create_lead(Email=sync.unique(), Title="Old") for _ in range(2))
    job = sync.import_leads()
    sync.set_up(job, push=["Title", "Phone"])
    sync.edit(job, changed, Title="New")
    sync.edit(job, again, Title="New")
    wait = push_bulk.send_bulk.wait

    def wait_while_somebody_edits(*args):
        sync.edit(job, again, Title="Newer", Phone="1")
        return wait(*args)

    monkeypatch.setattr(push_bulk.send_bulk, "wait", wait_while_somebody_edits)
    sync.run(job)
    assert sync.record(job, changed).dirty is None
    assert sync.record(job, again).dirty == {"Title": "New", "Phone": None}
    monkeypatch.setattr(push_bulk.send_bulk, "wait", wait)

    sync.run(job)

    there = sync.org.client().Lead.get(again)
    assert (there["Title"], there["Phone"]) == ("Newer", "1")
    assert sync.record(job, again).dirty is None
