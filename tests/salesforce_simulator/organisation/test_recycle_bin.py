import pytest

from salesforce_simulator.organisation.errors import SalesforceError

_DAY = 86_400


@pytest.fixture
def ids(organisation, session):
    def in_bin_too(soql):
        return [row[0] for row in organisation.query(soql, session, include_deleted=True).rows()]

    return in_bin_too


def test_deleted_record_is_gone_after_15_days(organisation, session, lead, ids):
    organisation.delete("Lead", lead, session)
    organisation.shift_clock(14 * _DAY)
    assert lead in ids("SELECT Id FROM Lead")
    organisation.shift_clock(2 * _DAY)
    assert lead not in ids("SELECT Id FROM Lead")
    with pytest.raises(SalesforceError) as caught:
        organisation.get("Lead", lead, session, None, "60.0")
    assert caught.value.code == "NOT_FOUND"
    with pytest.raises(SalesforceError):
        organisation.undelete("Lead", lead, session)


def test_emptied_bin_gives_nothing_back(organisation, session, lead, ids):
    organisation.create("Task", {"Subject": "x", "WhoId": lead}, session)
    organisation.delete("Lead", lead, session)
    done, unknown = organisation.empty_recycle_bin([lead[:15], "00QHs0000zzzzzz"], session)
    assert (done.id, done.error) == (lead, None)
    assert unknown.error.code == "INVALID_CROSS_REFERENCE_KEY"
    assert lead not in ids("SELECT Id FROM Lead")
    assert ids("SELECT Id FROM Task") == []


def test_id_of_an_expired_record_is_not_given_again(organisation, session, lead):
    organisation.delete("Lead", lead, session)
    organisation.shift_clock(16 * _DAY)
    assert organisation.create("Lead", {"LastName": "L", "Company": "C"}, session) > lead


def test_membership_comes_back_with_its_lead_alone(organisation, session, lead, read):
    campaign = organisation.create("Campaign", {"Name": "Fair"}, session)
    values = {"CampaignId": campaign, "LeadId": lead}
    member = organisation.create("CampaignMember", values, session)
    organisation.delete("Lead", lead, session)
    with pytest.raises(SalesforceError) as caught:
        organisation.undelete("CampaignMember", member, session)
    assert caught.value.code == "UNDELETE_FAILED"
    organisation.undelete("Lead", lead, session)
    assert read("SELECT Id FROM CampaignMember")["Id"] == member


def test_account_comes_back_with_its_contacts(organisation, session, read):
    account = organisation.create("Account", {"Name": "A"}, session)
    organisation.create("Contact", {"LastName": "C", "AccountId": account}, session)
    organisation.delete("Account", account, session)
    assert read("SELECT Id FROM Contact") is None
    organisation.shift_clock(60)
    organisation.undelete("Account", account, session)
    found = read("SELECT AccountId, SystemModstamp, CreatedDate FROM Contact")
    assert found["AccountId"] == account
    assert found["SystemModstamp"] > found["CreatedDate"]
