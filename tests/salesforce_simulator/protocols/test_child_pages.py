"""More children than one page holds: each record's sub-query has pages of its own."""

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

PAGE = {"Sforce-Query-Options": "batchSize=200"}
NAMES = ("Large", "Small", "Empty")


@pytest.fixture
def client(start_organisation):
    """An account with 450 contacts, one with 3, and one with none."""
    client = start_organisation("--seed", "leads:1").client()
    accounts = [client.Account.create({"Name": name})["id"] for name in NAMES]
    wanted = [accounts[0]] * 450 + [accounts[1]] * 3
    rows = [{"LastName": f"c{n:03}", "AccountId": owner} for n, owner in enumerate(wanted)]
    client.bulk2.Contact.insert(records=rows)
    return client


def test_children_are_paged_within_their_record(client):
    sub = "(SELECT LastName, Account.Name FROM Contacts ORDER BY LastName)"
    soql = f"SELECT Name, {sub} FROM Account WHERE Name IN {NAMES} ORDER BY CreatedDate, Id"
    found = {row["Name"]: row["Contacts"] for row in client.query(soql, headers=PAGE)["records"]}
    assert found["Empty"] is None
    assert found["Small"]["done"]
    page = found["Large"]
    assert (page["totalSize"], page["done"]) == (450, False)
    names = [row["LastName"] for row in page["records"]]
    while not page["done"]:
        assert page["nextRecordsUrl"].endswith(f"-{len(names)}")
        page = client.query_more(page["nextRecordsUrl"], True, headers=PAGE)
        assert page["records"][0]["Account"]["Name"] == "Large"
        names += [row["LastName"] for row in page["records"]]
    assert names == [f"c{n:03}" for n in range(450)]


def test_older_versions_have_one_level_of_children(client):
    soql = "SELECT (SELECT Id, (SELECT Id FROM CampaignMembers) FROM Contacts) FROM Account"
    path = client.base_url.replace("v60.0", "v57.0") + "query"
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client._call_salesforce("GET", path, params={"q": soql})
    (error,) = caught.value.content
    assert error["errorCode"] == "MALFORMED_QUERY"
    assert error["message"].endswith(
        "SOQL statements cannot query aggregate relationships more than 1 level away from the root"
        " entity object."
    )
    assert client.query(f"{soql} LIMIT 1")["totalSize"] == 1
