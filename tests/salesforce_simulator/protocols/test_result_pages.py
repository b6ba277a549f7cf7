import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.bulk import result_pages
from salesforce_simulator.protocols.bulk.result_pages import Result, ResultWriter


def render(rows):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["Id", "Note"], *rows])
    return text.getvalue().encode()


def write(directory, rows, stride):
    chunks = [rows[i : i + stride] for i in range(0, len(rows), stride)] or [[]]
    list(ResultWriter(directory).write((len(c), render(c)) for c in chunks))


def read(result, size):
    """Return the rows of all pages and the number of pages."""
    rows, locator, pages = [], None, 0
    while True:
        page = result.page(locator, size)
        with page.path.open("rb") as file:
            file.seek(page.start)
            data = page.header + file.read(page.end - page.start)
        found = list(csv.reader(io.StringIO(data.decode(), newline="")))
        assert found[0] == ["Id", "Note"]
        assert len(found) - 1 == page.rows
        rows += found[1:]
        pages += 1
        locator = page.next_locator
        if locator is None:
            return rows, pages


texts = st.text(alphabet='ab",\n\r\u2028é', max_size=6)


@given(rows=st.lists(st.tuples(texts, texts).map(list), max_size=30), size=st.integers(1, 9))
def test_pages_of_any_size_hold_every_row_once_whatever_the_cells_contain(
    tmp_path_factory, rows, size
):
    directory = tmp_path_factory.mktemp("result")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(result_pages, "STRIDE", 4)
        write(directory, rows, 4)
        found, pages = read(Result(directory), size)
    assert found == rows
    assert pages == max(1, -(-len(rows) // size))


def test_empty_result_is_one_page_with_a_header(tmp_path):
    write(tmp_path, [], 4)
    assert read(Result(tmp_path), None) == ([], 1)


@pytest.mark.parametrize("locator", ["%%%", "xyz", "OTk5", "Mg", "LTE", "é"])
def test_locator_is_refused_when_the_result_has_no_such_page(tmp_path, locator):
    write(tmp_path, [["1", "a"], ["2", "b"]], 4)
    with pytest.raises(SalesforceError) as caught:
        Result(tmp_path).page(locator, 1)
    assert caught.value.code == "INVALIDLOCATOR"


def test_parallel_locators_cover_the_whole_result(tmp_path, monkeypatch):
    monkeypatch.setattr(result_pages, "DEFAULT_PAGE_ROWS", 3)
    monkeypatch.setattr(result_pages, "STRIDE", 2)
    rows = [[str(n), "x\ny"] for n in range(10)]
    write(tmp_path, rows, 2)
    result = Result(tmp_path)
    first, rest = result.locators_from(None, 3)
    second, end = result.locators_from(rest, 3)
    assert [result.page(each, None).rows for each in [*first, *second]] == [3, 3, 3, 1]
    assert end is None
