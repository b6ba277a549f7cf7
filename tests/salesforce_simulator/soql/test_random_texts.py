"""Texts that are queries in part or not at all: each is answered or refused, and soon."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import Organisation

CODES = {
    "EXCEEDED_ID_LIMIT",
    "INVALID_FIELD",
    "INVALID_QUERY_FILTER_OPERATOR",
    "INVALID_QUERY_SCOPE",
    "INVALID_TYPE",
    "MALFORMED_QUERY",
    "NUMBER_OUTSIDE_VALID_RANGE",
    "QUERY_TOO_COMPLICATED",
}
SECONDS = 1.0
QUERIES = tuple(
    """
SELECT Id, Name, Owner.Name FROM Lead WHERE Status = 'x' AND (City LIKE 'a%' OR City = null)
SELECT c.Id, a.Name FROM Contact c, c.Account a WHERE a.Name != 'x' ORDER BY a.Name DESC
SELECT Name, (SELECT LastName FROM Contacts WHERE Email != null LIMIT 2) FROM Account LIMIT 9
SELECT TYPEOF Who WHEN Contact THEN LastName WHEN Lead THEN Company ELSE Name END FROM Task
SELECT LeadSource, COUNT(Id) n FROM Lead GROUP BY ROLLUP(LeadSource, Rating) HAVING COUNT(Id) > 1
SELECT CALENDAR_YEAR(CreatedDate), MAX(AnnualRevenue) FROM Lead GROUP BY CALENDAR_YEAR(CreatedDate)
SELECT HOUR_IN_DAY(convertTimezone(CreatedDate)) h FROM Lead GROUP BY CUBE(Status, Rating)
SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE Name IN ('a', 'b'))
SELECT Id FROM Contact WHERE Id NOT IN (SELECT ContactId FROM CampaignMember) AND Name > 'a'
SELECT FIELDS(ALL) FROM Lead USING SCOPE mine WHERE CreatedDate > 2026-01-02T03:04:05Z LIMIT 1
SELECT COUNT() FROM Lead WHERE NOT (AnnualRevenue >= USD5000.50 AND CreatedDate = LAST_N_DAYS:30)
SELECT FORMAT(AnnualRevenue) r, toLabel(Status) FROM Lead ORDER BY Name NULLS LAST OFFSET 3
""".strip().splitlines()
)
TOKENS = (
    *{word for query in QUERIES for word in query.replace("(", " ( ").replace(")", " ) ").split()},
    "ALL ROWS", "FOR UPDATE", "WITH", "SECURITY_ENFORCED", "GROUPING", "CUBE", "DISTANCE", "AS",
    "TODAY", "LAST_N_DAYS:99999", "NEXT_N_FISCAL_YEARS:3", "N_WEEKS_AGO:999999999", "1e999", "-0",
    "'\\u0041\\ud800'", "'\\'", "'", '"', "''", "*", "%", "$", ":x", ".", ",", ";", "\0", "\n",
    "é", "日本", "2026-02-30", "9999-12-31T23:59:59-12:00", "0001-01-01", "USD-5", "EUR7", "<>",
    "INCLUDES", "EXCLUDES", "Id.Id", "Owner.Manager.Name", "Lead.Name", "CreatedBy.CreatedBy.Id",
    "99999999999999999999", "LIMIT 99999999999999999999", "NULLS FIRST", "END", "TRUE", "COUNT()",
)  # fmt: skip


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    """Return what asks a text: it fails on any fault but Salesforce's."""
    organisation = Organisation.open(tmp_path_factory.mktemp("texts"), seed="leads:20")
    given = organisation.credentials()
    session = organisation.login(given["username"], given["password"] + given["security_token"])

    def ask(text):
        started = time.process_time()
        code = _code(organisation, session, text)
        assert code is None or code in CODES
        assert time.process_time() - started < SECONDS

    ask("SELECT Id FROM Lead")
    yield ask
    organisation.close()


def _code(organisation, session, text):
    """Run a text to its last record, and return the code with which it is refused, or None."""
    try:
        result = organisation.query(text, session)
        list(result.records("60.0"))
    except SalesforceError as error:
        return error.code
    return None


def _changed(query, place, length, piece):
    """Return a query in which a part has given way to something else."""
    start = place % (len(query) + 1)
    return query[:start] + piece + query[start + length :]


@settings(max_examples=2 * settings.default.max_examples)
@given(st.lists(st.sampled_from(TOKENS), max_size=25).map(" ".join))
def test_any_row_of_words_is_answered_or_refused(answer, text):
    answer(text)
    answer(f"SELECT {text}")
    answer(f"SELECT Id FROM Lead WHERE {text}")


@settings(max_examples=2 * settings.default.max_examples)
@given(
    st.builds(
        _changed,
        st.sampled_from(QUERIES),
        st.integers(0, 200),
        st.integers(0, 12),
        st.one_of(st.sampled_from(["", *TOKENS]), st.text(max_size=3)),
    )
)
def test_any_change_of_a_query_is_answered_or_refused(answer, text):
    answer(text)


@given(st.text(max_size=60))
def test_any_text_is_answered_or_refused(answer, text):
    answer(text)


MANY = 4_000


@pytest.mark.parametrize(
    "text",
    [
        "SELECT Id FROM Lead WHERE " + " OR ".join(f"City = '{n}'" for n in range(MANY)),
        "SELECT Id FROM Lead WHERE " + " AND ".join(f"City != 'ä{n}'" for n in range(MANY)),
        f"SELECT Id FROM Lead WHERE NumberOfEmployees IN ({', '.join(map(str, range(15_000)))})",
        "SELECT Id FROM Lead WHERE Name IN (" + ", ".join(f"'ü{n}'" for n in range(9_000)) + ")",
        "SELECT Id FROM CampaignMember WHERE " + " OR ".join(f"Name = '{n}'" for n in range(MANY)),
        "SELECT Id FROM Lead WHERE " + "(" * 45 + "City = null" + ")" * 45,
        "SELECT Id FROM Lead WHERE " + "(" * 99_000,
        "SELECT Id FROM Lead WHERE " + "NOT " * 20_000 + "City = null",
        "SELECT Id FROM Lead WHERE City LIKE '" + "%a" * 1_999 + "'",
        "SELECT " + "(SELECT Id FROM Contacts WHERE Id IN " * 1_000,
        "SELECT Id, " + "COUNT(" * 10_000,
        "SELECT Id FROM Lead WHERE CreatedDate = LAST_N_DAYS:" + "9" * 90_000,
        "SELECT Id FROM Lead LIMIT " + "9" * 90_000,
        "SELECT Id FROM Lead WHERE NumberOfEmployees = " + "9" * 90_000,
    ],
    ids=range(14),
)
def test_long_texts_are_answered_or_refused(answer, text):
    answer(text)


def test_a_text_beyond_the_limit_is_refused(answer):
    answer("SELECT Id FROM Lead WHERE City = '" + "x" * 100_000)
