"""Salesforce fails on a whole call of a push: the record that it fails on is found (F20)."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from lists.models import ListRecord
from sync.engine import halves
from sync.engine.halves import ADVICE
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import RecordIssue, RunState
from sync.queue.tick import tick
from tests.sync.engine.members_kit import CampaignList
from tests.sync_kit import FIELDS

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine, pytest.mark.fault("F20")]

WRITES = "/composite/sobjects"
TEXT = "An unexpected error occurred. Please include this ErrorId: 12345-678 (-90)"
FAILS = {
    "status": 500,
    "headers": {"Retry-After": "0"},
    "body": [{"errorCode": "UNKNOWN_EXCEPTION", "message": TEXT}],
}
ATTEMPTS = 4
RECORDS = 23


def fail_on(org, text):
    org.faults([{"match": {"path": WRITES, "body": text}, "action": FAILS}])


def count_writes(org):
    return sum(WRITES in call["path"] for call in org.calls())


def leads_by_title(org, title):
    leads = org.query(f"SELECT Id, {EXTERNAL_ID_FIELD} FROM Lead WHERE Title = '{title}'")
    return {lead["Id"]: lead[EXTERNAL_ID_FIELD] for lead in leads}


@pytest.fixture
def job(sync):
    job = sync.import_leads()
    sync.set_up(job, push=["Title"], push_add=True, pull=FIELDS, pull_add=True)
    return job


@pytest.fixture
def changed(sync, job):
    """So many leads, given a title here, in the order in which a push sends them."""
    title = sync.unique("title")
    held = ListRecord.objects.filter(list=job.list).order_by("record_id")[:RECORDS]
    ids = [record.salesforce_id for record in held]
    for salesforce_id in ids:
        sync.edit(job, salesforce_id, Title=title)
    return title, ids


@pytest.mark.parametrize("place", [0, 11, RECORDS - 1])
def test_a_changed_record_that_salesforce_fails_on_is_set_aside_and_takes_no_other_with_it(
    sync, job, changed, place, administrator, client_of
):
    title, ids = changed
    bad = ids[place]
    fail_on(sync.org, bad)

    run = sync.run(job)

    assert (run.state, run.records_pushed_changed) == (
        RunState.SUCCEEDED_WITH_ERRORS,
        RECORDS - 1,
    )
    assert set(leads_by_title(sync.org, title)) == set(ids) - {bad}
    issue = RecordIssue.objects.get()
    assert (issue.code, issue.message, issue.advice) == ("UNKNOWN_EXCEPTION", TEXT, ADVICE)
    assert issue.salesforce_id == bad
    page = client_of(administrator).get(reverse("run_detail", args=["example", run.pk]))
    assert escape(ADVICE) in page.content.decode()

    sync.org.mend()
    run = sync.run(job)

    assert (run.state, run.records_pushed_changed) == (RunState.SUCCEEDED, 1)
    assert set(leads_by_title(sync.org, title)) == set(ids)


def test_a_new_record_that_salesforce_fails_on_is_set_aside_and_no_other_is_made_twice(sync, job):
    title = sync.unique("title")
    new = [
        sync.add_local(job, LastName=f"New {n}", Company="C", Email=sync.unique(), Title=title)
        for n in range(RECORDS)
    ]
    bad = new[7]
    fail_on(sync.org, str(bad.record_id))

    run = sync.run(job)

    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED_WITH_ERRORS, RECORDS - 1)
    wanted = sorted(str(record.record_id) for record in new)
    made = [each for each in wanted if each != str(bad.record_id)]
    assert sorted(leads_by_title(sync.org, title).values()) == made
    issue = RecordIssue.objects.get()
    assert (issue.code, issue.record_key) == ("UNKNOWN_EXCEPTION", str(bad.record_id))

    sync.org.mend()
    run = sync.run(job)

    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED, 1)
    assert sorted(leads_by_title(sync.org, title).values()) == wanted


def test_salesforce_that_fails_on_every_record_is_left_alone_after_a_few_calls(sync, job, changed):
    title, ids = changed
    held = ListRecord.objects.count()
    fail_on(sync.org, "records")
    sync.org.forget_calls()

    run = sync.run(job)

    assert (run.state, run.message) == (RunState.INTERRUPTED, f"UNKNOWN_EXCEPTION: {TEXT}")
    # 23, 11, 5, 2, 1; then 12, 6, 3, and the other 1
    assert count_writes(sync.org) == 9 * ATTEMPTS
    assert not RecordIssue.objects.exists()

    sync.org.mend()
    tick()
    run = sync.execute(run)

    assert (run.state, run.records_pushed_changed) == (RunState.SUCCEEDED, RECORDS)
    assert set(leads_by_title(sync.org, title)) == set(ids)
    assert ListRecord.objects.count() == held


def test_two_bad_records_that_come_first_keep_no_other_from_being_sent(sync, job, changed):
    title, ids = changed
    bad = set(ids[:2])
    fail_on(sync.org, "|".join(bad))

    run = sync.run(job)

    assert (run.state, run.records_pushed_changed) == (
        RunState.SUCCEEDED_WITH_ERRORS,
        RECORDS - 2,
    )
    assert set(leads_by_title(sync.org, title)) == set(ids) - bad
    assert set(RecordIssue.objects.values_list("salesforce_id", flat=True)) == bad


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_few_bad_records_that_are_all_there_is_to_send_are_set_aside(sync, job, number):
    title = sync.unique("title")
    held = ListRecord.objects.filter(list=job.list).order_by("record_id")
    bad = [record.salesforce_id for record in held[:number]]
    for salesforce_id in bad:
        sync.edit(job, salesforce_id, Title=title)
    fail_on(sync.org, "|".join(bad))

    run = sync.run(job)

    assert (run.records_failed, run.records_pushed_changed) == (number, 0)
    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert set(RecordIssue.objects.values_list("salesforce_id", "code")) == {
        (salesforce_id, "UNKNOWN_EXCEPTION") for salesforce_id in bad
    }
    sync.org.mend()
    assert sync.run(job).records_pushed_changed == number
    assert set(leads_by_title(sync.org, title)) == set(bad)


@pytest.mark.parametrize("number", [1, 2])
def test_salesforce_that_answers_nothing_sets_no_record_aside(sync, job, number):
    title = sync.unique("title")
    for record in ListRecord.objects.filter(list=job.list).order_by("record_id")[:number]:
        sync.edit(job, record.salesforce_id, Title=title)
    away = [{"match": {"path": path}, "action": FAILS} for path in (WRITES, "/limits")]
    sync.org.faults(away)

    run = sync.run(job)

    assert (run.state, run.message) == (RunState.INTERRUPTED, f"UNKNOWN_EXCEPTION: {TEXT}")
    assert not RecordIssue.objects.exists()
    sync.org.mend()
    tick()
    run = sync.execute(run)
    assert (run.state, run.records_pushed_changed) == (RunState.SUCCEEDED, number)


def test_where_salesforce_fails_on_most_records_the_calls_of_a_batch_are_bounded(
    sync, job, changed, monkeypatch
):
    monkeypatch.setattr(halves, "MOST_CALLS", 10)
    title, ids = changed
    good = ids[0]
    fail_on(sync.org, "|".join(ids[1:]))
    sync.org.forget_calls()

    run = sync.run(job)

    # All but one: that is no record's fault any more, and the schedule waits for a person.
    assert run.state == RunState.FAILED
    assert "22 records were set aside and 1 were sent" in run.message
    assert set(leads_by_title(sync.org, title)) == {good}
    assert count_writes(sync.org) < 15 * ATTEMPTS


def test_a_member_that_salesforce_fails_on_keeps_no_other_status_from_the_campaign(sync):
    campaign = CampaignList(sync)
    members = [
        campaign.join(LeadId=campaign.create_lead(Email=sync.unique("member"))) for _ in range(9)
    ]
    job = campaign.import_list()
    status = {column.salesforce_field: column.key for column in job.list.columns.all()}["Status"]
    for member in members:
        sync.edit(job, member, **{status: "Responded"})
    campaign.set_up(push=["Status"])
    fail_on(sync.org, members[4])

    run = campaign.run()

    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    responded = {each["Id"] for each in campaign.members() if each["Status"] == "Responded"}
    assert responded == set(members) - {members[4]}
    assert RecordIssue.objects.get().code == "UNKNOWN_EXCEPTION"


def test_a_new_member_that_salesforce_fails_on_keeps_nobody_else_from_joining(sync):
    campaign = CampaignList(sync)
    emails = [sync.unique(f"joins{number}") for number in range(9)]
    leads = {email: campaign.create_lead(Email=email) for email in emails}
    job = campaign.import_list()
    campaign.set_up(push_add=True)
    for email in emails:
        campaign.add(Email=email, LastName="New", CompanyOrAccount="Co", Status="Sent")
    bad = emails[4]
    sync.org.faults(
        [{"match": {"path": WRITES, "body": f"CampaignMember.*{leads[bad]}"}, "action": FAILS}]
    )

    run = campaign.run()

    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert {each["Email"] for each in campaign.members()} == set(emails) - {bad}
    assert RecordIssue.objects.get().code == "UNKNOWN_EXCEPTION"

    sync.org.mend()
    run = campaign.run()

    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED, 1)
    assert sorted(each["Email"] for each in campaign.members()) == sorted(emails)
    assert not ListRecord.objects.filter(list=job.list, salesforce_id=None).exists()
