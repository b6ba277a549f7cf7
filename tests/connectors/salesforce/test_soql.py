"""SELECT statements that user data cannot bend."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.salesforce import (
    AllOf,
    AnyOf,
    Condition,
    build_count,
    build_select,
    build_selects_in,
    contains,
    starts_with,
)

KNOWN = frozenset(
    {"Id", "Name", "Email", "Account.Name", "SystemModstamp", "IsDeleted", "Score__c"}
)
STRING = re.compile(r"'(?:[^'\\\n\r]|\\.)*'")


def where(condition):
    return build_select("Lead", ["Id"], known_fields=KNOWN, where=condition).partition(" WHERE ")[2]


def test_select_names_fields_order_and_limit_when_they_are_known():
    soql = build_select(
        "Contact", ["Id", "Account.Name"], known_fields=KNOWN,
        where=Condition("Name", "=", "Anna"), order_by=["SystemModstamp", "Id"], limit=10,
    )  # fmt: skip

    assert soql == (
        "SELECT Id, Account.Name FROM Contact WHERE Name = 'Anna' "
        "ORDER BY SystemModstamp, Id LIMIT 10"
    )
    assert build_count("Lead", known_fields=KNOWN) == "SELECT COUNT() FROM Lead"


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition("Name", "=", "O'Brien"), r"Name = 'O\'Brien'"),
        (Condition("Name", "!=", None), "Name != null"),
        (Condition("IsDeleted", "=", True), "IsDeleted = true"),
        (Condition("Score__c", ">=", 12), "Score__c >= 12"),
        (Condition("Score__c", "<", 1.5), "Score__c < 1.5"),
        (
            Condition("SystemModstamp", ">", datetime(2026, 1, 2, 3, 4, 5, 999, tzinfo=UTC)),
            "SystemModstamp > 2026-01-02T03:04:05+00:00",
        ),
        (
            Condition(
                "SystemModstamp", "<=", datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
            ),
            "SystemModstamp <= 2026-01-02T01:00:00+00:00",
        ),
        (Condition("SystemModstamp", "=", date(2026, 1, 2)), "SystemModstamp = 2026-01-02"),
        (Condition("Id", "IN", ["a", "b"]), "Id IN ('a','b')"),
        (Condition("Id", "NOT IN", ("a",)), "Id NOT IN ('a')"),
        (starts_with("Email", "50%_off"), r"Email LIKE '50\%\_off%'"),
        (contains("Email", "it's"), r"Email LIKE '%it\'s%'"),
        (
            AllOf(
                Condition("Name", "=", "a"), AnyOf(Condition("Id", "=", "b"), contains("Id", "c"))
            ),
            "(Name = 'a') AND ((Id = 'b') OR (Id LIKE '%c%'))",
        ),
    ],
)
def test_condition_becomes_soql_when_it_is_sound(condition, text):
    assert where(condition) == text


@pytest.mark.threat("T11")
@pytest.mark.parametrize(
    "field",
    [
        "Phone",
        "id",
        "Id, Name",
        "Id FROM User",
        "Id--",
        "",
        "Id;",
        "Account.Owner",
        "COUNT()",
        "Id\n",
    ],
)
def test_identifier_is_refused_when_it_is_not_known(field):
    for build in (
        lambda: build_select("Lead", [field], known_fields=KNOWN),
        lambda: build_select("Lead", ["Id"], known_fields=KNOWN, order_by=[field]),
        lambda: build_count("Lead", known_fields=KNOWN, where=Condition(field, "=", 1)),
        lambda: build_count("Lead", known_fields=KNOWN, where=contains(field, "x")),
    ):
        with pytest.raises(ValueError, match="not a field"):
            build()


@pytest.mark.threat("T11")
def test_identifier_is_refused_when_even_the_known_set_is_poisoned():
    poison = "Id FROM User WHERE Name != '' --"

    with pytest.raises(ValueError, match="not a field"):
        build_select("Lead", [poison], known_fields={poison})


@pytest.mark.threat("T11")
@pytest.mark.parametrize(
    "name", ["Lead WHERE Id != ''", "Lead, User", "", "1Lead", "Lead\n", "Léad"]
)
def test_object_is_refused_when_it_is_no_name(name):
    with pytest.raises(ValueError, match="not the name"):
        build_select(name, ["Id"], known_fields=KNOWN)


@pytest.mark.threat("T11")
@pytest.mark.parametrize(
    "condition",
    [
        Condition("Id", "= '' OR Id !=", "x"),  # type: ignore[arg-type]  # on purpose
        Condition("Id", "IN", []),
        Condition("Id", "IN", "text"),
        Condition("Id", "=", ["a"]),
        Condition("Id", "=", b"bytes"),  # type: ignore[arg-type]  # on purpose
        Condition("Id", "=", float("nan")),
        Condition("Id", "=", float("inf")),
        Condition("Id", "=", datetime(2026, 1, 2)),  # noqa: DTZ001 - on purpose
        Condition("Id", "=", "x" * 4001),
        Condition("Id", "=", "nul\x00"),
        contains("Id", "\x1b"),
        AllOf(),
        AnyOf(),
    ],
)
def test_condition_is_refused_when_soql_cannot_hold_it(condition):
    with pytest.raises(ValueError, match=r"\w"):
        where(condition)


@pytest.mark.threat("T11")
@settings(max_examples=10_000)
@given(
    st.text() | st.text("'\\\"%_() \n\r\tOR=", max_size=20), st.sampled_from(["=", "IN", "LIKE"])
)
def test_statement_keeps_its_shape_when_the_value_is_hostile(text, kind):
    conditions = {
        "=": Condition("Name", "=", text),
        "IN": Condition("Name", "IN", [text, text]),
        "LIKE": contains("Name", text),
    }
    shapes = {"=": "Name = ?", "IN": "Name IN (?,?)", "LIKE": "Name LIKE ?"}
    try:
        clause = where(conditions[kind])
    except ValueError:
        return  # control characters are refused as a whole

    assert STRING.sub("?", clause) == shapes[kind]


@pytest.mark.fault("F22")
def test_values_are_divided_when_one_uri_cannot_hold_them():
    ids = [f"00Q5e00000{number:05}EAA" for number in range(2_000)]

    statements = list(
        build_selects_in(
            "Lead", ["Id", "Email"], known_fields=KNOWN, field="Id", values=iter(ids),
            where=AnyOf(Condition("Name", "=", "a"), Condition("Name", "=", "b")),
        )
    )  # fmt: skip

    assert all(len(quote_plus(statement)) <= 14_000 for statement in statements)
    assert [found for one in statements for found in re.findall(r"'(00Q\w+)'", one)] == ids
    assert len(statements) == 4
    assert all("AND ((Name = 'a') OR (Name = 'b'))" in statement for statement in statements)


def test_no_statement_is_made_when_there_are_no_values():
    assert not list(build_selects_in("Lead", ["Id"], known_fields=KNOWN, field="Id", values=[]))
