import pytest
from django.urls import reverse

from acton_connector.accounts.models import AuditEvent
from acton_connector.accounts.scope import account_scope
from lists.models import DEFAULT_FOLDER, Folder
from lists.services import create_list, get_default_folder
from tests.factories import FolderFactory, MarketingListFactory
from tests.lists.views.pages import text_of


def url(name, *args):
    return reverse(name, args=["example", *args])


@pytest.fixture
def client(marketer, client_of):
    return client_of(marketer)


def test_page_leads_to_the_import_when_there_is_no_list(client):
    page = text_of(client.get(url("marketing_lists")))

    assert "No lists yet" in page
    assert url("list_import") in page


@pytest.mark.requirement("S56", "S57", "S106")
def test_new_lists_stand_at_the_bottom_of_the_default_folder(account, client, marketer):
    MarketingListFactory(name="Zebra", folder=get_default_folder(account=account))
    for kind, name in (("leads", "All Salesforce Leads"), ("contacts", "All Salesforce Contacts")):
        create_list(account=account, name=name, kind=kind, columns=[], actor=marketer)

    page = text_of(client.get(url("marketing_lists")))

    names = [DEFAULT_FOLDER, "Zebra", "All Salesforce Leads", "All Salesforce Contacts"]
    places = [page.index(f">{name}<") for name in names]
    assert places == sorted(places)


def test_page_shows_how_large_a_list_is_and_what_can_be_done_with_it(client):
    made = MarketingListFactory(record_count=1_234_567)

    page = text_of(client.get(url("marketing_lists")))

    assert "1,234,567" in page
    for name in (
        "list_records",
        "list_rename",
        "list_move",
        "list_delete",
        "list_export",
        "sync_setup",
        "list_sync_state",
    ):
        assert f'"{url(name, made.pk)}"' in page


def test_page_asks_for_no_state_of_a_list_whose_file_is_not_joined_with_salesforce(client):
    made = MarketingListFactory(kind="file")

    page = text_of(client.get(url("marketing_lists")))

    assert url("sync_setup", made.pk) in page
    assert url("list_sync_state", made.pk) not in page


@pytest.mark.requirement("S105")
def test_folder_is_added_by_the_manage_menu(account, client, marketer):
    get_default_folder(account=account)
    assert "Manage" in text_of(client.get(url("marketing_lists")))

    page = client.post(url("folder_add"), {"name": " Salesforce System Lists "}, follow=True)

    assert "The folder “Salesforce System Lists” is added." in text_of(page)
    assert Folder.objects.get(is_default=False).name == "Salesforce System Lists"
    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("folder.created", marketer)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "default folder"])
def test_folder_is_not_added_when_its_name_is_no_good(account, client, name):
    get_default_folder(account=account)

    page = client.post(url("folder_add"), {"name": name})

    assert page.status_code == 200
    assert "form-errors" in text_of(page)
    assert Folder.objects.count() == 1


def test_folder_may_have_the_name_of_another_accounts_folder(client, other_account):
    FolderFactory(account=other_account, name="Fairs")

    client.post(url("folder_add"), {"name": "Fairs"})

    assert Folder.objects.get().name == "Fairs"


def test_folder_is_renamed(client):
    folder = FolderFactory(name="Old")

    page = client.post(url("folder_rename", folder.pk), {"name": "New"}, follow=True)

    assert "The folder is called “New” now." in text_of(page)
    folder.refresh_from_db()
    assert folder.name == "New"
    event = AuditEvent.objects.get()
    assert (event.before, event.after) == ({"name": "Old"}, {"name": "New"})


def test_folder_keeps_its_name_when_another_one_has_the_new_one(client):
    FolderFactory(name="Taken")
    folder = FolderFactory(name="Old")

    page = client.post(url("folder_rename", folder.pk), {"name": "TAKEN"})

    assert "There is a folder of this name already." in text_of(page)
    folder.refresh_from_db()
    assert folder.name == "Old"


def test_folder_may_change_the_case_of_its_own_name(client):
    folder = FolderFactory(name="fairs")

    client.post(url("folder_rename", folder.pk), {"name": "Fairs"})

    folder.refresh_from_db()
    assert folder.name == "Fairs"


def test_empty_folder_is_deleted(client):
    folder = FolderFactory(name="Fairs")

    page = client.post(url("folder_delete", folder.pk), follow=True)

    assert "The folder “Fairs” is deleted." in text_of(page)
    assert not Folder.objects.exists()
    assert AuditEvent.objects.get().action == "folder.deleted"


def test_folder_stays_when_a_list_is_in_it(client):
    folder = FolderFactory(name="Fairs")
    MarketingListFactory(folder=folder)

    page = client.post(url("folder_delete", folder.pk), follow=True)

    assert "“Fairs” is not empty." in text_of(page)
    assert Folder.objects.filter(pk=folder.pk).exists()


def test_default_folder_cannot_be_deleted(account, client):
    folder = get_default_folder(account=account)

    page = client.post(url("folder_delete", folder.pk), follow=True)

    assert "The default folder stays" in text_of(page)
    assert Folder.objects.filter(pk=folder.pk).exists()
    assert url("folder_delete", folder.pk) not in text_of(page)


@pytest.mark.threat("T1")
def test_page_shows_nothing_of_another_account(client, other_account, outsider, client_of):
    FolderFactory(account=other_account, name="Their folder")
    MarketingListFactory(account=other_account, name="Their list")

    page = text_of(client.get(url("marketing_lists")))

    assert "Their" not in page
    assert client_of(outsider).get(url("marketing_lists")).status_code == 404


def test_page_costs_the_same_queries_when_there_are_more_folders_and_lists(
    account, client, django_assert_num_queries
):
    MarketingListFactory()
    for _ in range(3):
        MarketingListFactory(folder=FolderFactory())
        MarketingListFactory(folder=FolderFactory())

    # session, person, membership with account, connection, folders, lists
    with django_assert_num_queries(6):
        client.get(url("marketing_lists"))


@pytest.mark.threat("T17")
def test_names_are_shown_as_text_when_they_look_like_markup(client, other_account):
    attack = '"><script>alert(1)</script>'
    MarketingListFactory(name=attack, folder=FolderFactory(name=attack[:100]))

    page = client.get(url("marketing_lists")).content.decode()

    assert "<script>alert" not in page
    with account_scope(other_account):
        assert not Folder.objects.exists()
