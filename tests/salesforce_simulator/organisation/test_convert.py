import pytest

from salesforce_simulator.organisation.dml.convert import LeadConvert
from salesforce_simulator.organisation.errors import SalesforceError

STATUS = "Closed - Converted"


@pytest.fixture
def convert(organisation, session):
    def call(lead_id, status=STATUS, **options):
        (outcome,) = organisation.convert_leads([LeadConvert(lead_id, status, **options)], session)
        return outcome

    return call


def test_lead_becomes_account_contact_and_opportunity(convert, organisation, session, lead, read):
    change = {"HasOptedOutOfEmail": True, "City": "London", "Behavior_Score__c": 7}
    organisation.update("Lead", lead, {**change, "LeadSource": "Web"}, session)
    organisation.shift_clock(60)
    outcome = convert(lead[:15])
    assert outcome.error is None
    found = read(
        "SELECT IsConverted, Status, ConvertedDate, ConvertedAccountId, ConvertedContactId,"
        f" ConvertedOpportunityId, SystemModstamp, CreatedDate FROM Lead WHERE Id = '{lead}'"
    )
    del found["attributes"]
    *values, stamp, created = found.values()
    assert values == [
        True, STATUS, organisation.now().date().isoformat(),
        outcome.account_id, outcome.contact_id, outcome.opportunity_id,
    ]  # fmt: skip
    assert stamp > created
    contact = read(
        "SELECT Name, Email, MailingCity, HasOptedOutOfEmail, Behavior_Score__c, LeadSource,"
        " Account.Name FROM Contact"
    )
    assert contact["Account"]["Name"] == "Engines"
    assert [contact[name] for name in ("Name", "Email", "MailingCity", "LeadSource")] == [
        "Lovelace", "ada@example.com", "London", "Web",
    ]  # fmt: skip
    assert (contact["HasOptedOutOfEmail"], contact["Behavior_Score__c"]) == (True, 7.0)
    role = read("SELECT OpportunityId, ContactId, IsPrimary FROM OpportunityContactRole")
    assert role["OpportunityId"] == outcome.opportunity_id
    assert (role["ContactId"], role["IsPrimary"]) == (outcome.contact_id, True)


def test_converted_lead_can_be_read_and_no_longer_changed(convert, organisation, session, lead):
    convert(lead)
    assert organisation.get("Lead", lead, session, ["Id"], "60.0")["Id"] == lead
    with pytest.raises(SalesforceError) as caught:
        organisation.update("Lead", lead, {"City": "x"}, session)
    assert caught.value.code == "CANNOT_UPDATE_CONVERTED_LEAD"
    assert convert(lead).error.code == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_converted_lead_is_changed_by_who_may_edit_converted_leads(
    convert, organisation, session, lead, read
):
    convert(lead)
    permission = "PermissionsAllowViewEditConvertedLeads"
    values = {"Name": "Editors", "Label": "Editors", permission: True}
    made = organisation.create("PermissionSet", values, session)
    assignment = {"PermissionSetId": made, "AssigneeId": session.user_id}
    organisation.create("PermissionSetAssignment", assignment, session)
    organisation.update("Lead", lead, {"City": "Bath"}, session)
    assert read(f"SELECT City FROM Lead WHERE Id = '{lead}'")["City"] == "Bath"


def test_existing_contact_gets_values_for_its_empty_fields(
    convert, organisation, session, lead, read
):
    change = {"Phone": "1", "Title": "Countess", "LeadSource": "Web", "DoNotCall": True}
    organisation.update("Lead", lead, change, session)
    account = organisation.create("Account", {"Name": "Babbage & Co"}, session)
    there = {"LastName": "King", "Phone": "2", "AccountId": account, "LeadSource": "Other"}
    contact = organisation.create("Contact", there, session)
    outcome = convert(lead, account_id=account, contact_id=contact, do_not_create_opportunity=True)
    assert (outcome.account_id, outcome.contact_id) == (account, contact)
    assert outcome.opportunity_id is None
    found = read("SELECT LastName, Phone, Title, LeadSource, DoNotCall FROM Contact")
    del found["attributes"]
    assert list(found.values()) == ["King", "2", "Countess", "Other", True]
    assert read("SELECT Id FROM Opportunity") is None


def test_lead_source_is_overwritten_when_the_call_says_so(
    convert, organisation, session, lead, read
):
    organisation.update("Lead", lead, {"LeadSource": "Web"}, session)
    account = organisation.create("Account", {"Name": "A"}, session)
    contact = organisation.create("Contact", {"LastName": "K", "LeadSource": "Other"}, session)
    convert(lead, account_id=account, contact_id=contact, overwrite_lead_source=True)
    assert read("SELECT LeadSource FROM Contact")["LeadSource"] == "Web"


def test_memberships_get_the_contact_and_tasks_move(convert, organisation, session, lead, read):
    campaign = organisation.create("Campaign", {"Name": "Fair"}, session)
    organisation.create("CampaignMember", {"CampaignId": campaign, "LeadId": lead}, session)
    organisation.create("Task", {"Subject": "Call", "WhoId": lead}, session)
    outcome = convert(lead)
    member = read("SELECT LeadId, ContactId, Type FROM CampaignMember")
    assert (member["LeadId"], member["ContactId"]) == (lead, outcome.contact_id)
    assert read("SELECT WhoId FROM Task")["WhoId"] == outcome.contact_id
    assert read("SELECT CampaignId FROM Opportunity")["CampaignId"] == campaign


def test_conversion_is_refused_and_leaves_nothing_behind(
    convert, organisation, session, lead, read
):
    assert convert(lead, "Working - Contacted").error.code == "INVALID_STATUS"
    contact = organisation.create("Contact", {"LastName": "K"}, session)
    assert convert(lead, contact_id=contact).error.code == "REQUIRED_FIELD_MISSING"
    queue = organisation.create("Group", {"Name": "Q", "Type": "Queue"}, session)
    organisation.create("QueueSobject", {"QueueId": queue, "SobjectType": "Lead"}, session)
    organisation.update("Lead", lead, {"OwnerId": queue}, session)
    assert convert(lead).error.message.startswith("Converted objects can only be owned by users.")
    rule = {"object": "Opportunity", "formula": "NOT(ISBLANK(Name))", "message": "no deals"}
    organisation.rules.change({"validation_rules": [rule]})
    outcome = convert(lead, owner_id=session.user_id)
    assert outcome.error.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert read("SELECT Id FROM Account") is None
    organisation.rules.change({"validation_rules": []})
    assert convert(lead, owner_id=session.user_id).error is None
