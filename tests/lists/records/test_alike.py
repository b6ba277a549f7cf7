"""One value, written in two ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lists.records.alike import FORMS, are_alike

TYPES = ["string", "textarea", "date", *FORMS]
texts = st.none() | st.text(max_size=8) | st.sampled_from(["1.0", "yes", "2026-01-31T00:00:00Z"])


@pytest.mark.fault("F47")
@pytest.mark.parametrize(
    ("data_type", "sent", "stored"),
    [
        ("string", "  Ada ", "Ada"),
        ("string", "   ", None),
        ("textarea", "one\r\ntwo", "one\ntwo"),
        ("email", "Ada@Example.COM", "ada@example.com"),
        ("phone", "+1 555 0100", "+1 (555) 0100"),
        ("picklist", "hot", "Hot"),
        ("multipicklist", "b;A", "a;b"),
        ("boolean", "yes", "true"),
        ("double", "1200.50", "1200.5"),
        ("int", "+7", "7"),
        ("currency", "10000000.0", "1.0E7"),
        ("datetime", "2026-01-31T10:30:00+01:00", "2026-01-31T09:30:00.000Z"),
        ("datetime", "2026-01-31T09:30:00.750Z", "2026-01-31T09:30:00.000+0000"),
        ("reference", "005000000ABCdef", "005000000ABCdefAAA"),
    ],
)
def test_value_is_the_same_when_salesforce_stored_it_its_own_way(data_type, sent, stored):
    assert are_alike(sent, stored, data_type)
    assert are_alike(stored, sent, data_type)


@pytest.mark.parametrize(
    ("data_type", "one", "other"),
    [
        ("string", "ada", "Ada"),
        ("string", "1.0", "1"),
        ("string", "", "x"),
        ("email", "ada@example.com", None),
        ("phone", "555 0100", "555 0101"),
        ("phone", "unknown", None),
        ("phone", "-", None),
        ("boolean", "true", "false"),
        ("double", "1.5", "1.50001"),
        ("double", "many", "more"),
        ("date", "2026-01-31", "2026-02-01"),
        ("datetime", "2026-01-31T09:30:00Z", "2026-01-31T09:30:01Z"),
        ("datetime", "2026-01-31T09:30:00", "2026-01-31T09:30:00Z"),
        ("multipicklist", "a", "a;b"),
        ("reference", "005000000ABCdef", "005000000ABCdeg"),
    ],
)
def test_value_is_another_one_when_more_than_its_letters_differ(data_type, one, other):
    assert not are_alike(one, other, data_type)


@given(st.sampled_from(TYPES), texts, texts)
def test_likeness_holds_both_ways_and_of_every_text_with_itself(data_type, one, other):
    assert are_alike(one, one, data_type)
    assert are_alike(one, other, data_type) == are_alike(other, one, data_type)


@given(st.sampled_from(TYPES), st.sampled_from(["a", "0", "true", "1.5", "2026-01-31T00:00:00Z"]))
def test_blank_is_like_no_value(data_type, value):
    assert not are_alike(value, None, data_type)
