"""What holds for every file, whatever is in it."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lists.models import ListRecord
from lists.uploads.encoding import UTF_8, UTF_16, WINDOWS, detect_encoding
from lists.uploads.rows import iter_rows

# What makes CSV hard, more often than any other letter.
AWKWARD = st.sampled_from(list("\",;\t\r\n\0'=+ \u2028\u0085\x0b\x1c\ufeff“é😀"))
text = st.text(AWKWARD | st.characters(exclude_categories=["Cs"]), max_size=20)
tables = st.lists(st.lists(text, min_size=1, max_size=4), min_size=1, max_size=6)
line_ends = st.sampled_from(["\n", "\r\n"])

in_the_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(table, delimiter, line_end, quoting=csv.QUOTE_ALL):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(table)
    return file.getvalue()


@given(tables, st.sampled_from(",;\t"), line_ends, st.sampled_from(["utf-8-sig", "utf-16"]))
def test_file_comes_back_cell_by_cell_when_every_cell_was_quoted(table, delimiter, end, codec):
    table = [["A heading of the file"], *table]
    file = io.BytesIO(write(table, delimiter, end).encode(codec))

    encoding = detect_encoding(file)

    assert encoding == (UTF_16 if codec == "utf-16" else UTF_8)
    assert list(iter_rows(file, encoding, delimiter)) == table


@given(tables, st.sampled_from(",;\t"))
def test_file_comes_back_cell_by_cell_when_python_wrote_it(table, delimiter):
    file = io.BytesIO(write(table, delimiter, "\r\n", csv.QUOTE_MINIMAL).encode("utf-8-sig"))

    assert list(iter_rows(file, UTF_8, delimiter)) == table


@given(st.text(st.characters(codec="cp1252"), min_size=1))
def test_text_of_windows_is_read_as_it_was_written_unless_it_looks_like_utf_8(written):
    content = b"E-mail,City,caf\xe9," + written.encode("cp1252")
    encoding = detect_encoding(io.BytesIO(content))

    assert encoding == WINDOWS
    assert content.decode(encoding.codec).endswith(written)


@st.composite
def broken_files(draw):
    """A sound file of which a piece was replaced by anything."""
    rows = draw(st.lists(st.tuples(st.emails(), text), max_size=4))
    content = write([("E-mail", "Note"), *rows], draw(st.sampled_from(",;\t")), "\n").encode(
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    )
    start = draw(st.integers(0, len(content)))
    return content[:start] + draw(st.binary(max_size=20)) + content[draw(st.integers(start)) :]


@pytest.mark.django_db
@in_the_database
@given(content=st.binary() | broken_files())
@example(b"E-mail\n\xff\xfe")
@example(b"\xff\xfe")
@example(b"E-mail,Note\na@example.com,\xed\xa0\x80")
@example("E-mail,Note\na@example.com,\ud800".encode("utf-16", "surrogatepass"))
def test_page_answers_in_words_whatever_the_file_holds(people, marketer, client_of, content):
    before = ListRecord.objects.count()
    file = SimpleUploadedFile("people.csv", content)

    answer = client_of(marketer).post(
        reverse("list_upload", args=["example", people.pk]), {"file": file}
    )

    assert answer.status_code in {302, 200}
    if answer.status_code == 200:
        assert ListRecord.objects.count() == before
        assert b"The file was not taken over" in answer.content


@pytest.mark.django_db
@in_the_database
@given(written=text.filter(lambda cell: "\0" not in cell))
def test_text_comes_into_the_list_as_a_cell_keeps_it(people, upload, written):
    ListRecord.objects.all().delete()

    upload(write([["E-mail", "Note"], ["a@example.com", f"x{written}x"]], ",", "\r\n"))

    assert ListRecord.objects.get().data["note"] == f"x{written}x"
