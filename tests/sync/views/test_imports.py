import pytest
from django.urls import reverse

from connectors.models import ConnectionState
from lists.models import ListKind, MarketingList
from sync.models import RunKind, RunState, SyncRun, Trigger
from sync.queue.expectations import find_queued
from tests.factories import ConnectionFactory, MarketingListFactory
from tests.sync.views.pages import find_option, text_of


@pytest.fixture
def url(account):
    return reverse("list_import", args=[account.slug])


@pytest.fixture
def leads_url(account):
    return reverse("list_import_fields", args=[account.slug, "leads"])


@pytest.mark.requirement("S66")
def test_import_says_that_salesforce_is_the_database_of_record(
    connection, marketer, client_of, url
):
    assert "Salesforce stays the database of record" in text_of(client_of(marketer).get(url))


@pytest.mark.requirement("S52", "S53")
def test_import_offers_leads_and_contacts_when_salesforce_is_connected(
    connection, marketer, client_of, url
):
    page = text_of(client_of(marketer).get(url))

    assert '<input type="radio" name="source" value="leads"' in page
    assert '<input type="radio" name="source" value="contacts"' in page
    assert '<input type="radio" name="source" value="campaign"' in page
    assert '<input type="radio" name="source" value="report"' in page
    assert '<input type="radio" name="source" value="file"' in page
    assert page.count('type="radio"') == 5
    assert "Next" in page


@pytest.mark.requirement("S53")
@pytest.mark.parametrize(
    ("kind", "name"),
    [("leads", "All Salesforce Leads"), ("contacts", "All Salesforce Contacts")],
)
def test_list_name_is_filled_in_when_a_source_was_chosen(
    connection, marketer, client_of, url, kind, name
):
    page = text_of(client_of(marketer).get(url, {"source": kind}, follow=True))

    assert f'name="name" value="{name}"' in page


@pytest.mark.requirement("S53")
def test_suggested_name_is_a_free_one_when_the_usual_one_is_taken(
    connection, marketer, client_of, leads_url
):
    MarketingListFactory(name="all salesforce leads")
    MarketingListFactory(name="All Salesforce Leads 2")

    assert 'value="All Salesforce Leads 3"' in text_of(client_of(marketer).get(leads_url))


@pytest.mark.requirement("S52")
def test_import_refuses_a_source_when_it_is_not_offered(connection, marketer, client_of, url):
    page = client_of(marketer).get(url, {"source": "nonsense"})

    assert page.status_code == 200
    assert "Select a valid choice" in text_of(page)
    fields = reverse("list_import_fields", args=["example", "nonsense"])
    assert client_of(marketer).get(fields).status_code == 404


@pytest.mark.requirement("S54", "S78")
def test_picker_tells_types_and_warns_when_it_offers_fields(
    connection, marketer, client_of, leads_url
):
    page = client_of(marketer).get(leads_url)

    assert "E-mail" in find_option(page, "columns", "Email").text
    assert "Picklist" in find_option(page, "columns", "Region__c").text
    assert "Lookup: holds the ID of another record" in find_option(page, "columns", "OwnerId").text
    assert "Calculated by Salesforce" in find_option(page, "columns", "Owner_ID__c").text
    assert "bg-orange-lt" not in find_option(page, "columns", "Region__c").text
    text = text_of(page)
    assert text.index("Standard fields") < text.index("Custom fields")


@pytest.mark.requirement("S54")
def test_picker_preselects_the_usual_fields_and_locks_email_when_it_opens(
    connection, marketer, client_of, leads_url
):
    page = client_of(marketer).get(leads_url)

    checked = {
        name: find_option(page, "columns", name).is_checked
        for name in (
            "Email",
            "FirstName",
            "LastName",
            "Company",
            "Title",
            "Phone",
            "OwnerId",
            "Region__c",
        )
    }
    assert checked == {
        "Email": True, "FirstName": True, "LastName": True, "Company": True, "Title": True,
        "Phone": True, "OwnerId": False, "Region__c": False,
    }  # fmt: skip
    assert find_option(page, "columns", "Email").is_locked
    assert not find_option(page, "columns", "FirstName").is_locked


@pytest.mark.requirement("S54", "S56")
def test_finish_makes_the_list_and_leads_to_its_run_when_fields_are_chosen(
    connection, marketer, client_of, leads_url
):
    response = client_of(marketer).post(
        leads_url, {"name": "Leads of ours", "columns": ["Email", "LastName", "Region__c"]}
    )

    made, run = MarketingList.objects.get(), SyncRun.objects.get()
    assert response.url == reverse("run_detail", args=["example", run.pk])
    assert (made.name, made.kind, made.folder.is_default) == ("Leads of ours", ListKind.LEADS, True)
    columns = list(made.columns.values_list("salesforce_field", flat=True))
    assert columns == ["Email", "LastName", "Region__c"]
    assert (run.kind, run.trigger, run.state) == (RunKind.IMPORT, Trigger.IMPORT, RunState.QUEUED)
    assert run.requested_by == marketer


@pytest.mark.requirement("S57")
def test_finish_makes_a_list_of_contacts_when_contacts_are_imported(
    connection, marketer, client_of
):
    url = reverse("list_import_fields", args=["example", "contacts"])

    client_of(marketer).post(url, {"name": "All Salesforce Contacts", "columns": ["Email"]})

    assert MarketingList.objects.get().kind == ListKind.CONTACTS


def test_what_was_chosen_stays_when_the_name_is_refused(connection, marketer, client_of, leads_url):
    MarketingListFactory(name="Taken")

    page = client_of(marketer).post(leads_url, {"name": "taken", "columns": ["Region__c"]})

    assert page.status_code == 200
    assert "Another list has this name already." in text_of(page)
    assert find_option(page, "columns", "Region__c").is_checked
    assert find_option(page, "columns", "Email").is_checked
    assert not find_option(page, "columns", "FirstName").is_checked
    assert not SyncRun.objects.exists()


@pytest.mark.threat("T2")
def test_import_refuses_a_field_when_the_picker_does_not_offer_it(
    connection, marketer, client_of, leads_url
):
    page = client_of(marketer).post(
        leads_url, {"name": "X", "columns": ["Email", "MailingAddress"]}
    )

    assert "Select a valid choice" in text_of(page)
    assert not MarketingList.objects.exists()


@pytest.mark.requirement("S52")
def test_import_leads_to_the_connection_when_there_is_none_and_an_administrator_asks(
    account, administrator, client_of, url
):
    page = text_of(client_of(administrator).get(url))

    assert reverse("salesforce_connection", args=[account.slug]) in page
    assert "Connect Salesforce" in page
    assert 'type="radio"' not in page


@pytest.mark.requirement("S52")
@pytest.mark.parametrize("state", [None, ConnectionState.PAUSED, ConnectionState.DISCONNECTED])
def test_import_names_the_administrators_when_a_marketer_cannot_import(
    account, administrator, marketer, client_of, leads_url, state
):
    if state:
        ConnectionFactory(account=account, state=state)

    page = text_of(client_of(marketer).get(leads_url))

    assert administrator.email in page
    assert reverse("salesforce_connection", args=[account.slug]) not in page
    assert "Finish" not in page


def test_a_run_is_the_next_one_when_it_waits_alone(connection, marketer, client_of, leads_url):
    client_of(marketer).post(leads_url, {"name": "Alone", "columns": ["Email"]})

    assert find_queued(SyncRun.objects.get()).position == 1
