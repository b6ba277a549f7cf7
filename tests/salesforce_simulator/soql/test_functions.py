"""Functions, aliases, groups and their subtotals."""

from dataclasses import replace

import pytest

from salesforce_simulator.organisation.catalogue import Field


def test_rollup_puts_each_subtotal_behind_its_groups(records):
    rows = records(
        "SELECT LeadSource, Rating, GROUPING(LeadSource) s, GROUPING(Rating) r, COUNT(Id) n"
        " FROM Lead GROUP BY ROLLUP(LeadSource, Rating)"
    )
    total = rows.pop()
    assert (total["s"], total["r"], total["LeadSource"], total["Rating"]) == (1, 1, None, None)
    running = 0
    for row in rows:
        assert row["s"] == 0
        if row["r"]:
            assert row["n"] == running
            running = 0
        else:
            running += row["n"]
    assert total["n"] == sum(row["n"] for row in rows if row["r"])


def test_cube_has_subtotals_of_each_value(records):
    rows = records(
        "SELECT LeadSource, Rating, GROUPING(LeadSource) s, GROUPING(Rating) r, COUNT(Id) n"
        " FROM Lead GROUP BY CUBE(LeadSource, Rating) ORDER BY GROUPING(LeadSource) DESC"
    )
    kinds = {(row["s"], row["r"]): 0 for row in rows}
    for row in rows:
        kinds[row["s"], row["r"]] += row["n"]
    assert set(kinds) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert len(set(kinds.values())) == 1
    assert rows[0]["s"] == 1


def test_values_without_an_alias_are_numbered(records):
    soql = "SELECT Status, COUNT(Id), MAX(AnnualRevenue) most, COUNT_DISTINCT(City) FROM Lead"
    row = records(f"{soql} GROUP BY Status")[0]
    assert list(row) == ["attributes", "Status", "expr0", "most", "expr1"]
    assert row["attributes"] == {"type": "AggregateResult"}
    assert isinstance(row["expr0"], int)
    (whole,) = records("SELECT SUM(NumberOfEmployees), AVG(NumberOfEmployees) FROM Lead")
    assert isinstance(whole["expr0"], float)
    assert isinstance(whole["expr1"], float)


def test_group_of_a_parents_field_is_called_by_its_last_name(records):
    rows = records("SELECT Owner.Name, COUNT(Id) FROM Lead GROUP BY Owner.Name")
    assert all(row["Name"] for row in rows)


def test_groups_do_not_mind_the_case_of_letters(records, demo, session):
    for city in ("Paris", "PARIS", "paris"):
        demo.create("Lead", {"LastName": "case", "Company": "x", "City": city}, session)
    soql = "SELECT City, COUNT(Id) n FROM Lead WHERE LastName = 'case' GROUP BY City"
    (row,) = records(soql)
    assert row["n"] == 3


def test_format_writes_for_people(records, demo, session):
    values = {
        "LastName": "format",
        "Company": "x",
        "AnnualRevenue": 1234567,
        "NumberOfEmployees": 12345,
    }
    lead = demo.create("Lead", values, session)
    demo.update("Lead", lead, {"EmailBouncedDate": "2026-07-04T19:05:00Z"}, session)
    soql = (
        "SELECT FORMAT(AnnualRevenue) r, FORMAT(NumberOfEmployees) n, FORMAT(EmailBouncedDate) d,"
        f" FORMAT(City) c, toLabel(Status), toLabel(Rating) label FROM Lead WHERE Id = '{lead}'"
    )
    in_tokyo = replace(session, user={**session.user, "TimeZoneSidKey": "Asia/Tokyo"})
    (row,) = demo.query(soql, in_tokyo).records("60.0")
    del row["attributes"]
    assert row == {
        "r": "$1,234,567", "n": "12,345", "d": "7/5/2026, 4:05 AM", "c": None,
        "Status": "Open - Not Contacted", "label": None,
    }  # fmt: skip


def test_opportunity_amounts_are_formatted_with_their_cents(records, demo, session):
    values = {
        "Name": "cents",
        "StageName": "Prospecting",
        "CloseDate": "2026-12-01",
        "Amount": -1234.5,
    }
    demo.create("Opportunity", values, session)
    soql = "SELECT FORMAT(Amount) a, FORMAT(CloseDate) d FROM Opportunity WHERE Name = 'cents'"
    (row,) = records(soql)
    assert (row["a"], row["d"]) == ("-$1,234.50", "12/1/2026")


def test_currency_may_be_named(query, refusal):
    soql = "SELECT Id FROM Lead WHERE AnnualRevenue > {}5000"
    assert query(soql.format("USD")).total_size == query(soql.format("")).total_size > 0
    assert query(soql.format("USD-")).total_size >= query(soql.format("")).total_size
    assert refusal(soql.format("EUR")).code == "INVALID_FIELD"


def test_fields_stands_for_groups_of_fields(records, demo):
    (every,) = records("SELECT FIELDS(ALL) FROM Lead LIMIT 1")
    (standard,) = records("SELECT FIELDS(STANDARD) FROM Lead LIMIT 1")
    (custom,) = records("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 1")
    assert set(every) == set(standard) | set(custom)
    assert all(name.endswith("__c") for name in custom if name != "attributes")
    assert {"Id", "Name", "Address"} <= set(standard)


def test_scope_mine_is_what_the_user_owns(query, demo, session):
    before = query("SELECT Id FROM Lead USING SCOPE mine").total_size
    demo.create("Lead", {"LastName": "mine", "Company": "x"}, session)
    assert query("SELECT Id FROM Lead USING SCOPE Mine").total_size == before + 1
    everything = query("SELECT Id FROM Lead USING SCOPE everything").total_size
    assert everything == query("SELECT COUNT() FROM Lead").total_size


@pytest.mark.parametrize(
    "end", ["FOR VIEW", "FOR REFERENCE", "FOR VIEW FOR REFERENCE", "FOR UPDATE"]
)
def test_ends_that_change_no_result_are_taken(query, end):
    assert query(f"SELECT Id FROM Lead LIMIT 1 {end}").total_size == 1


@pytest.fixture(scope="module")
def interests(demo, session):
    """Contacts with values of a multi-select picklist, by their last names."""
    field = Field(
        name="Interests__c", label="Interests", type="multipicklist", length=255,
        createable=True, updateable=True, nillable=True, values=("A", "B", "C"),
    )  # fmt: skip
    demo.customise("Contact", [field])
    for name, value in {"one": "A", "two": "A;B", "three": "B;C", "none": None}.items():
        values = {"FirstName": "multi", "LastName": name, "Interests__c": value}
        demo.create("Contact", values, session)


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("INCLUDES ('A')", {"one", "two"}),
        ("INCLUDES ('a;b')", {"two"}),
        ("INCLUDES ('A;B', 'C')", {"two", "three"}),
        ("EXCLUDES ('A')", {"three", "none"}),
        ("EXCLUDES ('A;B', 'C')", {"one", "none"}),
        ("= 'A;B'", {"two"}),
        ("!= 'A;B'", {"one", "three", "none"}),
        ("= null", {"none"}),
    ],
)
def test_multi_select_picklist_is_searched_for_its_values(records, interests, condition, names):
    soql = "SELECT LastName FROM Contact WHERE FirstName = 'multi' AND Interests__c"
    assert {row["LastName"] for row in records(f"{soql} {condition}")} == names


@pytest.fixture(scope="module")
def spellings(demo, session):
    for name in ("ab", "Ab%", "a_b", "b", "Ä", "ä", "o'x", "back\\slash", "Ünder_score%"):
        demo.create("Lead", {"FirstName": name, "LastName": "like", "Company": "x"}, session)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a\\_b", {"a_b"}),
        ("a_%", {"ab", "Ab%", "a_b"}),
        ("ab\\%", {"Ab%"}),
        ("%\\\\\\\\%", set()),
        ("%\\\\%", {"back\\slash"}),
        ("ä", {"Ä", "ä"}),
        ("\\u00e4", {"Ä", "ä"}),
        ("ü%\\_%", {"Ünder_score%"}),
        ("o\\'x", {"o'x"}),
    ],
)
def test_like_takes_escaped_wildcards_literally(records, spellings, pattern, found):
    where = f"LastName = 'like' AND FirstName LIKE '{pattern}'"
    assert {row["FirstName"] for row in records(f"SELECT FirstName FROM Lead WHERE {where}")} == (
        found
    )


@pytest.fixture(scope="module")
def codes(demo, session):
    """Contacts with a field in which the case of letters matters."""
    demo.customise("Contact", [
        Field(name="Code__c", label="Code", type="string", length=80, createable=True,
              nillable=True, case_sensitive=True)
    ])  # fmt: skip
    for code in ("ab*", "AB*", "aB%", "b"):
        values = {"FirstName": "code", "LastName": "x", "Code__c": code}
        demo.create("Contact", values, session)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("= 'AB*'", {"AB*"}),
        ("!= 'AB*'", {"ab*", "aB%", "b"}),
        ("IN ('ab*', 'B')", {"ab*"}),
        ("LIKE 'a%'", {"ab*", "aB%"}),
        ("LIKE '_b*'", {"ab*"}),
        ("LIKE 'a_\\%'", {"aB%"}),
        ("> 'a'", {"ab*", "aB%", "b"}),
    ],
)
def test_case_matters_where_a_field_says_so(records, codes, condition, found):
    soql = f"SELECT Code__c FROM Contact WHERE FirstName = 'code' AND Code__c {condition}"
    assert {row["Code__c"] for row in records(soql)} == found
    groups = records("SELECT Code__c FROM Contact WHERE FirstName = 'code' GROUP BY Code__c")
    assert len(groups) == 4
