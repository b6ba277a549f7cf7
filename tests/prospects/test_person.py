"""A person's page, through HTTP."""

from datetime import UTC, datetime

import pytest

from lists.models import ListKind, ListRecord
from prospects import selectors
from tests.factories import ListColumnFactory, ListRecordFactory, MarketingListFactory
from tests.prospects.pages import rows_of, text_of, url_of


@pytest.fixture
def client(salesperson, client_of):
    return client_of(salesperson)


@pytest.fixture
def values_at(client):
    """Return a reader of a person's values: the cells of each field by the field's words."""

    def read(record):
        rows = rows_of(client.get(url_of(record)), "values-heading")
        return {label: cells for label, *cells in rows}

    return read


def test_person_shows_every_record_with_the_address(ada, client):
    changed = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    ListRecord.objects.update(updated_at=changed)
    ListRecordFactory(list=ada[0].list, email="else@example.com")

    for record in ada:
        page = client.get(url_of(record))
        lead, contact = rows_of(page, "records-heading")

        assert lead[1:] == [
            "All Leads",
            "Lead 00Q000000000001AAA",
            "Ada Lovelace",
            "Engines Ltd",
            "005000000000001AAA",
            "Changed here Title",
            "1 Mar 2026, 12:30",
        ]
        assert contact[1:7] == [
            "All Contacts",
            "Contact 003000000000001AAA",
            "Ada Lovelace",
            "",
            "005000000000002AAA",
            "nothing",
        ]
        assert "2 records with the address ada@example.com" in text_of(page)


def test_values_of_one_field_stand_side_by_side_and_are_marked_where_they_differ(ada, values_at):
    values = values_at(ada[0])

    assert values["Title Differs Title"] == [
        "Changed here Countess Salesforce has: Analyst",
        "blank",
    ]
    assert values["Email Differs Email"] == ["Ada@Example.com", "ada@example.com"]
    assert values["Last Name LastName"] == ["Lovelace", "Lovelace"]
    assert values["Company Company"] == ["Engines Ltd", "no such column"]
    assert list(values)[:2] == ["Email Differs Email", "Title Differs Title"]


def test_page_names_the_fields_that_differ(ada, client):
    assert "2 fields have different values: Email, Title." in text_of(client.get(url_of(ada[0])))

    ListRecord.objects.filter(list=ada[0].list).update(
        data={**ada[0].data, "Email": "ada@example.com"}
    )
    assert "1 field has different values: Title." in text_of(client.get(url_of(ada[0])))

    ListRecord.objects.filter(list=ada[1].list).update(data={**ada[1].data, "Title": "Countess"})
    ListRecord.objects.filter(list=ada[0].list).update(
        data={**ada[0].data, "Email": "ada@example.com"}
    )
    page = text_of(client.get(url_of(ada[0])))
    assert "The records agree in every field that they share." in page
    assert "Differs" not in page


def test_columns_of_two_lists_are_one_field_only_where_both_mirror_it(ada, leads, values_at):
    ListColumnFactory(list=leads, position=8, key="shoes", name="Shoe size", salesforce_field="")
    ListColumnFactory(list=leads, position=9, key="job", name="Job", salesforce_field="Role__c")
    ListColumnFactory(list=ada[1].list, position=10, key="Role__c", name="Role")
    ListRecord.objects.filter(list=leads).update(data={"shoes": "38", "job": "Poet"})
    ListRecord.objects.filter(list=ada[1].list).update(data={"shoes": "39", "Role__c": "Poet"})

    values = values_at(ada[0])

    assert values["Shoe size only in All Leads"] == ["38", "no such column"]
    assert values["Shoe size only in All Contacts"] == ["no such column", "39"]
    assert values["Job Role__c"] == ["Poet", "Poet"]


def test_records_of_one_list_are_compared_in_its_own_columns_too(contacts, values_at):
    for size in ("38", "39"):
        record = ListRecordFactory(list=contacts, email="b@example.com", data={"shoes": size})

    assert sorted(values_at(record)["Shoe size Differs only in All Contacts"]) == ["38", "39"]


def test_record_that_salesforce_does_not_know_says_what_will_be_pushed(leads, client):
    ListRecordFactory(list=leads, email="b@example.com", salesforce_id=None)
    file = MarketingListFactory(kind=ListKind.FILE, name="Fair")
    record = ListRecordFactory(list=file, email="b@example.com", salesforce_id=None)

    new, local = rows_of(client.get(url_of(record)), "records-heading")

    assert (new[2], new[6]) == ("only here", "New the whole record")
    assert (local[2], local[6]) == ("only here", "not for Salesforce")


def test_blank_that_was_filled_here_says_that_salesforce_has_nothing(ada, values_at):
    ListRecord.objects.filter(list=ada[0].list).update(dirty={"Title": None})

    title = values_at(ada[0])["Title Differs Title"]
    assert title[0] == "Changed here Countess Salesforce has: nothing"


def test_page_says_how_many_records_it_leaves_out(leads, client, monkeypatch):
    monkeypatch.setattr(selectors, "RECORDS_PER_PERSON", 3)
    for _ in range(5):
        record = ListRecordFactory(list=leads, email="none@example.com")

    page = client.get(url_of(record))

    assert len(rows_of(page, "records-heading")) == 3
    assert "5 records with the address none@example.com" in text_of(page)
    assert "The first 3 are shown" in text_of(page)


def test_list_is_linked_for_those_who_may_open_it(ada, client, marketer, client_of):
    record_url = f"/a/example/contacts/lists/{ada[0].list_id}/records/{ada[0].record_id}/"

    assert record_url not in client.get(url_of(ada[0])).text
    assert record_url in client_of(marketer).get(url_of(ada[0])).text


@pytest.mark.threat("T1", "T2")
def test_person_of_another_account_is_not_found_nor_mixed_in(
    ada, client, outsider, client_of, other_account
):
    theirs = ListRecordFactory(
        list=MarketingListFactory(account=other_account, name="Theirs"), email="ada@example.com"
    )

    assert "Theirs" not in text_of(client.get(url_of(ada[0])))
    assert client.get(url_of(theirs)).status_code == 404
    assert client_of(outsider).get(url_of(ada[0])).status_code == 404
    assert client_of(outsider).get(url_of(ada[0], slug="other")).status_code == 404
    assert len(rows_of(client_of(outsider).get(url_of(theirs, "other")), "records-heading")) == 1


def test_page_costs_the_same_queries_when_there_are_more_records_and_lists(
    ada, client, django_assert_num_queries
):
    for _ in range(10):
        made = MarketingListFactory()
        ListColumnFactory(list=made, salesforce_field="")
        ListRecordFactory(list=made, email="ada@example.com")

    # session, person, membership with account, connection; record, lists, records, columns, count
    with django_assert_num_queries(9):
        client.get(url_of(ada[0]))
