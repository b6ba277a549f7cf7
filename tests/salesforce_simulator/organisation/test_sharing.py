"""A private object shows a user his own records; who may view all sees all."""

from datetime import timedelta

import pytest

from salesforce_simulator.organisation.errors import SalesforceError


@pytest.fixture
def salesperson(organisation, session):
    """A session value of a user of the profile Standard User."""
    found = organisation.query("SELECT Id FROM User WHERE Alias = 'mgarcia'", session)
    return organisation.acting_as(next(found.rows())[0])


@pytest.fixture
def private(organisation):
    organisation.rules.change({"private_objects": ["Lead"]})


def test_private_records_are_seen_by_their_owner_alone(
    organisation, session, lead, salesperson, private
):
    soql = "SELECT Id FROM Lead"
    mine = organisation.create("Lead", {"LastName": "M", "Company": "C"}, salesperson)
    theirs = [row[0] for row in organisation.query(soql, salesperson).rows()]
    assert mine in theirs
    assert lead not in theirs
    assert lead in [row[0] for row in organisation.query(soql, session).rows()]
    chosen = f"SELECT COUNT() FROM Lead WHERE Id = '{lead}' OR LastName = 'Lovelace'"
    assert organisation.query(chosen, salesperson).total_size == 0
    with pytest.raises(SalesforceError) as caught:
        organisation.get("Lead", lead, salesperson, ["Id"], "60.0")
    assert caught.value.code == "NOT_FOUND"


@pytest.mark.usefixtures("private")
def test_record_of_another_owner_cannot_be_changed(organisation, lead, salesperson):
    for change in (
        lambda: organisation.update("Lead", lead, {"City": "x"}, salesperson),
        lambda: organisation.delete("Lead", lead, salesperson),
    ):
        with pytest.raises(SalesforceError) as caught:
            change()
        assert (caught.value.code, caught.value.message) == (
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            f"insufficient access rights on cross-reference id: {lead[:15]}",
        )


def test_hidden_parent_and_hidden_children_are_null(organisation, session, salesperson):
    account = organisation.create("Account", {"Name": "Theirs"}, session)
    mine = {"LastName": "M", "AccountId": account}
    contact = organisation.create("Contact", mine, salesperson)
    deal = {"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-12-01"}
    organisation.create("Opportunity", {**deal, "AccountId": account}, session)
    organisation.rules.change({"private_objects": ["Account", "Opportunity"]})
    soql = f"SELECT AccountId, Account.Name FROM Contact WHERE Id = '{contact}'"
    (found,) = organisation.query(soql, salesperson).records("60.0")
    assert (found["AccountId"], found["Account"]) == (account, None)
    (found,) = organisation.query(soql, session).records("60.0")
    assert found["Account"]["Name"] == "Theirs"
    organisation.rules.change({"private_objects": ["Opportunity"]})
    soql = f"SELECT (SELECT Id FROM Opportunities) FROM Account WHERE Id = '{account}'"
    (found,) = organisation.query(soql, salesperson).records("60.0")
    assert found["Opportunities"] is None


@pytest.mark.usefixtures("private")
def test_changes_of_hidden_records_are_not_told(organisation, session, lead, salesperson):
    now = organisation.now()
    window = (now - timedelta(minutes=5), now + timedelta(minutes=5))
    assert lead in organisation.updated("Lead", *window, session)["ids"]
    assert lead not in organisation.updated("Lead", *window, salesperson)["ids"]
    organisation.delete("Lead", lead, session)
    assert organisation.deleted("Lead", *window, session)["deletedRecords"]
    assert not organisation.deleted("Lead", *window, salesperson)["deletedRecords"]


@pytest.mark.usefixtures("private")
def test_queue_shows_its_records_to_its_members(organisation, session, lead, salesperson):
    queue = organisation.create("Group", {"Name": "Q", "Type": "Queue"}, session)
    organisation.create("QueueSobject", {"QueueId": queue, "SobjectType": "Lead"}, session)
    organisation.update("Lead", lead, {"OwnerId": queue}, session)
    soql = f"SELECT Id FROM Lead WHERE Id = '{lead}'"
    assert organisation.query(soql, salesperson).total_size == 0
    member = {"GroupId": queue, "UserOrGroupId": salesperson.user_id}
    organisation.create("GroupMember", member, session)
    assert organisation.query(soql, salesperson).total_size == 1


@pytest.mark.usefixtures("private")
def test_all_records_are_seen_when_a_permission_set_says_so(
    organisation, session, lead, salesperson
):
    soql = f"SELECT Id FROM Lead WHERE Id = '{lead}'"
    made = organisation.create("PermissionSet", {"Name": "All", "Label": "All"}, session)
    rights = {"ParentId": made, "SobjectType": "Lead", "PermissionsRead": True}
    rights["PermissionsViewAllRecords"] = True
    organisation.create("ObjectPermissions", rights, session)
    assert organisation.query(soql, salesperson).total_size == 0
    assignment = {"PermissionSetId": made, "AssigneeId": salesperson.user_id}
    organisation.create("PermissionSetAssignment", assignment, session)
    assert organisation.query(soql, salesperson).total_size == 1
