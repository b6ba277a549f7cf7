"""Records that Salesforce refuses: sent again where that helps, otherwise set aside with words."""

import pytest
from django.urls import reverse

from sync.engine import send_collections
from sync.engine.second_look import locks, together
from sync.models import RecordIssue, RunState
from tests.sync_kit import FIELDS

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]

PUSHED = ["Title", "Email", "OwnerId", "CleanStatus"]
SCRIPT = '<script>alert("1")</script> Leads of EMEA need a consent & a "reason"'


@pytest.fixture
def leads(sync):
    return [sync.create_lead(Email=sync.unique(), Title="Old") for _ in range(7)]


@pytest.fixture
def job(sync, leads):
    """A list that holds the leads and pushes its fields."""
    job = sync.import_leads([*FIELDS, "OwnerId", "CleanStatus"])
    sync.set_up(job, push=PUSHED, push_add=True)
    return job


@pytest.fixture
def inactive_user(sync):
    (user, *_) = sync.org.query(
        "SELECT Id, Username FROM User WHERE IsActive = true AND UserType = 'Standard'"
        f" AND Username != '{sync.org.username}'"
    )
    sync.org.control("POST", "users", {"username": user["Username"], "active": False})
    yield user["Id"]
    sync.org.control("POST", "users", {"username": user["Username"], "active": True})


def title_of(sync, lead):
    return sync.org.client().Lead.get(lead)["Title"]


def titles_of(sync, email):
    found = sync.org.query(f"SELECT Title FROM Lead WHERE Email = '{email}'")
    return [lead["Title"] for lead in found]


def count_writes(sync):
    return sum("/composite/sobjects" in call["path"] for call in sync.org.calls())


@pytest.mark.fault("F24")
def test_a_locked_record_is_sent_again_five_times_and_by_the_next_run(
    sync, way, job, leads, lay_down, monkeypatch
):
    monkeypatch.setattr(locks, "FIRST_WAIT_SECONDS", 0.001)
    locked, stays_locked, free = leads[:3]
    for lead in (locked, stays_locked, free):
        sync.edit(job, lead, Title="New")
    lay_down()
    sync.org.control("POST", "row-locks", {"ids": [locked], "refusals": 5})
    sync.org.control("POST", "row-locks", {"ids": [stays_locked], "refusals": 6})

    first = sync.run(job)

    assert [title_of(sync, lead) for lead in (locked, stays_locked, free)] == ["New", "Old", "New"]
    assert sync.record(job, locked).dirty is None
    assert (first.state, first.records_pushed_changed) == (RunState.SUCCEEDED_WITH_ERRORS, 2)
    issue = RecordIssue.objects.get()
    assert (issue.code, issue.salesforce_id) == ("UNABLE_TO_LOCK_ROW", stays_locked)
    second = sync.run(job)
    assert (title_of(sync, stays_locked), second.state) == ("New", RunState.SUCCEEDED)


@pytest.mark.fault("F39")
def test_one_record_that_fails_in_a_trigger_takes_no_other_with_it(sync, way, job, lay_down):
    bad, good = sync.unique("bad"), [sync.unique(f"good{number}") for number in range(12)]
    trigger = {"object": "Lead", "formula": f'Email = "{bad}"', "message": "No such region"}
    lay_down(triggers=[trigger])
    for email in [*good[:7], bad, *good[7:]]:
        sync.add_local(job, Email=email, LastName="Person", Company="Company", Title="New")
    sync.org.forget_calls()

    run = sync.run(job)

    assert [titles_of(sync, email) for email in good] == [["New"]] * 12
    assert titles_of(sync, bad) == []
    issue = RecordIssue.objects.get()
    assert (issue.label, issue.code) == (bad, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    assert "No such region" in issue.message
    assert (run.records_pushed_new, run.records_failed) == (12, 1)
    assert count_writes(sync) <= 10


@pytest.mark.fault("F39")
def test_a_trigger_that_fails_on_every_record_is_not_asked_for_each(
    sync, job, lay_down, monkeypatch
):
    name = sync.unique("all")
    trigger = {"object": "Lead", "formula": f'LastName = "{name}"', "message": "No"}
    lay_down(triggers=[trigger])
    monkeypatch.setattr(together, "HOPELESS_AFTER", 4)
    for _ in range(19):
        sync.add_local(job, Email=sync.unique(), LastName=name, Company="Company")
    sync.org.forget_calls()

    run = sync.run(job)

    assert count_writes(sync) == 1 + 4
    assert (run.records_pushed_new, run.records_failed) == (0, 19)
    codes = set(RecordIssue.objects.values_list("code", flat=True))
    assert codes == {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}


@pytest.mark.fault("F39")
def test_records_that_fail_in_a_flow_by_themselves_are_not_sent_again(sync, job, lay_down):
    good, bad, name = sync.unique("good"), sync.unique("bad"), sync.unique("name")
    flow = {"object": "Lead", "formula": f'LastName = "{name}"', "message": "No", "flow": True}
    lay_down(triggers=[{**flow, "whole_chunk": False}])
    for email, last_name in ((bad, name), (sync.unique("bad"), name), (good, "Person")):
        sync.add_local(job, Email=email, LastName=last_name, Company="Company", Title="New")
    sync.org.forget_calls()

    sync.run(job)

    assert (titles_of(sync, good), titles_of(sync, bad)) == (["New"], [])
    codes = RecordIssue.objects.values_list("code", flat=True)
    assert list(codes) == ["CANNOT_EXECUTE_FLOW_TRIGGER"] * 2
    assert count_writes(sync) == 1


@pytest.mark.fault("F28", "F30", "F31", "F32", "F44", "F45")
def test_each_record_is_set_aside_with_its_own_cause_and_what_to_do(
    sync, way, job, leads, lay_down, inactive_user, client_of
):
    rule = {"object": "Lead", "formula": 'Title = "Ruled out"', "message": SCRIPT, "field": "Title"}
    lay_down(validation_rules=[rule])
    nobody = "005000000000000AAA"
    edits = {
        "FIELD_CUSTOM_VALIDATION_EXCEPTION": {"Title": "Ruled out"},
        "STRING_TOO_LONG": {"Title": "x" * 129},
        "INVALID_EMAIL_ADDRESS": {"Email": "no address"},
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": {"CleanStatus": "Spotless"},
        "INACTIVE_OWNER_OR_USER": {"OwnerId": inactive_user},
        "INVALID_CROSS_REFERENCE_KEY": {"OwnerId": nobody},
    }
    for lead, values in zip(leads, edits.values(), strict=False):
        sync.edit(job, lead, **values)
    sync.edit(job, leads[-1], Title="New")

    run = sync.run(job)

    issues = {issue.code: issue for issue in RecordIssue.objects.all()}
    assert {code: issue.salesforce_id for code, issue in issues.items()} == dict(
        zip(edits, leads, strict=False)
    )
    assert [title_of(sync, lead) for lead in leads] == [*["Old"] * 6, "New"]
    assert sync.record(job, leads[1]).data["Title"] == "x" * 129
    assert issues["STRING_TOO_LONG"].fields == ["Title"]
    picklist = issues["INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]
    assert "Clean Status takes: Matched, Different, " in picklist.advice
    parent = issues["INVALID_CROSS_REFERENCE_KEY"]
    assert f"Not found in Salesforce: Owner ID {nobody}" in parent.message
    assert "Correct Owner ID in the list" in parent.advice
    assert "owner who is active" in issues["INACTIVE_OWNER_OR_USER"].advice
    assert (run.records_pushed_changed, run.records_failed) == (1, 6)
    page = client_of(sync.actor).get(reverse("run_detail", args=[sync.account.slug, run.pk]))
    shown = page.content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; Leads of EMEA" in shown


@pytest.mark.fault("F38")
def test_a_record_type_that_the_user_may_not_use_is_set_aside_with_what_to_do(sync, job, leads):
    sync.edit(job, leads[0], Title="New")
    message = "Record Type ID: this ID value isn't valid for the user: 012000000000001AAA"
    code = "INVALID_CROSS_REFERENCE_KEY"
    error = {"statusCode": code, "message": message, "fields": ["RecordTypeId"]}
    body = [{"success": False, "errors": [error]}]
    sync.org.fault("/composite/sobjects", method="PATCH", status=200, body=body)

    sync.run(job)

    issue = RecordIssue.objects.get()
    assert (issue.code, issue.fields) == (code, ["RecordTypeId"])
    assert "record type" in issue.advice.lower()


def test_every_record_is_tied_to_its_outcome_when_some_of_many_are_refused(sync, job, monkeypatch):
    monkeypatch.setattr(send_collections, "ROWS_PER_CALL", 7)
    emails = [sync.unique(f"n{number}") for number in range(20)]
    bad = {3: "x" * 129, 8: "x" * 130, 17: "x" * 131}
    for number, email in enumerate(emails):
        title = bad.get(number, f"Title {number}")
        sync.add_local(job, Email=email, LastName="Person", Company="Company", Title=title)

    run = sync.run(job)

    told = {issue.label for issue in RecordIssue.objects.all()}
    assert told == {emails[number] for number in bad}
    assert (run.records_pushed_new, run.records_failed) == (17, 3)
    for number, email in enumerate(emails):
        assert titles_of(sync, email) == ([] if number in bad else [f"Title {number}"])
