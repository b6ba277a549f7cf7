"""Formulas as the organisation computes them, on a table of their own."""

import sqlite3
from dataclasses import replace

import pytest

from salesforce_simulator.organisation.catalogue import Catalogue, Field, load_catalogue
from salesforce_simulator.organisation.metadata.formula import FormulaError, compile_formula

VALUES = {
    "Id": "00QHs0000000001MAA",
    "FirstName": "Ada",
    "LastName": "Lovelace",
    "Email": None,
    "Status": "Open - Not Contacted",
    "OwnerId": "005Hs0000000001IAA",
    "NumberOfEmployees": 7,
    "AnnualRevenue": None,
    "Company": "Engines & {t} 'Co'",
    "CreatedDate": "2026-01-31T22:30:00.000Z",
    "ConvertedDate": "2026-02-28",
    "IsConverted": 1,
}
SHARE = Field("Share__c", "Share", "percent", precision=5, scale=1)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    found = load_catalogue()
    return found.with_object(found.get("Lead").with_fields([SHARE]))


@pytest.fixture(scope="module")
def database():
    connection = sqlite3.connect(":memory:")
    connection.create_function("unicode_lower", 1, str.lower)
    connection.create_function("unicode_upper", 1, str.upper)
    connection.create_function("formula_now", 0, lambda: "2026-11-26T01:02:03.000Z")
    values = {**VALUES, "Share__c": 12.5}
    connection.execute(f"CREATE TABLE Lead ({', '.join(values)})")
    connection.execute(
        f"INSERT INTO Lead VALUES ({', '.join('?' * len(values))})", [*values.values()]
    )
    connection.execute('CREATE TABLE "User" (Id, FirstName, LastName, Email, ManagerId)')
    people = [
        ("005Hs0000000001IAA", "Grace", "Hopper", "grace@acme.example", "005Hs0000000002IAA"),
        ("005Hs0000000002IAA", None, "Turing", None, None),
    ]
    connection.executemany('INSERT INTO "User" VALUES (?, ?, ?, ?, ?)', people)
    return connection


@pytest.fixture
def compute(catalogue, database):
    def run(text, kind="string", *, zero=False, scale=2):
        field = Field("Test__c", "Test", kind, scale=scale, blank_as_zero=zero)
        sql = compile_formula(text, field, catalogue.get("Lead"), catalogue)
        return database.execute(f"SELECT {sql.replace('{t}', 'x')} FROM Lead x").fetchone()[0]

    return run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CASESAFEID(OwnerId)", "005Hs0000000001IAA"),
        ("OwnerId", "005Hs0000000001"),
        ("casesafeid(Id)", "00QHs0000000001MAA"),
        ('FirstName & " " & LastName', "Ada Lovelace"),
        ('FirstName + Email + "!"', "Ada!"),
        ("Email", None),
        ('""', None),
        ("Company", "Engines & {t} 'Co'"),
        ('"{t} it\'s"', "{t} it's"),
        (r'"say \"hi\""', 'say "hi"'),
        ('BLANKVALUE(Email, "none")', "none"),
        ('IF(ISBLANK(Email), "none", Email)', "none"),
        ('IF(AND(IsConverted, NOT(ISBLANK(LastName))), "yes", NULL)', "yes"),
        ('IF(1 > 2 || 2 = 2 && IsConverted, "yes", "no")', "yes"),
        ('IF(OR(FALSE, FirstName = "ada"), "yes", "no")', "no"),  # text is compared with its case
        ('IF(ISPICKVAL(Status, "Open - Not Contacted"), "open", "other")', "open"),
        ("TEXT(Status)", "Open - Not Contacted"),
        ('CASE(Status, "Closed", "c", "Open - Not Contacted", "o", "?")', "o"),
        ("LEFT(LastName, 4) & RIGHT(LastName, 4)", "Lovelace"),
        ("RIGHT(FirstName, 9)", "Ada"),
        ("RIGHT(FirstName, 0)", None),
        ("MID(LastName, 2, 3)", "ove"),
        ("UPPER(FirstName) & LOWER(LastName)", "ADAlovelace"),
        ('SUBSTITUTE(LastName, "love", "x") & TRIM("  y ")', "Lovelacey"),
        ("TEXT(NumberOfEmployees)", "7"),
        ("TEXT(NumberOfEmployees / 2)", "3.5"),
        ("TEXT(AnnualRevenue)", None),
        ("TEXT(DATEVALUE(CreatedDate))", "2026-01-31"),
        ("TEXT(CreatedDate)", "2026-01-31 22:30:00Z"),
        ("Owner.Name", "Grace Hopper"),
        ("Owner:User.Name", "Grace Hopper"),
        ("Owner.Manager.LastName", "Turing"),
        ("/* why */ Owner.Email", "grace@acme.example"),
    ],
)
def test_text_formula_gives_salesforces_value(compute, text, expected):
    assert compute(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 ^ 2", 19),
        ("(1 + 2) * -3", -9),
        ("10 / 4", 2.5),
        ("10 / 0", None),
        ("2 ^ 3 ^ 2", 512),
        ("NumberOfEmployees - 1", 6),
        ("AnnualRevenue + 1", None),
        ("LEN(FirstName) + LEN(Email)", 3),
        ('VALUE("12.5") + 1', 13.5),
        ('VALUE("twelve")', None),
        ("ROUND(2.345, 1)", 2.3),
        ("2.005 + 0.999", 3.0),
        ("Share__c", 0.13),  # 12.5 percent, with two digits
        ("MAX(1, NumberOfEmployees, 3) - MIN(4, 2)", 5),
        ("MOD(7, 3) + ABS(-2) + CEILING(1.2) + FLOOR(-1.2)", 3),
        ('FIND("e", "Lovelace")', 4),
        ('FIND("e", LastName, 5)', 8),
        ("ConvertedDate - DATE(2026, 1, 31)", 28),
        ("YEAR(ConvertedDate) * 100 + MONTH(ConvertedDate)", 202602),
        ('IF(BEGINS(LastName, "Love") && CONTAINS(LastName, "lace"), 1, 0)', 1),
    ],
)
def test_number_formula_gives_salesforces_value(compute, text, expected):
    assert compute(text, "double") == pytest.approx(expected)


def test_percent_formula_is_a_hundred_times_its_value(compute):
    assert compute("Share__c * 2", "percent", scale=1) == 25


def test_blank_number_counts_as_zero_when_the_formula_says_so(compute):
    assert compute("AnnualRevenue + 1", "double", zero=True) == 1
    assert compute("AnnualRevenue > 100", "boolean", zero=True) == 0
    assert compute("AnnualRevenue < 100", "boolean", zero=True) == 1
    assert compute("AnnualRevenue < 100", "boolean") == 0  # not known is false


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("TODAY()", "date", "2026-11-26"),
        ("TODAY() - 26", "date", "2026-10-31"),
        ("ConvertedDate + 1", "date", "2026-03-01"),
        ("NOW()", "datetime", "2026-11-26T01:02:03.000Z"),
        ("CreatedDate + 0.5", "datetime", "2026-02-01T10:30:00.000Z"),
        ("IF(ConvertedDate > TODAY(), ConvertedDate, NULL)", "date", None),
    ],
)
def test_date_formula_gives_salesforces_value(compute, text, kind, expected):
    assert compute(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "kind", "problem"),
    [
        ("Nope__c", "string", "Field Nope__c does not exist. Check spelling."),
        ("Owner.Nope", "string", "Field Owner.Nope does not exist. Check spelling."),
        ("NOPE(1)", "double", "Unknown function NOPE. Check spelling."),
        (
            "IF(TRUE, 1)",
            "double",
            "Incorrect number of parameters for function 'IF()'. Expected 3, received 2",
        ),
        (
            "LEFT(1, 2)",
            "string",
            "Incorrect parameter type for function 'LEFT()'. Expected Text, received Number",
        ),
        (
            'IF(TRUE, 1, "a")',
            "double",
            "Incorrect parameter type for function 'IF()'. Expected Number, received Text",
        ),
        (
            '1 - "a"',
            "double",
            "Incorrect parameter type for operator '-'. Expected Number, received Text",
        ),
        (
            "FirstName",
            "double",
            "Formula result is data type (Text), incompatible with expected data type (Number).",
        ),
        ("LEFT(FirstName, 2", "string", "Syntax error. Missing ')'"),
        ("1 +", "double", "Syntax error. Missing expression"),
        ("1 ? 2", "double", "Syntax error. Found '?'"),
        ("1 2", "double", "Syntax error. Extra '2'"),
        (
            'Status = "Open"',
            "boolean",
            "Field is a picklist field. Picklist fields are only supported in certain functions.",
        ),
        (
            "x" * 4000,
            "string",
            "Formula is too long (4,000 characters). Maximum length is 3,900 characters.",
        ),
    ],
)
def test_wrong_formula_is_refused_in_salesforces_words(compute, text, kind, problem):
    with pytest.raises(FormulaError) as caught:
        compute(text, kind)
    assert str(caught.value) == problem


def test_long_text_cannot_be_used(compute):
    with pytest.raises(FormulaError, match="Long Text Area"):
        compute("Description")


def test_formula_takes_in_the_formula_that_it_refers_to(catalogue, database):
    lead = catalogue.get("Lead")
    inner = Field("Inner__c", "Inner", "string")
    sql = compile_formula("Owner.LastName", inner, lead, catalogue)
    lead = lead.with_fields([replace(inner, formula=sql)])
    outer = Field("Outer__c", "Outer", "string")
    sql = compile_formula('Inner__c & ", " & Owner.FirstName', outer, lead, catalogue)
    row = database.execute(f"SELECT {sql.replace('{t}', 'x')} FROM Lead x").fetchone()
    assert row == ("Hopper, Grace",)
