"""A run meets a limit of the organisation that is no allowance of calls: its storage is full."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from connectors.models import Connection, ConnectionState
from lists.models import ListRecord
from sync.engine import matching, members_sending
from sync.engine import push as push_module
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.engine.storage import ADVICE, TEXT
from sync.models import RecordIssue, RunState, SyncJob
from tests.sync.engine.members_kit import CampaignList

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine, pytest.mark.fault("F18")]

NEW_PEOPLE = 450


@pytest.fixture(params=["collections", "bulk"])
def way(request, monkeypatch):
    """Send few rows as if they were many, so that both ways are the same to a person."""
    if request.param == "bulk":
        for module in (push_module, matching, members_sending):
            monkeypatch.setattr(module, "BULK_FROM", 1)
    return request.param


@pytest.fixture
def storage(sync):
    """Return what fills and frees the organisation's storage; it is free after the test."""

    def set_full(is_full):
        sync.org.control("POST", "rulebook", {"storage_full": is_full})

    yield set_full
    set_full(False)


def created(sync, wanted):
    leads = sync.org.query(f"SELECT {EXTERNAL_ID_FIELD} FROM Lead WHERE {EXTERNAL_ID_FIELD} != ''")
    return sorted(lead[EXTERNAL_ID_FIELD] for lead in leads if lead[EXTERNAL_ID_FIELD] in wanted)


def test_full_storage_stops_new_records_alone_and_they_follow_when_there_is_room(
    sync, way, storage, administrator, client_of
):
    changed_here, changed_there = (sync.create_lead(Email=sync.unique()) for _ in range(2))
    job = sync.import_leads()
    sync.set_up(
        job, push_add=True, pull_add=True, remove_missing=True, pull=["Phone"], push=["Title"]
    )
    sync.edit(job, changed_here, Title="New title")
    sync.org.client().Lead.update(changed_there, {"Phone": "+49 30 1"})
    new = [
        sync.add_local(job, Email=sync.unique(f"n{number}"), LastName=f"N {number}", Company="C")
        for number in range(NEW_PEOPLE)
    ]
    wanted = {str(record.record_id) for record in new}
    held = ListRecord.objects.count()
    storage(True)
    sync.org.forget_calls()

    run = sync.run(job)

    assert (run.state, run.records_removed) == (RunState.SUCCEEDED_WITH_ERRORS, 0)
    assert (run.records_pushed_new, run.records_pushed_changed) == (0, 1)
    assert sync.org.client().Lead.get(changed_here)["Title"] == "New title"
    assert sync.record(job, changed_there).data["Phone"] == "+49 30 1"
    assert created(sync, wanted) == []
    upserts = [c for c in sync.org.calls() if EXTERNAL_ID_FIELD in c["path"]]
    assert len(upserts) == (1 if way == "collections" else 0)  # the second 200 were not tried
    assert not RecordIssue.objects.exists()  # no record is to blame
    assert Connection.objects.get().state == ConnectionState.CONNECTED
    assert SyncJob.objects.get(pk=job.pk).pause_reason == ""
    page = client_of(administrator).get(reverse("run_detail", args=["example", run.pk]))
    for sentence in (TEXT, ADVICE):
        assert escape(sentence) in page.content.decode()

    storage(False)
    run = sync.run(job)

    assert (run.state, run.records_pushed_new) == (RunState.SUCCEEDED, NEW_PEOPLE)
    assert created(sync, wanted) == sorted(wanted)
    assert ListRecord.objects.count() == held


def test_full_storage_keeps_a_campaign_from_new_members_and_changes_reach_it(sync, way, storage):
    campaign = CampaignList(sync)
    member = campaign.create_lead(Email=sync.unique("member"))
    campaign.join(LeadId=member)
    job = campaign.import_list()
    status = {column.salesforce_field: column.key for column in job.list.columns.all()}["Status"]
    email = sync.unique("new")
    record = campaign.add(Email=email, LastName="New", CompanyOrAccount="Co")
    listed = ListRecord.objects.get(list=job.list, salesforce_id__isnull=False)
    sync.edit(job, listed.salesforce_id, **{status: "Responded"})
    campaign.set_up(push_add=True, push=["Status"])
    storage(True)

    run = campaign.run()

    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert [warning["text"] for warning in run.warnings] == [TEXT]
    assert [each["Status"] for each in campaign.members()] == ["Responded"]
    assert campaign.people("Lead", email) == []
    assert not RecordIssue.objects.exists()

    storage(False)
    assert campaign.run().state == RunState.SUCCEEDED
    (person,) = campaign.people("Lead", email)
    assert person[EXTERNAL_ID_FIELD] == str(record.record_id)
    assert campaign.member_of(email)["LeadId"] == person["Id"]
