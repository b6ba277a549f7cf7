import pytest

from salesforce_simulator.organisation.errors import SalesforceError


@pytest.fixture
def campaign(organisation, session):
    return organisation.create("Campaign", {"Name": "Fair"}, session)


@pytest.fixture
def join(organisation, session, campaign, lead):
    def create(**values):
        return organisation.create(
            "CampaignMember", {"CampaignId": campaign, "LeadId": lead, **values}, session
        )

    return create


def code_of(call, *arguments, **values):
    with pytest.raises(SalesforceError) as caught:
        call(*arguments, **values)
    return caught.value.code


def test_campaign_is_born_with_two_statuses(organisation, session, campaign):
    found = organisation.query(
        "SELECT Label, IsDefault, HasResponded FROM CampaignMemberStatus ORDER BY SortOrder",
        session,
    )
    assert list(found.rows()) == [("Sent", 1, 0), ("Responded", 0, 1)]


def test_member_gets_the_default_status_and_its_persons_fields(join, read):
    member = join()
    found = read(
        "SELECT Status, HasResponded, Email, Name, Type, CompanyOrAccount FROM CampaignMember"
        f" WHERE Id = '{member}'"
    )
    del found["attributes"]
    assert list(found.values()) == [
        "Sent", False, "ada@example.com", "Lovelace", "Lead", "Engines",
    ]  # fmt: skip


def test_member_responds_when_the_status_says_so(organisation, session, join, read):
    member = join()
    organisation.update("CampaignMember", member, {"Status": "responded"}, session)
    found = read("SELECT Status, HasResponded, FirstRespondedDate FROM CampaignMember")
    assert found["Status"] == "Responded"
    assert found["HasResponded"] is True
    assert found["FirstRespondedDate"] == organisation.now().date().isoformat()
    assert read("SELECT NumberOfResponses FROM Campaign")["NumberOfResponses"] == 1


def test_member_is_refused_when_the_campaign_has_no_such_status(join):
    assert code_of(join, Status="Unheard of") == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_member_joins_once(join):
    join()
    assert code_of(join) == "DUPLICATE_VALUE"


def test_member_is_one_person(join, organisation, session):
    contact = organisation.create("Contact", {"LastName": "Doe"}, session)
    assert code_of(join, ContactId=contact) == "FIELD_INTEGRITY_EXCEPTION"
    assert code_of(join, LeadId=None) == "FIELD_INTEGRITY_EXCEPTION"


def test_member_cannot_move_to_another_campaign(join, organisation, session, campaign):
    member = join()
    values = {"CampaignId": campaign}
    code = code_of(organisation.update, "CampaignMember", member, values, session)
    assert code == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_campaign_keeps_exactly_one_default_status(organisation, session, campaign):
    values = {"CampaignId": campaign, "Label": "Attended", "IsDefault": True}
    organisation.create("CampaignMemberStatus", values, session)
    found = organisation.query(
        "SELECT Label FROM CampaignMemberStatus WHERE IsDefault = true", session
    )
    assert list(found.rows()) == [("Attended",)]
    assert (
        code_of(organisation.create, "CampaignMemberStatus", values, session) == "DUPLICATE_VALUE"
    )


def test_members_go_with_their_lead(join, organisation, session, lead, read):
    join()
    organisation.delete("Lead", lead, session)
    assert read("SELECT Id FROM CampaignMember") is None


def test_campaigns_counts_follow_without_a_change_of_the_campaign(
    join, organisation, session, campaign, read
):
    soql = "SELECT NumberOfLeads, SystemModstamp FROM Campaign"
    before = read(soql)
    organisation.shift_clock(60)
    join()
    after = read(soql)
    assert (before["NumberOfLeads"], after["NumberOfLeads"]) == (0, 1)
    assert after["SystemModstamp"] == before["SystemModstamp"]


def test_member_moves_by_being_deleted_and_made_again(join, organisation, session, read):
    member = join()
    organisation.delete("CampaignMember", member, session)
    assert join(Status="Responded") != member
    assert read("SELECT HasResponded FROM CampaignMember")["HasResponded"] is True
