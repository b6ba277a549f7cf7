"""Files that are refused: in sentences, and without a trace in the list."""

import io
import zipfile

import pytest

from acton_connector.accounts.models import AuditEvent
from lists.models import ListColumn, ListRecord
from lists.uploads import UploadError, upload_csv
from tests.factories import ListColumnFactory, ListRecordFactory

GOOD = "good@example.com,Rome\n"
CANNOT_BE_READ = (
    "it cannot be read. A quotation mark is not closed or stands in the wrong place, or a cell "
    "is too long."
)


@pytest.fixture
def refused(people, upload):
    """Return what a file is told, after a look at the list: it must be as it was."""
    ListRecordFactory(list=people, email="good@example.com", data={"Email": "good@example.com"})
    before = list(ListRecord.objects.values())

    def run(content):
        with pytest.raises(UploadError) as refusal:
            upload(content)
        assert list(ListRecord.objects.values()) == before
        assert not AuditEvent.objects.exists()
        return refusal.value.sentences

    return run


def test_file_is_refused_when_it_is_empty(refused):
    assert refused(b"") == ("The file is empty.",)


@pytest.mark.parametrize("content", ["E-mail,City", "E-mail,City\r\n", "E-mail,City\n\n,\n"])
def test_file_is_refused_when_it_has_no_row_below_its_header(refused, content):
    assert refused(content) == ("The file has no rows below its header.",)


def test_file_is_refused_with_the_names_when_its_header_names_an_unknown_column(refused):
    (sentence,) = refused("E-mail,Town\n" + GOOD)

    assert sentence == (
        "Row 1: the list has no column “Town”. Its columns are “E-mail”, “First Name”, “City”, "
        "“Phone”, “Employees”, “Do Not Call”, “Score”, “Note”."
    )


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("City,E-mail,city", "Row 1: the column “city” stands there twice."),
        ("E-mail,City,Email", "Row 1: the column “Email” stands there twice."),
        (
            "E-mail,Salesforce ID,Salesforce id",
            "Row 1: the column “Salesforce id” stands there twice.",
        ),
        ("E-mail,", "Row 1: column 2 has no name."),
        ("City", "The file has no e-mail addresses. It needs the column “E-mail”."),
    ],
)
def test_file_is_refused_when_its_header_does_not_fit(refused, header, sentence):
    assert refused(header + "\n" + GOOD) == (sentence,)


def test_header_names_the_standard_field_when_another_one_has_its_label(people, upload):
    ListColumn.objects.filter(key="City").update(name="City")
    ListColumnFactory(list=people, key="City__c", name="City")

    upload("E-mail,City,City__c\nada@example.com,Rome,Paris\n")

    data = ListRecord.objects.get().data
    assert (data["City"], data["City__c"]) == ("Rome", "Paris")


def test_file_is_refused_when_its_header_may_name_several_columns(people, refused):
    ListColumnFactory(list=people, key="A__c", name="Region")
    ListColumnFactory(list=people, key="B__c", name="Region")

    assert refused("E-mail,Region\n" + GOOD) == (
        "Row 1: “Region” may be one of several columns. Write “A__c” or “B__c”.",
    )


def test_file_is_refused_when_the_list_has_no_column_for_addresses(people, refused):
    ListColumn.objects.update(system_usage="")

    assert refused("E-mail,City\n" + GOOD) == (
        "This list has no column for e-mail addresses, so records cannot be told apart.",
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("ada@example.com", "it has 1 cell; the header has 2."),
        ("ada@example.com,Rome,Italy", "it has 3 cells; the header has 2."),
        (",Rome", "it has no e-mail address."),
        (" ,Rome", "it has no e-mail address."),
        ("ada,Rome", "“ada” is not an e-mail address."),
        ("a@b@example.com,Rome", "“a@b@example.com” is not an e-mail address."),
        ("a@example.com; b@example.com,Rome",
         "“a@example.com; b@example.com” is not an e-mail address."),
        ("x" * 250 + "@example.com,Rome", f"“{'x' * 60}…” is not an e-mail address."),
        ("ada@example.com,Ro\0me", "it holds a NUL character, which no text has."),
        ("good@example.com,Paris", "the address “good@example.com” stands in row 2 already."),
        ("GOOD@Example.com ,Paris", "the address “good@example.com” stands in row 2 already."),
        ('"ada@example.com,Rome', CANNOT_BE_READ),
        ('"ada@example.com"x,Rome', CANNOT_BE_READ),
    ],
)  # fmt: skip
def test_file_is_refused_with_the_row_when_one_row_is_unsound(refused, row, problem):
    assert refused(f"E-mail,City\n{GOOD}new@example.com,Oslo\n{row}\n") == (f"Row 4: {problem}",)


def test_rows_are_numbered_as_a_spreadsheet_does_when_cells_break_lines_and_rows_are_empty(refused):
    content = 'E-mail,Note\na@example.com,"one\ntwo\nthree"\n\n,\nbroken,x\n'

    assert refused(content) == ("Row 5: “broken” is not an e-mail address.",)


def test_every_unsound_row_is_named_when_there_are_several(refused):
    content = 'E-mail,City\nx,\na@example.com\nb@example.com,\nb@example.com,\n"c@example.com'

    assert refused(content) == (
        "Row 2: “x” is not an e-mail address.",
        "Row 3: it has 1 cell; the header has 2.",
        f"Row 6: {CANNOT_BE_READ}",
        "Row 5: the address “b@example.com” stands in row 4 already.",
    )


@pytest.mark.parametrize(
    ("count", "last"), [(21, "1 more problem."), (1_520, "1,500 more problems.")]
)
def test_first_problems_are_shown_and_the_others_counted_when_there_are_many(refused, count, last):
    sentences = refused("E-mail\n" + "broken\n" * count)

    assert len(sentences) == 21
    assert sentences[0] == "Row 2: “broken” is not an e-mail address."
    assert sentences[19] == "Row 21: “broken” is not an e-mail address."
    assert sentences[20] == f"And {last}"


def workbook():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


@pytest.mark.parametrize("content", [workbook(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500])
def test_workbook_is_refused_with_what_to_do(refused, content):
    (sentence,) = refused(content)

    assert sentence.startswith("This is a spreadsheet's workbook, not a CSV file.")
    assert "save it as “CSV UTF-8”" in sentence


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "E-mail,City\n".encode("utf-16-le"),
        "E-mail,City\n".encode("utf-32"),
        b"\xef\xbb\xbfE-mail\n\xff\xfe\n",
        b"\xff\xfeE\0-\0m",
        b"E-mail,City\nm\x81ller@example.com,\xff\n",
    ],
)
def test_file_is_refused_when_its_bytes_are_no_text(refused, content):
    (sentence,) = refused(content)

    assert sentence.startswith("This is not a CSV file: it holds bytes that are not text.")


@pytest.mark.threat("T27")
def test_file_is_refused_unread_when_it_is_too_large(refused, settings, people, marketer):
    settings.MAX_UPLOAD_MEGABYTES = 1
    largest = "E-mail,Note\na@example.com," + "x" * (2**20 - 26)

    assert len(largest) == 2**20
    (sentence,) = refused(largest + "x")
    assert sentence.startswith("The file is larger than 1 MB. Split it into several files")
    with pytest.raises(UploadError):
        upload_csv(marketing_list=people, file=None, size=2**20 + 1, actor=marketer)


@pytest.mark.threat("T27")
def test_row_is_refused_when_one_line_would_fill_the_memory(refused):
    assert refused("E-mail\na@example.com\n" + "x" * (2**22 + 1)) == (f"Row 3: {CANNOT_BE_READ}",)
