import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lists import grid
from lists.models import ListRecord
from tests.factories import ListRecordFactory, MarketingListFactory
from tests.lists.views.pages import text_of


@pytest.fixture
def url(leads):
    return reverse("list_records", args=["example", leads.pk])


@pytest.fixture
def names_at(url, marketer, client_of):
    """Return a reader of the last names that a grid shows, in their order."""
    client = client_of(marketer)

    def read(query=""):
        page = client.get(url + query).content.decode()
        shown = re.findall(r'cells/LastName/"[^>]*>([^<]*)<', page)
        return [name for name in shown if name]

    return read


def add(leads, name, email="", **values):
    return ListRecordFactory(
        list=leads, email=email, data={"Email": email or None, "LastName": name, **values}
    )


@pytest.fixture
def people(leads):
    add(leads, "Lovelace", "ada@example.com", Age__c="9.5", Title="Analyst")
    add(leads, "Hopper", "grace@example.com", Age__c="10", Title="Rear Admiral")
    add(leads, "Ünal", "", Age__c=None, Title=None)
    add(leads, "Turing", "alan@example.org", Age__c="not a number", Title="100% analyst")


def test_records_come_by_address_when_nothing_is_asked(people, names_at):
    assert names_at() == ["Ünal", "Lovelace", "Turing", "Hopper"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-Email", ["Hopper", "Turing", "Lovelace", "Ünal"]),
        ("LastName", ["Hopper", "Lovelace", "Turing", "Ünal"]),
        ("-LastName", ["Ünal", "Turing", "Lovelace", "Hopper"]),
        ("Title", ["Turing", "Lovelace", "Hopper", "Ünal"]),
        ("-Title", ["Hopper", "Lovelace", "Turing", "Ünal"]),
        ("nonsense", ["Ünal", "Lovelace", "Turing", "Hopper"]),
        ("account_id", ["Ünal", "Lovelace", "Turing", "Hopper"]),
    ],
)
def test_records_are_sorted_by_a_column_with_blanks_last(people, names_at, sort, expected):
    assert names_at(f"?sort={sort}") == expected


@pytest.mark.parametrize(("sort", "first"), [("Age__c", "Lovelace"), ("-Age__c", "Hopper")])
def test_numbers_are_sorted_by_size_and_stand_before_what_is_no_number(
    people, names_at, sort, first
):
    names = names_at(f"?sort={sort}")

    assert names[0] == first
    assert set(names[2:]) == {"Ünal", "Turing"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=a", ["Lovelace", "Turing"]),
        ("?q=%20ADA%40", ["Lovelace"]),
        ("?q=example.com", []),
        ("?q=hopp&search_in=LastName", ["Hopper"]),
        ("?q=ANALYST&search_in=*", ["Lovelace", "Turing"]),
        ("?q=100%25&search_in=Title", ["Turing"]),
        ("?q=null&search_in=*", []),
        ("?q=example.com&search_in=*", ["Lovelace", "Hopper"]),
        ("?q=a&search_in=nonsense", ["Lovelace", "Turing"]),
        ("?q=a_a", []),
    ],
)
def test_records_are_found_by_a_search(people, names_at, query, expected):
    assert names_at(query) == expected


def test_search_of_other_addresses_is_offered_when_none_begins_like_it(
    people, url, marketer, client_of
):
    page = text_of(client_of(marketer).get(url + "?q=example.com"))

    assert "No e-mail address begins like this" in page
    assert 'href="?q=example.com&search_in=%2A"' in page


def test_search_of_every_column_is_not_offered_when_the_list_is_very_large(
    people, leads, url, marketer, client_of
):
    type(leads).objects.filter(pk=leads.pk).update(record_count=1_000_000)
    client = client_of(marketer)

    assert "All columns" not in text_of(client.get(url))
    assert "Search all columns" not in text_of(client.get(url + "?q=nobody"))
    # what the form does not offer is not done: it searches the addresses
    assert "Hopper" not in text_of(client.get(url + "?q=rear&search_in=*"))


def test_records_are_narrowed_down_to_what_salesforce_does_not_have(leads, names_at):
    add(leads, "Same", "a@example.com")
    changed = add(leads, "Changed", "b@example.com")
    ListRecord.objects.filter(record_id=changed.record_id).update(dirty={"Title": None})
    new = add(leads, "New", "c@example.com")
    ListRecord.objects.filter(record_id=new.record_id).update(salesforce_id=None)

    assert names_at("?show=changed") == ["Changed"]
    assert names_at("?show=new") == ["New"]
    assert names_at("?show=nonsense") == ["Same", "Changed", "New"]


def test_records_come_fifty_a_page(leads, names_at):
    for number in range(53):
        add(leads, f"Person {number:02}", f"{number:02}@example.com")

    assert names_at() == [f"Person {number:02}" for number in range(50)]
    assert names_at("?page=2") == ["Person 50", "Person 51", "Person 52"]
    assert names_at("?page=99") == names_at("?page=2")
    assert names_at("?page=nonsense") == names_at()


def test_page_says_how_many_there_are_when_not_all_can_be_paged_through(
    leads, url, marketer, client_of, monkeypatch
):
    monkeypatch.setattr(grid, "REACHABLE_ROWS", 60)
    for number in range(70):
        add(leads, f"Person {number}", f"{number:02}@example.com")
    type(leads).objects.filter(pk=leads.pk).update(record_count=1_000_000)
    client = client_of(marketer)

    assert "first 60 of the list\u2019s 1,000,000 records" in text_of(client.get(url))
    last = text_of(client.get(url + "?page=2"))
    assert "Page 2 of 2" in last
    assert "Person 59" in last
    assert "Person 60" not in last


def test_changed_cells_show_what_salesforce_has(ada, url, marketer, client_of):
    ListRecord.objects.update(data={**ada.data, "Title": "Countess"}, dirty={"Title": "Analyst"})

    page = text_of(client_of(marketer).get(url))

    assert 'title="Salesforce has: Analyst"' in page
    assert "Countess<" in page
    assert ">Changed</span>" in page


def test_cells_that_salesforce_would_not_take_cannot_be_edited(ada, url, marketer, client_of):
    page = client_of(marketer).get(url).content.decode()

    assert f"{ada.record_id}/cells/Title/" in page
    assert "cells/Age__c/" not in page
    assert 'title="Salesforce calculates this value."' in page


@pytest.mark.threat("T17")
def test_values_and_names_are_shown_as_text_when_they_look_like_markup(
    leads, url, marketer, client_of
):
    attack = '"><img src=x onerror=alert(1)>'
    leads.columns.filter(key="Title").update(name=attack)
    record = add(leads, attack, "a@example.com", Title=attack)
    client = client_of(marketer)
    record_url = reverse("record_detail", args=["example", leads.pk, record.record_id])
    cell_url = reverse("record_edit_cell", args=["example", leads.pk, record.record_id, "Title"])

    for address in (url, f"{url}?q={attack}", record_url, cell_url):
        assert "<img" not in client.get(address).content.decode()


@pytest.mark.parametrize(("kind", "advice"), [("leads", "with the import"), ("file", "a CSV file")])
def test_empty_list_says_what_to_do_first(account, marketer, client_of, kind, advice):
    made = MarketingListFactory(kind=kind)

    page = client_of(marketer).get(reverse("list_records", args=["example", made.pk]))

    assert "This list is empty" in text_of(page)
    assert advice in text_of(page)


@pytest.mark.threat("T1")
def test_grid_shows_no_record_of_another_list_or_account(people, names_at, other_account):
    theirs = MarketingListFactory(account=other_account)
    ListRecordFactory(list=theirs, email="a@theirs.example", data={"LastName": "Theirs"})
    ListRecordFactory(email="a@other.example", data={"LastName": "Other list"})

    assert set(names_at()) == {"Ünal", "Lovelace", "Turing", "Hopper"}


@pytest.mark.threat("T1")
def test_grid_is_not_found_by_an_outsider(leads, url, outsider, client_of):
    client = client_of(outsider)

    assert client.get(url).status_code == 404
    assert client.get(reverse("list_records", args=["other", leads.pk])).status_code == 404


def test_grid_walks_the_index_when_records_come_by_address(leads, url, marketer, client_of):
    ListRecord.objects.bulk_create(
        ListRecordFactory.build(list=leads, account=leads.account) for _ in range(3_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = client_of(marketer)

    with CaptureQueriesContext(connection) as queries:
        client.get(url + "?page=40")

    (plan,) = [
        explain(query["sql"])
        for query in queries
        if 'FROM "lists_listrecord"' in query["sql"] and "COUNT" not in query["sql"]
    ]
    assert "lists_listrecord_email" in plan
    assert "sort" not in plan.lower()


def test_grid_reads_the_unsent_records_alone_when_they_are_asked_for(
    leads, url, marketer, client_of
):
    changed = add(leads, "Changed", "a@example.com")
    ListRecord.objects.filter(record_id=changed.record_id).update(dirty={"Title": None})
    client = client_of(marketer)

    with CaptureQueriesContext(connection) as queries:
        client.get(url + "?show=changed")

    (read,) = [
        query["sql"]
        for query in queries
        if 'FROM "lists_listrecord"' in query["sql"] and "COUNT" not in query["sql"]
    ]
    assert "lists_listrecord_to_push" in explain(read)


def explain(sql):
    start = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    with connection.cursor() as cursor:
        cursor.execute(start + sql)
        return "\n".join(str(row) for row in cursor.fetchall())


def test_grid_costs_the_same_queries_when_there_are_more_records_and_columns(
    leads, url, marketer, client_of, django_assert_num_queries
):
    for number in range(60):
        add(leads, f"Person {number}", f"{number}@example.com")
    client = client_of(marketer)

    # session, person, membership with account, connection, list, columns, count, records, fields
    settings_of_postgresql = 3 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(9 + settings_of_postgresql):
        client.get(url)
    with django_assert_num_queries(9):
        client.get(url + "?q=person&search_in=*&sort=-Title&page=2")
