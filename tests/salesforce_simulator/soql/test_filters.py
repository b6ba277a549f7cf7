"""What a filter finds, compared with a plain reading of the rules in Python."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesforce_simulator.organisation.organisation import Organisation

TEXTS = [None, "a", "A", "ab", "Ab%", "a_b", "b", "Ä", "ä", "o'x", "back\\slash", "Ünder_score%"]
NUMBERS = [None, 0, 1, 2, 7, 100]
ROWS = [
    {"FirstName": text, "NumberOfEmployees": NUMBERS[(place * 5 + step) % len(NUMBERS)],
     "HasOptedOutOfEmail": (place + step) % 3 == 0}
    for place, text in enumerate(TEXTS) for step in range(3)
]  # fmt: skip


@dataclass(frozen=True)
class Filter:
    soql: str
    holds: object


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    organisation = Organisation.open(tmp_path_factory.mktemp("filters"), seed="leads:0")
    given = organisation.credentials()
    session = organisation.login(given["username"], given["password"] + given["security_token"])
    for number, row in enumerate(ROWS):
        organisation.create("Lead", {"LastName": str(number), "Company": "x", **row}, session)
    yield organisation, session
    organisation.close()


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def same(left, right):
    if left is None or right is None:
        return left is right
    return left.lower() == right.lower() if isinstance(left, str) else left == right


def text_equality(text, negated):
    operator = "!=" if negated else "="
    literal = "null" if text is None else quoted(text)
    return Filter(
        f"FirstName {operator} {literal}", lambda row: same(row["FirstName"], text) != negated
    )


def number_comparison(operator, number):
    tests = {
        "=": lambda value: value == number,
        "!=": lambda value: value != number,
        "<": lambda value: value is not None and value < number,
        "<=": lambda value: value is not None and value <= number,
        ">": lambda value: value is not None and value > number,
        ">=": lambda value: value is not None and value >= number,
    }
    return Filter(
        f"NumberOfEmployees {operator} {number}",
        lambda row: tests[operator](row["NumberOfEmployees"]),
    )


def membership(texts, negated):
    listed = ", ".join("null" if text is None else quoted(text) for text in texts)
    return Filter(
        f"FirstName {'NOT ' if negated else ''}IN ({listed})",
        lambda row: any(same(row["FirstName"], text) for text in texts) != negated,
    )


def like(pieces):
    """A pattern of plain letters, wildcards, and wildcards meant literally."""
    soql = "".join({"\\%": "\\%", "\\_": "\\_", "\\": "\\\\"}.get(piece, piece) for piece in pieces)
    regex = "".join({"%": ".*", "_": "."}.get(p, re.escape(p[-1])) for p in pieces)
    pattern = re.compile(regex, re.IGNORECASE | re.DOTALL)
    return Filter(
        f"FirstName LIKE '{soql}'",
        lambda row: row["FirstName"] is not None and bool(pattern.fullmatch(row["FirstName"])),
    )


def checkbox(value):
    return Filter(
        f"HasOptedOutOfEmail = {str(value).upper()}", lambda row: row["HasOptedOutOfEmail"] is value
    )


atoms = st.one_of(
    st.builds(text_equality, st.sampled_from(TEXTS), st.booleans()),
    st.builds(
        number_comparison,
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        st.sampled_from(NUMBERS[1:]),
    ),
    st.builds(membership, st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4), st.booleans()),
    st.builds(
        like,
        st.lists(
            st.sampled_from(["a", "B", "ä", "%", "_", "\\%", "\\_", "\\"]), min_size=1, max_size=4
        ),
    ),
    st.builds(checkbox, st.booleans()),
)


def join(word, parts):
    return Filter(
        "(" + f" {word} ".join(part.soql for part in parts) + ")",
        lambda row: (all if word == "AND" else any)(part.holds(row) for part in parts),
    )


def negate(part):
    return Filter(f"(NOT {part.soql})", lambda row: not part.holds(row))


filters = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(join, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3)),
        st.builds(negate, inner),
    ),
    max_leaves=6,
)


@given(filters)
def test_filter_finds_what_its_rules_say(world, chosen):
    organisation, session = world
    result = organisation.query(f"SELECT LastName FROM Lead WHERE {chosen.soql}", session)
    found = {int(name) for (name,) in result.rows()}
    assert found == {number for number, row in enumerate(ROWS) if chosen.holds(row)}


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a\\_b", {"a_b"}),
        ("a_%", {"ab", "Ab%", "a_b"}),
        ("ab\\%", {"Ab%"}),
        ("%\\\\\\\\%", set()),
        ("%\\\\%", {"back\\slash"}),
        ("ä", {"Ä", "ä"}),
        ("ü%\\_%", {"Ünder_score%"}),
        ("o\\'x", {"o'x"}),
    ],
)
def test_like_takes_escaped_wildcards_literally(world, pattern, found):
    organisation, session = world
    soql = f"SELECT FirstName FROM Lead WHERE FirstName LIKE '{pattern}'"
    assert {name for (name,) in organisation.query(soql, session).rows()} == found
