"""Cells that no spreadsheet computes, and their text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lists.csv_cells import guard, unguard


@pytest.mark.threat("T12")
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_guard_puts_an_apostrophe_in_front_when_text_begins_like_a_formula(start):
    assert guard(f'{start}HYPERLINK("http://evil.example")')[0] == "'"


@pytest.mark.parametrize("text", ["", "Ada", "1815", " =1", "O'Neill", "“=1”"])
def test_guard_leaves_other_text_as_it_is(text):
    assert guard(text) == unguard(text) == text


@pytest.mark.parametrize("text", ["'t Hart", "'", "'Neill"])
def test_unguard_keeps_an_apostrophe_when_no_formula_follows(text):
    assert unguard(text) == text


@given(st.text(st.sampled_from("'=+-@\t\r\nA ")) | st.text())
def test_text_comes_back_when_it_was_guarded(text):
    assert unguard(guard(text)) == text
