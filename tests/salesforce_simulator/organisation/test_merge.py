import pytest

from salesforce_simulator.organisation.errors import SalesforceError

ADA = {"LastName": "Lovelace", "Company": "Engines"}


@pytest.fixture
def leads(organisation, session, lead):
    return [lead, *(organisation.create("Lead", ADA, session) for _ in range(2))]


@pytest.fixture
def merge(organisation, session):
    def call(winner, *losers, **values):
        return organisation.merge("Lead", winner, losers, values, session)

    return call


def code_of(call, *arguments):
    with pytest.raises(SalesforceError) as caught:
        call(*arguments)
    return caught.value.code


def test_losers_are_deleted_and_name_the_winner(merge, leads, organisation, session, read):
    winner, *losers = leads
    before = read(f"SELECT SystemModstamp FROM Lead WHERE Id = '{winner}'")["SystemModstamp"]
    organisation.shift_clock(60)
    outcome = merge(winner, losers[0][:15], losers[1], City="London")
    assert (outcome.id, outcome.merged_ids) == (winner, tuple(losers))
    found = read(f"SELECT City, SystemModstamp, MasterRecordId FROM Lead WHERE Id = '{winner}'")
    assert found["City"] == "London"
    assert found["SystemModstamp"] > before
    assert found["MasterRecordId"] is None
    rows = organisation.query(
        "SELECT Id, MasterRecordId FROM Lead WHERE IsDeleted = true", session, include_deleted=True
    )
    assert set(rows.rows()) == {(loser, winner) for loser in losers}
    with pytest.raises(SalesforceError) as caught:
        organisation.get("Lead", losers[0], session, None, "60.0")
    assert caught.value.code == "ENTITY_IS_DELETED"


def test_merges_make_a_chain_of_masters(merge, leads, organisation, session):
    first, second, third = leads
    merge(second, first)
    merge(third, second)
    rows = organisation.query(
        "SELECT Id, MasterRecordId FROM Lead WHERE IsDeleted = true", session, include_deleted=True
    )
    assert set(rows.rows()) == {(first, second), (second, third)}


def test_children_move_to_the_winner_and_a_second_membership_goes(
    merge, leads, organisation, session
):
    winner, loser, _ = leads
    campaigns = [organisation.create("Campaign", {"Name": name}, session) for name in "AB"]
    for person, campaign in ((winner, 0), (loser, 0), (loser, 1)):
        values = {"CampaignId": campaigns[campaign], "LeadId": person}
        organisation.create("CampaignMember", values, session)
    task = organisation.create("Task", {"Subject": "Call", "WhoId": loser}, session)
    outcome = merge(winner, loser)
    members = organisation.query("SELECT CampaignId, LeadId FROM CampaignMember", session)
    assert sorted(members.rows()) == sorted((campaign, winner) for campaign in campaigns)
    assert list(organisation.query("SELECT WhoId FROM Task", session).rows()) == [(winner,)]
    assert task in outcome.updated_related_ids


def test_moved_child_is_changed_by_the_system_alone(merge, leads, organisation, session, read):
    winner, loser, _ = leads
    organisation.create("Task", {"Subject": "Call", "WhoId": loser}, session)
    organisation.shift_clock(60)
    merge(winner, loser)
    task = read("SELECT LastModifiedDate, SystemModstamp FROM Task")
    assert task["SystemModstamp"] > task["LastModifiedDate"]


def test_contacts_roles_and_accounts_opportunities_move(organisation, session, read):
    accounts = [organisation.create("Account", {"Name": n}, session) for n in "AB"]
    contacts = [
        organisation.create("Contact", {"LastName": n, "AccountId": accounts[1]}, session)
        for n in "CD"
    ]
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-01"}
    deal_id = organisation.create("Opportunity", {**deal, "AccountId": accounts[1]}, session)
    role = {"OpportunityId": deal_id, "ContactId": contacts[1]}
    organisation.create("OpportunityContactRole", role, session)
    organisation.merge("Contact", contacts[0], [contacts[1]], {}, session)
    assert read("SELECT ContactId FROM OpportunityContactRole")["ContactId"] == contacts[0]
    organisation.merge("Account", accounts[0], [accounts[1]], {}, session)
    assert read("SELECT AccountId FROM Opportunity")["AccountId"] == accounts[0]
    assert read("SELECT AccountId FROM Contact WHERE LastName = 'C'")["AccountId"] == accounts[0]


def test_merge_is_refused_when_it_makes_no_sense(merge, leads, organisation, session):
    first, second, third = leads
    fourth = organisation.create("Lead", ADA, session)
    contact = organisation.create("Contact", {"LastName": "Doe"}, session)
    assert code_of(merge, first) == "MERGE_FAILED"
    assert code_of(merge, first, first) == "MERGE_FAILED"
    assert code_of(merge, first, second, third, fourth) == "MERGE_FAILED"
    assert code_of(merge, first, contact) == "MALFORMED_ID"
    campaign = organisation.create("Campaign", {"Name": "x"}, session)
    arguments = ("Campaign", campaign, [campaign], {}, session)
    assert code_of(organisation.merge, *arguments) == "INVALID_TYPE_FOR_OPERATION"
    merge(first, second)
    assert code_of(merge, first, second) == "ENTITY_IS_DELETED"


def test_merged_record_is_its_own_again_when_it_is_undeleted(merge, leads, organisation, session):
    winner, loser, _ = leads
    merge(winner, loser)
    organisation.undelete("Lead", loser, session)
    found = organisation.query(f"SELECT MasterRecordId FROM Lead WHERE Id = '{loser}'", session)
    assert list(found.rows()) == [(None,)]
