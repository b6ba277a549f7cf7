"""Random filters and filter logic, against the same conditions worked out in plain Python."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesforce_simulator.organisation.reports.filters import listed
from salesforce_simulator.organisation.reports.logic import combine, tidied
from tests.salesforce_simulator.organisation.reports.conftest import CITIES, RATINGS

ZONE = ZoneInfo("America/Los_Angeles")
ORDER = ("lessThan", "greaterThan", "lessOrEqual", "greaterOrEqual")
EQUALITY = ("equals", "notEqual")
FIELDS = {
    "LEAD_ID": "Id",
    "CITY": "City",
    "RATING": "Rating",
    "COMPANY": "Company",
    "EMPLOYEES": "NumberOfEmployees",
    "EMAIL_OPT_OUT": "HasOptedOutOfEmail",
    "EMAIL_BOUNCED_DATE": "EmailBouncedDate",
}


def text_filters(column, values):
    pieces = [value for value in values if value] + ["o", "%", "_", "W", "zzz", "ünï", "\\"]
    one = st.sampled_from(pieces)
    plain = st.sampled_from([piece for piece in pieces if piece.isascii()])
    many = st.lists(one | st.just(""), min_size=1, max_size=3)
    equal = st.tuples(st.just(column), st.sampled_from((*EQUALITY, "contains", "notContain",
                                                        "startsWith")), many)  # fmt: skip
    # How letters of other scripts are sorted is the query's business, and tested there.
    ordered = st.tuples(st.just(column), st.sampled_from(ORDER), plain.map(lambda value: [value]))
    return equal | ordered


def plain_filters(column, values):
    one = st.sampled_from(values)
    equal = st.tuples(
        st.just(column),
        st.sampled_from(EQUALITY),
        st.lists(one | st.just(""), min_size=1, max_size=3),
    )
    ordered = st.tuples(st.just(column), st.sampled_from(ORDER), one.map(lambda value: [value]))
    return equal | ordered


FILTERS = (
    text_filters("CITY", CITIES)
    | text_filters("RATING", RATINGS)
    | text_filters("COMPANY", ("Ünïted", "Acme, Inc."))
    | plain_filters("EMPLOYEES", ("1", "10", "250", "2,500", "99.5", "-1"))
    | plain_filters("EMAIL_BOUNCED_DATE", ("2026-01-01", "2026-02-01", "3/1/2026", "2025-12-31"))
    | st.tuples(
        st.just("EMAIL_OPT_OUT"),
        st.sampled_from(EQUALITY),
        st.sampled_from((["True"], ["false"], ["1"], ["0"])),
    )
)


def logic_of(count):
    """Return filter logic over so many filters, as text and as nested tuples."""
    return st.permutations(range(1, count + 1)).flatmap(lambda numbers: trees(tuple(numbers)))


def trees(numbers):
    if len(numbers) == 1:
        return st.sampled_from((("not", numbers[0]), numbers[0]))
    cut = st.integers(1, len(numbers) - 1)
    return st.tuples(st.sampled_from(("and", "or")), cut).flatmap(
        lambda drawn: st.tuples(
            st.just(drawn[0]), trees(numbers[: drawn[1]]), trees(numbers[drawn[1] :])
        )
    )


def written(tree):
    if isinstance(tree, int):
        return str(tree)
    if tree[0] == "not":
        return f"NOT {tree[1]}"
    return f"({written(tree[1])} {tree[0].upper()} {written(tree[2])})"


def holds(tree, answers):
    if isinstance(tree, int):
        return answers[tree - 1]
    if tree[0] == "not":
        return not answers[tree[1] - 1]
    left, right = holds(tree[1], answers), holds(tree[2], answers)
    return (left and right) if tree[0] == "and" else (left or right)


def quoted(value):
    return f'"{value}"' if "," in value else value


def passes(record, column, operator, values):
    """Tell whether a record passes a filter, by what the guide says filters mean."""
    stored = record[FIELDS[column]]
    if operator in {"notEqual", "notContain"}:
        return all(not matches(stored, column, operator, value) for value in values)
    return any(matches(stored, column, operator, value) for value in values)


def matches(stored, column, operator, value):
    if not value:
        return stored is None
    if stored is None:
        return False
    left, right = comparable(stored, column), comparable(value, column)
    return {
        "equals": lambda: left == right,
        "notEqual": lambda: left == right,
        "contains": lambda: right in left,
        "notContain": lambda: right in left,
        "startsWith": lambda: left.startswith(right),
        "lessThan": lambda: left < right,
        "greaterThan": lambda: left > right,
        "lessOrEqual": lambda: left <= right,
        "greaterOrEqual": lambda: left >= right,
    }[operator]()


def comparable(value, column):
    if column == "EMPLOYEES":
        return float(str(value).replace(",", ""))
    if column == "EMAIL_OPT_OUT":
        return str(value).lower() in {"true", "1"}
    if column == "EMAIL_BOUNCED_DATE":
        if "T" in value:
            return datetime.fromisoformat(value).astimezone(ZONE).date()
        if "/" in value:
            month, day, year = map(int, value.split("/"))
            return date(year, month, day)
        return date.fromisoformat(value)
    return str(value).lower()


@pytest.fixture(scope="module")
def leads(organisation, session):
    fields = ", ".join(FIELDS.values())
    return list(organisation.query(f"SELECT {fields} FROM Lead", session).records("60.0"))


@given(data=st.data(), filters=st.lists(FILTERS, min_size=1, max_size=4))
def test_report_shows_the_rows_that_pass_its_filters(organisation, session, leads, data, filters):
    tree = data.draw(logic_of(len(filters)))
    metadata = {
        "name": "Random",
        "reportType": {"type": "LeadList"},
        "detailColumns": ["LEAD_ID"],
        "reportFilters": [
            {"column": column, "operator": operator, "value": ",".join(map(quoted, values))}
            for column, operator, values in filters
        ],
        "reportBooleanFilter": written(tree),
    }
    organisation.shift_clock(10)  # 500 runs an hour are allowed
    body = organisation.reports.run_unsaved(metadata, session, details=True)
    found = {row["dataCells"][0]["value"] for row in body["factMap"]["T!T"]["rows"]}
    expected = {
        lead["Id"]
        for lead in leads
        if holds(tree, [passes(lead, column, op, values) for column, op, values in filters])
    }
    assert found == expected


def test_day_that_is_not_meant_leaves_the_rows_without_a_day(organisation, session, leads):
    organisation.shift_clock(10)
    metadata = {
        "name": "Not that day",
        "reportType": {"type": "LeadList"},
        "detailColumns": ["LEAD_ID"],
        "reportFilters": [
            {"column": "EMAIL_BOUNCED_DATE", "operator": "notEqual", "value": "2026-02-01"}
        ],
    }
    body = organisation.reports.run_unsaved(metadata, session, details=True)
    found = {row["dataCells"][0]["value"] for row in body["factMap"]["T!T"]["rows"]}
    days = {lead["Id"]: (lead["EmailBouncedDate"] or "")[:10] for lead in leads}
    assert found == {record_id for record_id, day in days.items() if day != "2026-02-01"}
    assert "" in {days[record_id] for record_id in found}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", [""]),
        ("  ", [""]),
        ("Web", ["Web"]),
        ("Early,Late", ["Early", "Late"]),
        ('"100,000"', ["100,000"]),
        ('Web, "Acme, Inc.",', ["Web", "Acme, Inc.", ""]),
        ("two\nlines", ["two lines"]),
    ],
)
def test_value_lists_what_stands_between_its_commas(text, values):
    assert listed(text) == values


@pytest.mark.parametrize(
    ("logic", "soql"),
    [
        (None, "a AND b AND c"),
        ("1 OR 2 OR 3", "(a OR b OR c)"),
        ("1 AND 2 OR 3", "((a AND b) OR c)"),
        ("(1OR3)AND2", "((a OR c) AND b)"),
        ("not 1 and 2 and 3", "((NOT a) AND b AND c)"),
        ("1 AND (NOT (2 OR 3))", "(a AND (NOT (b OR c)))"),
    ],
)
def test_logic_becomes_a_condition_in_parentheses(logic, soql):
    assert combine(logic, ["a", "b", "c"]) == soql


def test_logic_is_written_back_with_blanks():
    assert tidied("(1OR4)AND2and 3") == "(1 OR 4) AND 2 AND 3"
    assert tidied(" ") is None
