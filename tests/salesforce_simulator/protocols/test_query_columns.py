"""The columns of a query, told with ``columns=true``."""

import pytest


@pytest.fixture
def columns(salesforce):
    """Ask for the columns of a query."""

    def ask(soql):
        answer = salesforce.restful("query", {"q": soql, "columns": "true"})
        assert "records" not in answer
        return answer

    return ask


FIELD = {
    "aggregate": False,
    "apexType": "String",
    "booleanType": False,
    "columnName": "LastName",
    "custom": False,
    "displayName": "LastName",
    "foreignKeyName": None,
    "insertable": True,
    "joinColumns": [],
    "numberType": False,
    "textType": True,
    "updatable": True,
}


def test_columns_of_plain_fields_tell_their_types(columns):
    answer = columns("SELECT Id, LastName, IsConverted, NumberOfEmployees FROM Lead")
    identity, last_name, converted, employees = answer["columnMetadata"]
    assert last_name == FIELD
    assert (identity["apexType"], identity["textType"], identity["updatable"]) == (
        "Id", False, False,
    )  # fmt: skip
    assert (converted["apexType"], converted["booleanType"]) == ("Boolean", True)
    assert (employees["apexType"], employees["numberType"]) == ("Integer", True)
    del answer["columnMetadata"]
    assert answer == {
        "entityName": "Lead", "groupBy": False, "idSelected": True, "keyPrefix": "00Q",
    }  # fmt: skip


def test_columns_of_parents_and_children_are_joined(columns):
    answer = columns("SELECT Owner.Name, Owner.Email, (SELECT LastName FROM Contacts) FROM Account")
    owner, contacts = answer["columnMetadata"]
    assert (owner["columnName"], owner["foreignKeyName"], owner["aggregate"]) == (
        "Owner", "OwnerId", False,
    )  # fmt: skip
    assert owner["apexType"] is None
    assert [inner["columnName"] for inner in owner["joinColumns"]] == ["Name", "Email"]
    assert (contacts["columnName"], contacts["aggregate"]) == ("Contacts", True)
    assert contacts["joinColumns"] == [FIELD]
    assert answer["idSelected"] is False


def test_columns_of_an_aggregate_query_show_its_functions(columns):
    answer = columns(
        "SELECT CampaignId, AVG(Amount), MAX(Name) m FROM Opportunity GROUP BY CampaignId"
    )
    campaign, average, last = answer["columnMetadata"]
    assert answer["groupBy"] is True
    assert (campaign["columnName"], campaign["aggregate"]) == ("CampaignId", False)
    assert (average["columnName"], average["displayName"]) == ("expr0", "avg(Amount)")
    assert (average["apexType"], average["numberType"], average["updatable"]) == (None, True, False)
    assert (last["columnName"], last["displayName"], last["textType"]) == ("m", "max(Name)", True)


def test_columns_of_a_variable_parent_are_those_of_all_its_types(columns):
    soql = "SELECT TYPEOF Who WHEN Lead THEN Company ELSE Name END FROM Task"
    (who,) = columns(soql)["columnMetadata"]
    assert (who["columnName"], who["foreignKeyName"]) == ("Who", "WhoId")
    assert [inner["columnName"] for inner in who["joinColumns"]] == ["Company", "Name"]
    assert columns("SELECT COUNT() FROM Task")["columnMetadata"] == []
