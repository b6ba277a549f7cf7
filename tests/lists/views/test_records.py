import re
import uuid

import pytest
from django.urls import reverse

from acton_connector.accounts.models import AuditEvent
from lists.models import ListRecord
from tests.factories import ListRecordFactory, MarketingListFactory
from tests.lists.views.pages import text_of


def url(name, record, *args):
    return reverse(name, args=["example", record.list_id, record.record_id, *args])


@pytest.fixture
def client(marketer, client_of):
    return client_of(marketer)


def read_again(record):
    return ListRecord.objects.get(list=record.list, record_id=record.record_id)


def in_grid(client, method, address, data=None):
    return getattr(client, method)(address, data, headers={"HX-Request": "true"})


def test_cell_is_edited_in_the_grid(ada, client, marketer):
    address = url("record_edit_cell", ada, "Title")

    form = in_grid(client, "get", address)
    assert 'value="Analyst"' in text_of(form)
    assert "<html" not in text_of(form)
    cell = in_grid(client, "post", address, {"value": "Countess"})

    assert "Countess<" in text_of(cell)
    assert "Salesforce has: Analyst" in text_of(cell)
    assert read_again(ada).data["Title"] == "Countess"
    assert read_again(ada).dirty == {"Title": "Analyst"}
    assert AuditEvent.objects.get().actor == marketer


def test_cell_comes_back_as_it_was_when_editing_is_cancelled(ada, client):
    cell = in_grid(client, "get", url("record_edit_cell", ada, "Title") + "?cancel")

    assert "<form" not in text_of(cell)
    assert "Analyst<" in text_of(cell)


def test_cancel_leads_back_to_what_was_searched_for(ada, client):
    grid = reverse("list_records", args=["example", ada.list_id]) + "?q=ada"
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{grid}"}

    form = client.get(url("record_edit_cell", ada, "Title"), headers=headers)

    assert f'href="{grid}"' in text_of(form)


def test_refused_value_stays_in_the_field_with_the_reason(ada, client):
    cell = in_grid(client, "post", url("record_edit_cell", ada, "Email"), {"value": "nobody"})

    assert 'value="nobody"' in text_of(cell)
    assert "Enter a valid email address." in text_of(cell)
    assert read_again(ada).email == "ada@example.com"


def test_cell_is_edited_on_its_own_page_when_there_is_no_script(ada, client):
    address = url("record_edit_cell", ada, "Title")

    assert "<html" in text_of(client.get(address))
    page = client.post(address, {"value": "Countess"}, follow=True)

    assert page.redirect_chain == [(url("record_detail", ada), 302)]
    assert "Countess" in text_of(page)


@pytest.mark.parametrize(("key", "word"), [("Age__c", "calculates"), ("CreatedDate", "read-only")])
def test_cell_stays_when_salesforce_would_not_take_it(ada, client, key, word):
    address = url("record_edit_cell", ada, key)

    assert word in text_of(client.get(address))
    assert word in text_of(in_grid(client, "post", address, {"value": "1"}))
    assert key not in read_again(ada).data


@pytest.mark.parametrize(
    ("key", "data", "expected"),
    [
        ("Rating", {"Rating": "Gone"}, ["-", "Gone", "Hot", "Warm", "Cold"]),
        ("HasOptedOutOfEmail", {}, ["false", "true"]),
    ],
)
def test_values_are_offered_when_a_column_has_a_choice(ada, client, key, data, expected):
    ListRecord.objects.update(data=data)

    form = in_grid(client, "get", url("record_edit_cell", ada, key)).content.decode()

    assert re.findall(r"<option[^>]*>([^<]*)<", form) == expected


def test_lines_of_a_text_stay_when_another_value_is_saved(ada, client):
    ListRecord.objects.update(data={"Title": "First\nsecond"})

    assert "<textarea" in text_of(in_grid(client, "get", url("record_edit_cell", ada, "Title")))


@pytest.mark.parametrize("method", ["get", "post"])
def test_cell_is_not_found_when_record_or_column_are_not_the_lists(ada, client, method):
    other = ListRecordFactory()
    strangers = [
        url("record_edit_cell", ada, "Unknown"),
        url("record_edit_cell", other, "Title"),
        reverse("record_edit_cell", args=["example", ada.list_id, uuid.uuid4(), "Title"]),
        reverse("record_edit_cell", args=["example", ada.list_id, other.record_id, "Title"]),
    ]
    for address in strangers:
        assert getattr(client, method)(address, {"value": "x"}).status_code == 404


def test_key_may_hold_any_character(leads, ada, client):
    leads.columns.filter(key="shoe_size").update(key="größe / 2?#")

    page = client.get(reverse("list_records", args=["example", leads.pk])).content.decode()
    (address,) = re.findall(r'href="([^"]*/cells/gr[^"]*)"', page)
    client.post(address, {"value": "39"})

    assert read_again(ada).data["größe / 2?#"] == "39"


def test_record_shows_its_values_and_what_was_changed_here(ada, client):
    ListRecord.objects.update(data={**ada.data, "Title": "Countess"}, dirty={"Title": "Analyst"})

    page = text_of(client.get(url("record_detail", ada)))

    assert "All Salesforce Leads" in page
    assert "00Q000000000001AAA" in page
    assert "Lovelace" in page
    assert "Countess</td>" in page
    assert "Changed here</span> Analyst" in page
    assert "1 changed value<" in page
    assert "only in this list" in page


def test_record_says_that_salesforce_does_not_know_it(leads, client):
    record = ListRecordFactory(list=leads, salesforce_id=None)

    page = text_of(client.get(url("record_detail", record)))

    assert "not in Salesforce yet" in page
    assert "the whole record" in page


@pytest.mark.threat("T1", "T2")
@pytest.mark.parametrize(("name", "args"), [("record_detail", []), ("record_edit_cell", ["Title"])])
def test_record_is_not_found_by_an_outsider_nor_changed(
    ada, outsider, client_of, other_account, name, args
):
    client = client_of(outsider)
    theirs = MarketingListFactory(account=other_account)
    addresses = [
        url(name, ada, *args),
        reverse(name, args=["other", ada.list_id, ada.record_id, *args]),
        reverse(name, args=["other", theirs.pk, ada.record_id, *args]),
    ]

    for address in addresses:
        assert client.get(address).status_code == 404
        assert client.post(address, {"value": "Mallory"}).status_code in {404, 405}
    assert read_again(ada).data == ada.data


@pytest.mark.parametrize(
    ("name", "args", "queries"),
    # session, person, membership, connection; list, record, columns, fields or one of each
    [("record_detail", [], 8), ("record_edit_cell", ["Title"], 7)],
)
def test_record_costs_a_fixed_number_of_queries(
    ada, client, django_assert_num_queries, name, args, queries
):
    with django_assert_num_queries(queries):
        client.get(url(name, ada, *args))
