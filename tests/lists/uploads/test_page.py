"""The page that takes a file, through HTTP."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lists.models import ListRecord
from tests.factories import ListRecordFactory, MarketingListFactory

PAGE = "lists/list_upload.html"
RESULT_PAGE = "lists/list_upload_result.html"


@pytest.fixture
def url(people):
    return reverse("list_upload", args=["example", people.pk])


@pytest.fixture
def send(client_of, marketer, url):
    """Return `send(content)`, which uploads it as a marketer and gives the answer."""

    def run(content, name="people.csv", **extra):
        file = SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())
        return client_of(marketer).post(url, {"file": file}, **extra)

    return run


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def templates_of(response):
    return [template.name for template in response.templates]


def test_page_names_the_columns_of_the_list(client_of, marketer, url):
    page = client_of(marketer).get(url)

    assert page.status_code == 200
    for name in ("E-mail", "First Name", "Employees", "Note"):
        assert f">{name}</span>" in text_of(page)
    assert f'data-max-bytes="{100 * 2**20}"' in text_of(page)


def test_result_page_tells_what_was_done_once_and_leads_to_the_list(send, people, url):
    ListRecordFactory(list=people, email="a@example.com", data={"City": "Rome"})
    ListRecordFactory(list=people, email="b@example.com", data={"City": "Rome"})
    content = "E-mail;City\na@example.com;Paris\nb@example.com;\nc@example.com;Zürich\n"

    page = send(content.encode("cp1252"), follow=True)

    assert page.redirect_chain == [(url, 302)]
    assert RESULT_PAGE in templates_of(page)
    shown = re.findall(r'datagrid-title">([^<]+)</dt><dd[^>]+>([^<]+)<', text_of(page))
    assert dict(shown) == {
        "Records added": "1", "Records changed": "1", "Unchanged": "1",
        "Encoding of the file": "Windows-1252 (Latin-1)",
    }  # fmt: skip
    assert reverse("list_records", args=["example", people.pk]) in text_of(page)
    assert PAGE in templates_of(page.client.get(url))


def test_result_of_one_list_is_not_shown_at_another(send, people):
    answer = send("E-mail\na@example.com\n")
    other = reverse("list_upload", args=["example", MarketingListFactory().pk])

    assert PAGE in templates_of(answer.client.get(other))


def test_page_says_why_and_the_list_stays_when_the_file_is_refused(send):
    page = send("E-mail,City\na@example.com,Rome\n<b>,Rome\nb@example.com\n")

    assert page.status_code == 200
    assert "Row 3: “&lt;b&gt;” is not an e-mail address." in text_of(page)
    assert "Row 4: it has 1 cell; the header has 2." in text_of(page)
    assert not ListRecord.objects.exists()


@pytest.mark.parametrize("form", [{}, {"file": "text"}])
def test_page_asks_for_a_file_when_none_was_sent(client_of, marketer, url, form):
    page = client_of(marketer).post(url, form)

    assert page.status_code == 200
    assert "Choose a file." in text_of(page)


def test_empty_file_is_refused_in_words(send):
    assert "The file is empty." in text_of(send(b""))


@pytest.mark.threat("T17")
def test_hostile_text_is_shown_as_text(send, people):
    page = send("E-mail,<script>alert(1)</script>\na@example.com,x\n")

    assert "“&lt;script&gt;alert(1)&lt;/script&gt;”" in text_of(page)


class UnreadBody:
    """A body that must not be read."""

    def read(self, *_):
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.threat("T27")
def test_request_is_refused_unread_when_it_is_too_large(client_of, marketer, url):
    page = client_of(marketer).generic(
        "POST",
        url,
        b"x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(200 * 2**20),
        **{"wsgi.input": UnreadBody()},
    )

    assert page.status_code == 413
    assert "The file is larger than 100 MB." in text_of(page)


@pytest.mark.threat("T27")
def test_file_is_refused_when_it_is_a_byte_too_large(send, settings):
    settings.MAX_UPLOAD_MEGABYTES = 1

    page = send(b"x" * (2**20 + 1))

    assert page.status_code == 200
    assert "The file is larger than 1 MB." in text_of(page)


@pytest.mark.threat("T9")
def test_file_is_refused_when_it_comes_without_a_token(client_of, marketer, url):
    file = SimpleUploadedFile("people.csv", b"E-mail\na@example.com\n")

    answer = client_of(marketer, csrf=True).post(url, {"file": file})

    assert answer.status_code == 403
    assert not ListRecord.objects.exists()


@pytest.mark.threat("T9")
def test_file_is_taken_when_it_comes_with_the_token_of_the_page(marketer, url):
    client = Client(enforce_csrf_checks=True)
    client.force_login(marketer)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text_of(client.get(url)))[1]
    file = SimpleUploadedFile("people.csv", b"E-mail\na@example.com\n")

    answer = client.post(url, {"file": file, "csrfmiddlewaretoken": token})

    assert answer.status_code == 302
    assert ListRecord.objects.count() == 1


@pytest.mark.threat("T1", "T2")
@pytest.mark.parametrize("size", [0, 200 * 2**20])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_list_is_not_found_when_it_belongs_to_another_account(
    outsider, other_account, marketer, client_of, url, method, size
):
    theirs = MarketingListFactory(account=other_account)
    other_url = reverse("list_upload", args=["example", theirs.pk])
    extra = {"CONTENT_LENGTH": str(size)} if size else {}

    assert client_of(outsider).generic(method, url, **extra).status_code == 404
    assert client_of(marketer).generic(method, other_url, **extra).status_code == 404


@pytest.mark.threat("T2")
@pytest.mark.parametrize("size", [0, 200 * 2**20])
def test_page_is_forbidden_when_the_role_has_nothing_to_do_with_lists(
    salesperson, client_of, url, size
):
    extra = {"CONTENT_LENGTH": str(size)} if size else {}

    assert client_of(salesperson).get(url).status_code == 403
    assert client_of(salesperson).post(url, **extra).status_code == 403
