import pytest
from django.urls import reverse

from acton_connector.accounts.models import AuditEvent
from lists.models import ListColumn, ListRecord, MarketingList
from sync.models import FINISHED_STATES, RunState, SyncJob, SyncRun
from tests.factories import (
    FolderFactory,
    ListRecordFactory,
    MarketingListFactory,
    SyncJobFactory,
    SyncRunFactory,
)
from tests.lists.views.pages import text_of


def url(name, *args):
    return reverse(name, args=["example", *args])


@pytest.fixture
def client(marketer, client_of):
    return client_of(marketer)


def test_list_is_renamed(leads, client, marketer):
    page = client.post(url("list_rename", leads.pk), {"name": "Leads"}, follow=True)

    assert "The list is called “Leads” now." in text_of(page)
    leads.refresh_from_db()
    assert leads.name == "Leads"
    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("list.renamed", marketer)
    assert (event.before, event.after) == ({"name": "All Salesforce Leads"}, {"name": "Leads"})


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "FAIRS"])
def test_list_keeps_its_name_when_the_new_one_is_no_good(leads, client, name):
    MarketingListFactory(name="Fairs")

    page = client.post(url("list_rename", leads.pk), {"name": name})

    assert "form-errors" in text_of(page)
    leads.refresh_from_db()
    assert leads.name == "All Salesforce Leads"


@pytest.mark.requirement("S106")
def test_list_moves_to_another_folder(leads, client):
    folder = FolderFactory(name="Salesforce System Lists")

    page = client.post(url("list_move", leads.pk), {"folder": folder.pk}, follow=True)

    assert "is in “Salesforce System Lists” now." in text_of(page)
    leads.refresh_from_db()
    assert leads.folder == folder
    assert AuditEvent.objects.get().after == {"folder": "Salesforce System Lists"}


@pytest.mark.threat("T1")
def test_list_stays_when_the_folder_is_another_accounts(leads, client, other_account):
    theirs = FolderFactory(account=other_account, name="Theirs")
    folder = leads.folder

    assert "Theirs" not in text_of(client.get(url("list_move", leads.pk)))
    client.post(url("list_move", leads.pk), {"folder": theirs.pk})

    leads.refresh_from_db()
    assert leads.folder == folder


def test_list_is_deleted_with_all_that_is_its_own_when_its_name_is_typed(ada, client):
    kept = ListRecordFactory()
    SyncRunFactory(job=SyncJobFactory(list=ada.list), state=RunState.SUCCEEDED)

    page = client.post(url("list_delete", ada.list_id), {"name": ada.list.name}, follow=True)

    assert "The list “All Salesforce Leads” is deleted." in text_of(page)
    assert list(MarketingList.objects.all()) == [kept.list]
    assert not ListColumn.objects.exists()
    assert not SyncJob.objects.exists()
    assert [record.record_id for record in ListRecord.objects.all()] == [kept.record_id]
    assert AuditEvent.objects.get().action == "list.deleted"


def test_list_stays_when_another_name_is_typed(leads, client):
    page = client.post(url("list_delete", leads.pk), {"name": "all salesforce leads"})

    assert "This is not the name of the list." in text_of(page)
    assert MarketingList.objects.filter(pk=leads.pk).exists()


def test_deletion_warns_when_changes_are_not_in_salesforce_yet(ada, client):
    assert "lost with the list" not in text_of(client.get(url("list_delete", ada.list_id)))
    ListRecordFactory(list=ada.list, salesforce_id=None)
    ListRecordFactory(list=ada.list, dirty={"Title": None})

    assert "2 records of this list hold" in text_of(client.get(url("list_delete", ada.list_id)))


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING, RunState.INTERRUPTED])
def test_list_stays_when_a_sync_of_it_waits_or_runs(ada, client, state):
    SyncRunFactory(job=SyncJobFactory(list=ada.list), state=state)

    page = client.post(url("list_delete", ada.list_id), {"name": ada.list.name})

    assert "A sync of this list waits or runs." in text_of(page)
    assert MarketingList.objects.filter(pk=ada.list_id).exists()
    assert ListRecord.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("state", FINISHED_STATES)
def test_list_is_deleted_when_its_syncs_have_ended(leads, client, state):
    SyncRunFactory(job=SyncJobFactory(list=leads), state=state)
    SyncRunFactory(state=RunState.RUNNING)  # of another list

    client.post(url("list_delete", leads.pk), {"name": leads.name})

    assert not MarketingList.objects.filter(pk=leads.pk).exists()
    assert SyncRun.objects.count() == 1


@pytest.mark.threat("T1", "T2")
@pytest.mark.parametrize("name", ["list_rename", "list_move", "list_delete", "list_export"])
def test_list_is_not_found_by_an_outsider_nor_touched(leads, outsider, client_of, name):
    client = client_of(outsider)

    assert client.get(url(name, leads.pk)).status_code in {404, 405}
    for slug in ("example", "other"):
        answer = client.post(reverse(name, args=[slug, leads.pk]), {"name": leads.name})
        assert answer.status_code == 404
    assert MarketingList.objects.get(pk=leads.pk).name == leads.name
    assert not AuditEvent.objects.exists()
