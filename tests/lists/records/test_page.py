"""A page's header, its end, and the characters that no database holds."""

import pytest

from lists.records.errors import MissingColumnError, TruncatedPageError
from lists.records.page import CsvPage
from tests.lists.records.pages import cut

EXPECTED = ("Id", "OwnerId", "Email")


def read(body: bytes, size: int = 3) -> tuple[CsvPage, bytes]:
    page = CsvPage(cut(body, size), EXPECTED)
    return page, b"".join(page.body())


@pytest.mark.fault("F75")
def test_header_is_found_whatever_its_order_case_and_mark():
    page, body = read(b'\xef\xbb\xbf"EMAIL","id","ownerID"\r\n"a","b","c"\n')
    assert page.columns == ("Email", "Id", "OwnerId")
    assert body == b'"a","b","c"\n'


@pytest.mark.fault("F35", "F75")
@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (b'"Id","OwnerId"\n', "lacks Email"),
        (b'"Id","OwnerId","Email","email"\n', "twice"),
        (b'"Id","OwnerId","Email","Phone"\n', "Phone unasked"),
        (b"<html>\n", "lacks Id, OwnerId, Email"),
        (b"\n", "lacks Id, OwnerId, Email"),
    ],
)
def test_page_is_refused_when_its_header_is_another_one(header, sentence):
    with pytest.raises(MissingColumnError, match=sentence):
        CsvPage(iter([header]), EXPECTED)


@pytest.mark.parametrize("body", [b'"Id","Ow', b'"Id,\n', b'"\xff"\n'])
def test_page_is_refused_when_its_header_is_broken(body):
    with pytest.raises(TruncatedPageError):
        CsvPage(iter([body]), EXPECTED)


@pytest.mark.parametrize("body", [b"", b"\xef\xbb\xbf"])
def test_page_without_a_byte_holds_no_record(body):
    page, rest = read(body)
    assert page.is_empty
    assert rest == b""


@pytest.mark.fault("F50")
def test_page_is_refused_when_its_last_row_does_not_end_its_line():
    with pytest.raises(TruncatedPageError, match="middle of a row"):
        read(b'Id,OwnerId,Email\n"a","b","c"')


@pytest.mark.fault("F74")
@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_what_no_database_holds_is_replaced_and_counted_however_it_is_cut(size):
    surrogate = "\ud800".encode("utf-8", "surrogatepass")
    hangul = "\ud7a3".encode()  # begins with the same byte as a surrogate
    page, body = read(b"Id,OwnerId,Email\n\0," + surrogate + b"," + hangul + b"\n", size)
    assert body.decode() == "\ufffd,\ufffd,\ud7a3\n"
    assert page.replaced == 2
