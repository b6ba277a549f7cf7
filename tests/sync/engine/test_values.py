"""Values on their way to Salesforce."""

import pytest

from sync.engine.values import InvalidValueError, to_csv, to_json


@pytest.mark.parametrize(
    ("text", "data_type", "expected"),
    [
        ("Ann", "string", "Ann"),
        ("", "string", None),
        (None, "email", None),
        ("true", "boolean", True),
        ("No", "boolean", False),
        (None, "boolean", False),
        ("12", "int", 12),
        ("12.5", "currency", 12.5),
        ("12.0", "double", 12.0),
        ("9007199254740993", "long", 9007199254740993),
        ("2026-01-31", "date", "2026-01-31"),
        ("007", "string", "007"),
    ],
)
def test_a_text_becomes_the_json_value_of_its_type(text, data_type, expected):
    value = to_json(text, data_type)

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "data_type"),
    [
        ("many", "int"),
        ("nan", "double"),
        ("inf", "double"),
        ("1_000", "double"),
        ("perhaps", "boolean"),
        ("#N/A", "string"),
    ],
)
def test_a_text_that_is_no_value_of_its_type_is_refused(text, data_type):
    with pytest.raises(InvalidValueError, match=text):
        to_json(text, data_type)


def test_a_blank_cell_clears_the_field():
    assert to_csv("", "string") == "#N/A"
    assert to_csv(None, "double") == "#N/A"


def test_a_cell_keeps_its_text():
    assert to_csv(' Müller\n, "Söhne" ', "string") == ' Müller\n, "Söhne" '
    assert to_csv("1200.50", "currency") == "1200.50"
    assert to_csv(None, "boolean") == "false"
