"""Sync Setup and the grid of a campaign's list: whose field is what, and what can be written."""

import io

import pytest
from django.urls import reverse

from connectors.members import MEMBER
from lists.models import ListKind, ListRecord, SystemUsage
from lists.uploads import UploadError, upload_csv
from sync.models import Direction, SyncJob
from sync.selectors import selected_column_ids
from tests.factories import (
    ListColumnFactory,
    ListRecordFactory,
    MarketingListFactory,
    SalesforceFieldFactory,
    SyncJobFactory,
)
from tests.sync.views.pages import find_option, text_of

READ_ONLY = {"is_createable": False, "is_updateable": False}
CREATE_ONLY = {"is_createable": True, "is_updateable": False}
# name, label, what CampaignMember says of it
COLUMNS = [
    ("Email", "Email", READ_ONLY),
    ("Status", "Status", {}),
    ("Seat__c", "Seat", {}),
    ("FirstName", "First Name", READ_ONLY),
    ("CompanyOrAccount", "Company (Account)", READ_ONLY),
    ("HasOptedOutOfEmail", "Email Opt Out", READ_ONLY),
    ("HasResponded", "Responded", READ_ONLY),
    ("LeadId", "Lead ID", CREATE_ONLY),
]


@pytest.fixture
def campaign_job(connection):
    """The job of a campaign's list, with the fields that its columns come from."""
    made = MarketingListFactory(
        account=connection.account, kind=ListKind.CAMPAIGN, source_id="701000000000001AAA"
    )
    for position, (name, label, special) in enumerate(COLUMNS):
        SalesforceFieldFactory(
            account=connection.account, sobject_type=MEMBER, name=name, label=label, **special
        )
        usage = SystemUsage.EMAIL if name == "Email" else ""
        ListColumnFactory(list=made, position=position, key=name, name=label, system_usage=usage)
    for sobject_type in ("Lead", "Contact"):
        SalesforceFieldFactory(
            account=connection.account, sobject_type=sobject_type, name="HasOptedOutOfEmail"
        )
    return SyncJobFactory(list=made)


def url_of(name, *args):
    return reverse(name, args=["example", *args])


def option(page, name):
    return find_option(page, "push_columns", name)


@pytest.mark.requirement("S68", "S71", "S72", "S79")
def test_sync_setup_of_a_campaign_says_whose_each_field_is(campaign_job, marketer, client_of):
    page = client_of(marketer).get(url_of("sync_setup", campaign_job.list_id))

    text = text_of(page)
    assert "Of the membership" in text
    assert "Of the lead or contact" in text
    assert 'name="push_add_as"' in text
    assert (option(page, "Status").is_checked, option(page, "Status").is_locked) == (True, True)
    assert "Always pushed" in option(page, "Status").text
    for name in ("Email", "FirstName", "Seat__c"):
        assert (option(page, name).is_checked, option(page, name).is_locked) == (False, False)
    assert "Of leads only" in option(page, "CompanyOrAccount").text
    for name in ("HasResponded", "HasOptedOutOfEmail", "LeadId"):
        assert option(page, name).is_locked
    assert url_of("sync_add_columns", campaign_job.list_id) not in text
    answer = client_of(marketer).get(url_of("sync_add_columns", campaign_job.list_id))
    assert answer.status_code == 404


@pytest.mark.requirement("S69", "S72")
def test_a_campaigns_set_up_is_saved_with_the_status_alone(campaign_job, marketer, client_of):
    sent = {
        "push_add": "on",
        "push_add_as": "Contact",
        "push_update": "on",
        "push_columns": ["Status"],
        "frequency": "manual",
    }

    answer = client_of(marketer).post(url_of("sync_setup", campaign_job.list_id), sent)

    assert answer.status_code == 302
    saved = SyncJob.objects.get()
    assert (saved.push_add, saved.push_add_as, saved.push_update) == (True, "Contact", True)
    assert selected_column_ids(saved, Direction.PUSH) == frozenset()


def test_new_members_need_to_know_what_they_become(campaign_job, marketer, client_of):
    answer = client_of(marketer).post(
        url_of("sync_setup", campaign_job.list_id), {"push_add": "on", "frequency": "manual"}
    )

    assert "become leads or contacts" in text_of(answer)
    assert SyncJob.objects.get().push_add is False


@pytest.mark.parametrize(
    ("name", "obstacle"),
    [
        ("Status", ""),
        ("FirstName", ""),
        ("HasResponded", "read-only in Salesforce"),
        ("HasOptedOutOfEmail", "Change this wish in Salesforce"),
        ("LeadId", "finds the lead or contact"),
    ],
)
def test_a_members_cell_is_edited_where_a_push_can_bring_it_to_salesforce(
    campaign_job, marketer, client_of, name, obstacle
):
    record = ListRecordFactory(list=campaign_job.list, data={name: "Old"})

    answer = client_of(marketer).post(
        url_of("record_edit_cell", campaign_job.list_id, record.record_id, name), {"value": "New"}
    )

    record.refresh_from_db()
    assert obstacle in text_of(answer)
    assert record.data == ({name: "Old"} if obstacle else {name: "New"})
    assert record.dirty == (None if obstacle else {name: "Old"})


def test_a_change_of_somebody_who_is_in_salesforce_but_no_member_yet_is_kept_for_the_push(
    campaign_job, marketer, client_of
):
    record = ListRecordFactory(
        list=campaign_job.list, salesforce_id=None, data={"LeadId": "00Q0", "FirstName": "Old"}
    )

    client_of(marketer).post(
        url_of("record_edit_cell", campaign_job.list_id, record.record_id, "FirstName"),
        {"value": "New"},
    )

    record.refresh_from_db()
    assert record.dirty == {"FirstName": "Old"}


def test_new_members_come_by_a_csv_file_unless_it_names_their_ids(campaign_job, marketer):
    def upload(text):
        file = io.BytesIO(text.encode())
        upload_csv(marketing_list=campaign_job.list, file=file, size=None, actor=marketer)

    upload("Email,Status,First Name\nada@example.com,Responded,Ada\n")
    with pytest.raises(UploadError, match="finds the lead or contact"):
        upload("Email,Lead ID\nbob@example.com,00Q000000000001AAA\n")

    record = ListRecord.objects.get()
    assert (record.email, record.data["Status"]) == ("ada@example.com", "Responded")
    assert record.salesforce_id is None
