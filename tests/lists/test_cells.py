import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from lists.cells import change_cell, clean_value

KEYS = st.sampled_from(["Title", "Phone", "City"])
VALUES = st.none() | st.text(max_size=3)


def test_first_change_keeps_the_agreed_value():
    change = change_cell({"Title": "Old"}, None, "Title", "New", is_mirrored=True)

    assert change == ({"Title": "New"}, {"Title": "Old"})


def test_second_change_keeps_the_first_agreed_value():
    change = change_cell({"Title": "New"}, {"Title": "Old"}, "Title", "Newer", is_mirrored=True)

    assert change == ({"Title": "Newer"}, {"Title": "Old"})


def test_nothing_is_left_to_push_when_a_cell_goes_back_to_the_agreed_value():
    change = change_cell({"Title": "New"}, {"Title": "Old"}, "Title", "Old", is_mirrored=True)

    assert change == ({"Title": "Old"}, None)


def test_other_open_edits_stay_when_one_cell_goes_back():
    dirty = {"Title": "Old", "Phone": None}

    change = change_cell({"Title": "New"}, dirty, "Title", "Old", is_mirrored=True)

    assert change.dirty == {"Phone": None}


def test_blank_base_is_kept_when_the_cell_was_empty():
    assert change_cell({}, None, "Title", "New", is_mirrored=True).dirty == {"Title": None}


def test_nothing_is_marked_when_salesforce_does_not_have_the_cell():
    change = change_cell({"Title": "Old"}, None, "Title", "New", is_mirrored=False)

    assert change == ({"Title": "New"}, None)


@given(data=st.dictionaries(KEYS, VALUES), edits=st.lists(st.tuples(KEYS, VALUES)))
def test_open_edits_always_lead_back_to_the_agreed_record(data, edits):
    agreed, now, dirty = {**data}, data, None
    for key, value in edits:
        now, dirty = change_cell(now, dirty, key, value, is_mirrored=True)

    assert dirty is None or dirty
    taken_back = {**now, **(dirty or {})}
    assert all(taken_back.get(key) == agreed.get(key) for key in {*agreed, *now})
    assert all(now.get(key) != base for key, base in (dirty or {}).items())


@pytest.mark.parametrize(
    ("text", "data_type", "expected"),
    [
        ("  Cook ", "string", "Cook"),
        ("", "string", None),
        (None, "string", None),
        (" \n ", "textarea", None),
        ("Yes", "boolean", "true"),
        ("0", "boolean", "false"),
        (None, "boolean", "false"),
        ("-12.5", "currency", "-12.5"),
        ("2026-01-31", "date", "2026-01-31"),
        ("2026-01-31T09:30:00.000Z", "datetime", "2026-01-31T09:30:00.000Z"),
        ("A.Person@Example.COM", "email", "a.person@example.com"),
        ("005000000000001", "reference", "005000000000001AAA"),
        ("=1+1", "string", "=1+1"),
    ],
)
def test_value_is_stored_as_salesforce_would_have_it(text, data_type, expected):
    assert clean_value(text, data_type) == expected


@pytest.mark.parametrize(
    ("text", "data_type"),
    [
        ("a\x00b", "string"),
        ("perhaps", "boolean"),
        ("1,200", "double"),
        ("1_000", "double"),
        ("nan", "percent"),
        ("inf", "int"),
        ("31.01.2026", "date"),
        ("2026-01-31T09:30:00", "datetime"),
        ("later", "datetime"),
        ("nobody", "email"),
        (f"{'a' * 250}@example.com", "email"),
        ("not an id", "reference"),
    ],
)
def test_value_is_refused_when_salesforce_would_refuse_it(text, data_type):
    with pytest.raises(ValidationError):
        clean_value(text, data_type)


def test_value_is_refused_when_it_is_longer_than_the_field():
    assert clean_value("12345", "string", max_length=5) == "12345"
    with pytest.raises(ValidationError, match="at most 5 characters"):
        clean_value("123456", "string", max_length=5)
