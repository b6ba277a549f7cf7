"""Queries that Salesforce refuses: the code, the place and the words."""

import pytest

from salesforce_simulator.organisation.catalogue import Field

NO_COLUMN = (
    "No such column '{}' on entity '{}'. If you are attempting to use a custom field, be sure to"
    " append the '__c' after the custom field name. Please reference your WSDL or the describe"
    " call for the appropriate names."
)
NO_RELATIONSHIP = (
    "Didn't understand relationship '{}' in {}. If you are attempting to use a custom"
    " relationship, be sure to append the '__r' after the custom relationship name. Please"
    " reference your WSDL or the describe call for the appropriate names."
)
MALFORMED, FIELD = "MALFORMED_QUERY", "INVALID_FIELD"
OPERATOR, SCOPE = "INVALID_QUERY_FILTER_OPERATOR", "INVALID_QUERY_SCOPE"


@pytest.mark.parametrize(
    ("soql", "code", "place", "reason"),
    [
        ("SELECT Id FORM Lead", MALFORMED, 11, "unexpected token: 'FORM'"),
        ("SELECT * FROM Lead", MALFORMED, 8, "unexpected token: '*'"),
        ("SELECT FROM Lead", MALFORMED, 8, "unexpected token: 'SELECT FROM'"),
        ("SELECT Id FROM Lead WHERE Id IN ()", MALFORMED, 34, "unexpected token: 'Id IN ()'"),
        ("SELECT Id FROM Lead USING all", MALFORMED, 27, "unexpected token: 'all'"),
        ("SELECT Id FROM Lead LIMIT 1 ORDER BY Id", MALFORMED, 29, "unexpected token: 'ORDER'"),
        ("SELECT Id FROM Lead LIMIT -1", MALFORMED, 27, "unexpected token: '-1'"),
        ("SELECT Id FROM Lead HAVING COUNT(Id) > 1", MALFORMED, 21, "unexpected token: 'HAVING'"),
        ("SELECT Id FROM Lead WHERE Id='' AND Name='' OR City=''", MALFORMED, 45,
         "unexpected token: 'OR'"),
        ("SELECT Id FROM Lead WHERE City = State", MALFORMED, 34, "unexpected token: 'State'"),
        ("SELECT Id FROM Lead WHERE City LIKE NULL", MALFORMED, 37, "unexpected token: 'NULL'"),
        ("SELECT Id FROM Lead WHERE Name = :x", MALFORMED, 34,
         "Bind variables only allowed in Apex code"),
        ("SELECT Id FROM Lead WHERE Name = 'a\\q'", MALFORMED, 34,
         "Invalid string literal 'a\\q'. Illegal character sequence '\\q' in string literal."),
        ("SELECT FORMAT(CALENDAR_YEAR(MAX(Name))) FROM Lead", MALFORMED, 32,
         "unexpected token: '('"),
        ("SELECT convertTimezone(CreatedDate) FROM Lead", MALFORMED, 8,
         "unexpected token: 'convertTimezone'"),
        ("SELECT COUNT(), Id FROM Lead", MALFORMED, 17, "unexpected token: ','"),
        ("SELECT Id FROM Lead ALL ROWS", MALFORMED, 21, "ALL ROWS not allowed in this context"),
        ("SELECT Id FROM Lead WITH SECURITY_ENFORCED", MALFORMED, 26,
         ("rule soqlWithIdentifierClause failed predicate:"
         " {this.helper.allowApexSyntax() && this.helper.hasApexContext()}?")),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2020-52-12t12:12:00-05:00", MALFORMED, 41,
         "Invalid datetime: 2020-52-12t12:12:00-05:00"),
        ("SELECT Id, Id FROM Lead", MALFORMED, 12, "duplicate field selected: Id"),
        ("SELECT Name n FROM Lead", MALFORMED, 8, "only aggregate expressions use field aliasing"),
        ("SELECT Nope FROM Lead", FIELD, 8, NO_COLUMN.format("Nope", "Lead")),
        ("SELECT Id FROM Lead WHERE Nope = 1", FIELD, 27, NO_COLUMN.format("Nope", "Lead")),
        ("SELECT Owner.Division FROM Lead", FIELD, 8, NO_COLUMN.format("Division", "Name")),
        ("SELECT X.Id FROM Lead", FIELD, 8, NO_RELATIONSHIP.format("X", "field path")),
        ("SELECT (SELECT Id FROM X) FROM Lead", "INVALID_TYPE", 24,
         NO_RELATIONSHIP.format("X", "FROM part of query call")),
        ("SELECT Id FROM Lead WHERE Description = ''", FIELD, 27,
         "field 'Description' can not be filtered in a query call"),
        ("SELECT Id FROM Lead ORDER BY Description", FIELD, 30,
         "field 'Description' can not be sorted in a query call"),
        ("SELECT COUNT(Id) FROM Lead GROUP BY CreatedDate", MALFORMED, 37,
         "field 'CreatedDate' can not be grouped in a query call"),
        ("SELECT Id FROM Lead WHERE Address = 'x'", FIELD, 27,
         "Address fields can only be filtered using Distance expressions"),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01'", FIELD, 41,
         ("value of filter criterion for field 'CreatedDate' must be of type dateTime and should"
         " not be enclosed in quotes")),
        ("SELECT Id FROM Opportunity WHERE CloseDate > 2026-01-01T00:00:00Z", FIELD, 46,
         ("value of filter criterion for field 'CloseDate' must be of type date and should"
         " not be enclosed in quotes")),
        ("SELECT Id FROM Lead WHERE City = 3", FIELD, 34,
         ("value of filter criterion for field 'City' must be of type string and should"
         " be enclosed in quotes")),
        ("SELECT Id FROM Lead WHERE IsConverted = 'true'", FIELD, 41,
         ("value of filter criterion for field 'IsConverted' must be of type boolean and should"
         " not be enclosed in quotes")),
        ("SELECT Id FROM Lead WHERE NumberOfEmployees = '3'", FIELD, 47,
         ("value of filter criterion for field 'NumberOfEmployees' must be of type int and should"
         " not be enclosed in quotes")),
        ("SELECT Id FROM Lead WHERE OwnerId = 'x'", OPERATOR, 37, "invalid ID field: x"),
        ("SELECT Id FROM Lead WHERE Id LIKE '00Q%'", OPERATOR, 35, "invalid operator on id field"),
        ("SELECT Id FROM Lead WHERE IsConverted > true", OPERATOR, 41,
         "invalid operator on boolean field"),
        ("SELECT Id FROM Lead WHERE CreatedDate LIKE 'x'", OPERATOR, 44,
         "invalid operator on datetime field"),
        ("SELECT Id FROM Lead WHERE Status INCLUDES ('x')", OPERATOR, 44,
         "invalid operator on picklist field"),
        ("SELECT Id FROM Lead USING SCOPE team", SCOPE, 33,
         "scope 'team' is not supported for entity 'Lead'"),
        ("SELECT City, COUNT(Id) FROM Lead", MALFORMED, 8,
         "Field must be grouped or aggregated: City"),
        ("SELECT COUNT(Id) FROM Lead GROUP BY City ORDER BY State", MALFORMED, 51,
         "Ordered field must be grouped or aggregated: State"),
        ("SELECT SUM(Name) FROM Lead", MALFORMED, 8,
         "field Name does not support aggregate operator SUM"),
        ("SELECT COUNT(Id), (SELECT Id FROM Contacts) FROM Account", MALFORMED, 20,
         "Grouped query cannot use child relationships in the select list"),
        ("SELECT (SELECT COUNT(Id) FROM Contacts) FROM Account", MALFORMED, 16,
         "only root queries support aggregate expressions"),
    ],
)  # fmt: skip
def test_query_is_refused_at_its_place(refusal, soql, code, place, reason):
    error = refusal(soql)
    assert error.code == code
    _, snippet, caret, where, told = error.message.split("\n", 4)
    assert (where, told) == (f"ERROR at Row:1:Column:{place}", reason)
    assert soql.startswith(snippet, place - len(caret))
    assert caret == " " * (len(caret) - 1) + "^"
    assert not error.has_fields


# Seen in answers of real organisations.
@pytest.mark.parametrize(
    ("soql", "snippet"),
    [
        ("select adfId, Name, Account.Name from Contact",
         "select adfId, Name, Account.Name from Contact"),
        ("SELECT Bacon__c FROM Account LIMIT 2", "SELECT Bacon__c FROM Account LIMIT 2"),
        (("SELECT Email, WebEmail__c, Case_Resolution_Summary__c, MW_Case_ID__c,"
         " Escalation_Helper_Contact__c, Other__c FROM Contact"),
         "WebEmail__c, Case_Resolution_Summary__c, MW_Case_ID__c, Escalation_Helper_Contact__c"),
    ],
)  # fmt: skip
def test_place_is_shown_with_whole_words_around_it(demo, refusal, soql, snippet):
    demo.customise("Contact", [_text(n) for n in ("WebEmail__c", "Case_Resolution_Summary__c")])
    error = refusal(soql)
    assert error.message.split("\n")[1] == snippet
    assert error.message.split("\n")[2].index("^") == snippet.index(error.message.split("'")[1])


def _text(name):
    return Field(name=name, label=name, type="string", length=80, nillable=True)


@pytest.mark.parametrize(
    ("soql", "message"),
    [
        ("SELECT Id FROM Lead WHERE", "unexpected token: '<EOF>'"),
        ("SELECT Id from $x WHERE isdeleted = false", "line 1:15 unexpected token: '$'"),
        ("SELECT Id FROM Lead\nWHERE Name = \"x\"", "line 2:13 unexpected token: '\"'"),
        ("SELECT Id FROM Lead WHERE Name = 'x", "line 1:33 unexpected token: ''x'"),
        ("SELECT FIELDS(ALL) FROM Lead",
         "The SOQL FIELDS function must have a LIMIT of at most 200"),
        ("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 201",
         "The SOQL FIELDS function must have a LIMIT of at most 200"),
        ("SELECT Id FROM Lead WHERE Name = '" + "x" * 100_000,
         "SOQL statements cannot be longer than 100000 characters."),
    ],
    ids=range(7),
)  # fmt: skip
def test_query_is_refused_without_a_place(refusal, soql, message):
    error = refusal(soql)
    assert (error.code, error.message) == (MALFORMED, message)


SEMI = "SELECT Id FROM Contact WHERE "
MEMBERS = "(SELECT ContactId FROM CampaignMember)"


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        (f"Id IN {MEMBERS} OR Name = 'x'",
         "Semi join sub-selects are not allowed with the 'OR' operator"),
        (f"Name = 'x' AND (Name = 'y' OR Id IN {MEMBERS})",
         "Semi join sub-selects are not allowed with the 'OR' operator"),
        (" AND ".join([f"Id NOT IN {MEMBERS}"] * 3), "Maximum 2 semi join sub-selects are allowed"),
        (("AccountId IN (SELECT AccountId FROM Opportunity WHERE CampaignId IN"
         " (SELECT Id FROM Campaign))"), "Nesting of semi join sub-selects is not supported"),
        ("AccountId IN (SELECT Name FROM Account)",
         "semi join sub selects can only query id fields, cannot use: 'Name'"),
        ("AccountId IN (SELECT Account.Id FROM Opportunity)",
         "semi join sub selects can only query id fields, cannot use: 'Account.Id'"),
        ("AccountId IN (SELECT Id FROM Lead)",
         ("The selected field 'Id' in the subquery and the left operand field in the where"
         " expression in the outer query 'AccountId' should point to the same object type")),
        ("AccountId IN (SELECT AccountId FROM Contact)",
         "The inner and outer selects should not be on the same object type"),
        (f"Name IN {MEMBERS}",
         ("The left operand field in the where expression for outer query should be an id field,"
         " cannot use: 'Name'")),
        ("Id IN (SELECT WhoId FROM Task)",
         "Entity 'Task' is not supported for semi join inner selects"),
    ],
)  # fmt: skip
def test_semi_join_is_refused_beyond_its_rules(refusal, where, reason):
    error = refusal(SEMI + where)
    assert error.code == MALFORMED
    assert error.message.endswith(f"\n{reason}")


def test_offset_is_limited(refusal):
    error = refusal("SELECT Id FROM Lead OFFSET 2001")
    assert error.code == "NUMBER_OUTSIDE_VALID_RANGE"
    assert error.message == "Maximum SOQL offset allowed is 2000"


def test_a_long_string_is_refused(refusal, query):
    assert query(f"SELECT Id FROM Lead WHERE City = '{'x' * 4000}'").total_size == 0
    assert refusal(f"SELECT Id FROM Lead WHERE City = '{'x' * 4001}'").code == MALFORMED


def test_groups_are_limited_to_one_batch(refusal, demo, session, query):
    for number in range(2_001 - query("SELECT COUNT() FROM Lead").total_size):
        demo.create("Lead", {"LastName": f"Group {number}", "Company": "x"}, session)
    error = refusal("SELECT Id, COUNT(Name) FROM Lead GROUP BY Id")
    assert error.code == "EXCEEDED_ID_LIMIT"
    assert "does not support queryMore()" in error.message
    assert query("SELECT Id, COUNT(Name) FROM Lead GROUP BY Id LIMIT 2000").total_size == 2_000


def test_child_queries_go_as_deep_as_the_version_allows(refusal, records):
    soql = "SELECT (SELECT Id, (SELECT Id FROM CampaignMembers) FROM Contacts) FROM Account LIMIT 2"
    assert "more than 1 level away" in refusal(soql, version="57.0").message
    assert len(records(soql, version="58.0")) == 2
    deep = "SELECT Id FROM ChildAccounts"
    for _ in range(3):
        deep = f"SELECT Id, ({deep}) FROM ChildAccounts"
    assert records(f"SELECT Id, ({deep}) FROM Account LIMIT 1", version="58.0")
    too_deep = f"SELECT Id, (SELECT Id, ({deep}) FROM ChildAccounts) FROM Account"
    assert "more than 4 levels away" in refusal(too_deep).message


def test_child_queries_are_twenty_at_most(refusal, records):
    twenty = ", ".join(["(SELECT Id FROM Contacts)"] * 20)
    assert records(f"SELECT Id, {twenty} FROM Account LIMIT 1")
    assert refusal(f"SELECT Id, {twenty}, (SELECT Id FROM Contacts) FROM Account").code == MALFORMED
