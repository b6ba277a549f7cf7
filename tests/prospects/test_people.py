"""Prospects > People, through HTTP."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lists.models import ListRecord
from prospects import selectors
from tests.factories import ListRecordFactory, MarketingListFactory
from tests.prospects.pages import people_of, text_of, url_of

URL = "/a/example/prospects/people/"


@pytest.fixture
def client(salesperson, client_of):
    return client_of(salesperson)


@pytest.fixture
def addresses_at(client):
    """Return a reader of the addresses that the page shows, in their order."""
    return lambda query=None: [row[0] for row in people_of(client.get(URL, query))]


def test_person_stands_once_whatever_lists_the_records_are_in(ada, client):
    page = client.get(URL)

    (row,) = people_of(page)
    assert row == ["ada@example.com", "Ada Lovelace", "Engines Ltd", "All Leads, All Contacts", "2"]
    assert url_of(ada[0]) in page.content.decode()


@pytest.mark.fault("F76")
def test_spellings_of_one_address_are_one_person(leads, contacts, marketer, client, client_of):
    spellings = {
        leads: ("ada@example.com", "rene@m\u00fcnchen.example"),
        contacts: (" ADA@Example.COM ", "Rene@mu\u0308nchen.example"),
    }
    for made, addresses in spellings.items():
        client_of(marketer).post(
            reverse("list_upload", args=["example", made.pk]),
            {"file": SimpleUploadedFile("people.csv", "\n".join(["Email", *addresses]).encode())},
        )

    people = people_of(client.get(URL))

    assert [(row[0], row[-1]) for row in people] == [
        ("ada@example.com", "2"),
        ("rene@m\u00fcnchen.example", "2"),
    ]


def test_two_records_of_one_list_are_one_person(leads, client):
    for name in ("First", "Second"):
        ListRecordFactory(list=leads, email="info@example.com", data={"LastName": name})

    (row,) = people_of(client.get(URL))

    assert row[0] == "info@example.com"
    assert row[-1] == "2"


def test_record_without_an_address_is_nobody(leads, client):
    record = ListRecordFactory(list=leads, email="")

    assert "No people yet" in text_of(client.get(URL))
    assert client.get(url_of(record)).status_code == 404


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ["ada@example.com", "alan@example.org"]),
        (" ADA@", ["ada@example.com"]),
        ("ada@example.com", ["ada@example.com"]),
        ("rene\u0301", ["ren\u00e9@example.com"]),
        ("example", []),
        ("a%", []),
        ("a_a", []),
        ("x" * 254, []),
        ("x" * 255, []),
        ("\u0130" * 200, []),
        ("a\x00", []),
    ],
)
def test_people_are_found_by_the_beginning_of_their_address(leads, addresses_at, text, expected):
    for email in ("ada@example.com", "alan@example.org", "ren\u00e9@example.com"):
        ListRecordFactory(list=leads, email=email)

    assert addresses_at({"q": text}) == expected


@pytest.mark.parametrize(("text", "reason"), [("x" * 255, "at most 254"), ("\u0130" * 200, "long")])
def test_page_says_what_is_wrong_with_a_search(leads, client, text, reason):
    assert reason in text_of(client.get(URL, {"q": text}))


def test_pages_hold_fifty_people_and_leave_nobody_out(leads, contacts, client):
    expected = [f"person{number:03}@example.com" for number in range(120)]
    for number, email in enumerate(expected):
        ListRecordFactory(list=leads if number % 3 else contacts, email=email)
        if number % 10 == 0:
            ListRecordFactory(list=leads, email=email)
    for _ in range(60):
        ListRecordFactory(list=contacts, email="person049@example.com")

    shown, query = [], "?q=person"
    for size in (50, 50, 20):
        page = client.get(URL + query)
        addresses = [row[0] for row in people_of(page)]
        assert len(addresses) == size
        shown += addresses
        following = re.search(r'rel="next" href="([^"]*)"', page.content.decode())
        query = following[1].replace("&amp;", "&") if following else ""

    assert shown == expected
    assert query == ""
    assert 'href="?q=person"' in page.content.decode()


def test_page_leads_back_when_nobody_comes_after_it(ada, client):
    page = client.get(URL, {"q": "ada", "after": "zoe@example.com"})

    assert "Nobody comes after this" in text_of(page)
    assert 'href="?q=ada"' in page.content.decode()


def test_search_that_finds_nobody_says_so(ada, client):
    assert "No e-mail address begins like this" in text_of(client.get(URL, {"q": "zoe"}))


def test_empty_page_says_what_to_do_first(account, client, marketer, client_of):
    import_url = reverse("list_import", args=["example"])

    assert "once marketing has imported" in text_of(client.get(URL))
    assert import_url not in client.get(URL).content.decode()
    assert import_url in client_of(marketer).get(URL).content.decode()


@pytest.mark.parametrize("role", ["administrator", "marketer", "salesperson"])
def test_menu_leads_every_role_to_the_people(ada, role, request, client_of):
    page = client_of(request.getfixturevalue(role)).get("/a/example/")

    assert re.search(r'menu-heading">Prospects</li>\s*<li[^>]*>\s*<a[^>]*href="' + URL, page.text)


@pytest.mark.threat("T1")
def test_people_of_another_account_are_not_shown(ada, client, outsider, client_of, other_account):
    theirs = MarketingListFactory(account=other_account)
    for number in range(60):
        ListRecordFactory(list=theirs, email=f"ab{number}@example.com")
    ListRecordFactory(list=theirs, email="ada@example.com")

    (row,) = people_of(client.get(URL))

    assert (row[0], row[-1]) == ("ada@example.com", "2")
    assert client_of(outsider).get(URL).status_code == 404


@pytest.mark.threat("T17")
def test_values_are_shown_as_text_when_they_look_like_markup(leads, client):
    attack = '"><img src=x onerror=alert(1)>'
    leads.columns.update(name=attack)
    type(leads).objects.update(name=attack)
    record = ListRecordFactory(
        list=leads,
        email=attack,
        data={"LastName": attack, "Title": attack},
        dirty={"Title": attack},
    )

    for address in (URL, f"{URL}?q={attack}", f"{URL}?after={attack}", url_of(record)):
        assert "<img" not in client.get(address).content.decode()


def test_page_costs_the_same_queries_when_there_are_more_people_and_lists(
    ada, client, django_assert_num_queries
):
    for number in range(30):
        made = MarketingListFactory()
        for place in range(3):
            ListRecordFactory(list=made, email=f"person{number}{place}@example.com")
        ListRecordFactory(list=made, email="ada@example.com")

    # session, person, membership with account, connection;
    # lists, bound, addresses, groups, records, columns
    with django_assert_num_queries(10):
        client.get(URL)
    with django_assert_num_queries(10):
        client.get(URL, {"q": "person", "after": "person2"})


def test_little_is_sorted_when_a_list_reaches_its_page_early(leads, contacts):
    for number in range(80):
        ListRecordFactory(list=leads, email=f"a{number:02}@example.com")
        ListRecordFactory(list=contacts, email=f"b{number:02}@example.com")
    found = ListRecord.objects.filter(email__gt="")

    assert selectors._find_bound(found, 51) == "a50@example.com"
    assert selectors._find_bound(found, 81) is None
