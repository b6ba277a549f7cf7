"""Records that come into a list from a sound file."""

import csv
import io

import pytest

from acton_connector.accounts.models import AuditEvent
from lists.models import ListRecord
from lists.uploads import UploadResult


def by_email():
    return {record.email: record for record in ListRecord.objects.all()}


def test_row_becomes_a_record_that_salesforce_does_not_know_when_its_address_is_new(people, upload):
    result = upload("E-mail,First Name\r\n Ada@Example.COM ,Ada\r\n")

    assert result == UploadResult(added=1, changed=0, unchanged=0, encoding="UTF-8")
    record = ListRecord.objects.get()
    assert (record.list, record.email) == (people, "ada@example.com")
    assert (record.salesforce_id, record.dirty, record.content_hash) == (None, None, None)
    assert record.edited_at == record.updated_at
    assert record.data == {"Email": "ada@example.com", "FirstName": "Ada"}


def test_list_counts_its_new_records_when_a_file_was_uploaded(people, upload):
    upload("E-mail\na@example.com\nb@example.com\n")

    people.refresh_from_db()
    assert people.record_count == 2


def test_upload_stands_in_the_audit_log_without_any_address(people, upload, marketer):
    upload("E-mail\nada@example.com\n")

    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.subject) == ("list.uploaded", marketer, "People")
    assert event.after == {"added": 1, "changed": 0, "unchanged": 0, "encoding": "UTF-8"}


@pytest.mark.parametrize(
    "header", ["E-mail", " e-MAIL ", "Email", "EMAIL", '"E-mail"', "\ufeffE-mail"]
)
def test_column_is_found_by_its_name_key_or_field_when_the_header_is_written_freely(upload, header):
    assert upload(f"{header}\nada@example.com\n").added == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_file_is_read_whatever_separates_its_cells_and_rows(upload, delimiter, line_end):
    rows = [["City", "E-mail"], ["Rome, Italy; EU", "ada@example.com"]]
    text = line_end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)

    upload(text)

    assert by_email()["ada@example.com"].data["City"] == "Rome, Italy; EU"


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("cp1252", "Windows-1252 (Latin-1)"),
        ("latin-1", "Windows-1252 (Latin-1)"),
    ],
)
def test_letters_beyond_ascii_are_read_and_their_encoding_is_told(upload, codec, label):
    result = upload("E-mail,City\nada@example.com,Zürich\n".encode(codec))

    assert result.encoding == label
    assert by_email()["ada@example.com"].data["City"] == "Zürich"


def test_utf_16_is_read_whatever_the_order_of_its_bytes(upload):
    upload(b"\xfe\xff" + "E-mail,City\nada@example.com,Zürich\n".encode("utf-16-be"))

    assert by_email()["ada@example.com"].data["City"] == "Zürich"


@pytest.mark.fault("F72")
@pytest.mark.parametrize(
    "text",
    [
        "two\nlines",
        "two\r\nlines",
        'a "quoted" word',
        "a, b; c\td",
        "👩‍💻 and 🏳️‍🌈",
        "line\u2028separator",
        "'t Hart",
        "<script>alert(1)</script>",
        "é and e\u0301",
        "x" * 200_000,
        "y\n" * 200_000 + "y",
    ],
    ids=lambda text: repr(text)[:20],
)
def test_text_of_every_kind_is_kept_when_it_stands_in_a_cell(upload, text):
    file = io.StringIO()
    csv.writer(file).writerows([["E-mail", "Note"], ["ada@example.com", text]])

    upload(file.getvalue())

    assert by_email()["ada@example.com"].data["note"] == text


@pytest.mark.threat("T12")
def test_apostrophe_of_our_export_is_taken_off_when_a_cell_begins_like_a_formula(upload):
    upload("E-mail,Phone,Note\nada@example.com,'+49 89 1234,'=1+1\n")

    data = by_email()["ada@example.com"].data
    assert (data["Phone"], data["note"]) == ("+49 89 1234", "=1+1")


def test_blank_cell_of_a_new_record_is_stored_as_its_type_says(upload):
    upload("E-mail,City,Do Not Call\nada@example.com,,\n")

    assert by_email()["ada@example.com"].data == {
        "Email": "ada@example.com", "City": None, "DoNotCall": "false",
    }  # fmt: skip


def test_empty_rows_are_skipped(upload):
    result = upload("E-mail,City\n\na@example.com,\n,\nb@example.com,\n\n\n")

    assert result.added == 2


def test_upload_of_many_rows_adds_every_one(people, upload):
    lines = [f"p{n}@example.com,{n}" for n in range(2_500)]

    assert upload("E-mail,Note\n" + "\n".join(lines)).added == 2_500
    assert {each.email: each.data["note"] for each in ListRecord.objects.all()} == {
        f"p{n}@example.com": str(n) for n in range(2_500)
    }
