"""Parents of one type and of many, aliases, and children."""

import json

import pytest

from tests.salesforce_simulator.recorded import recordings


@pytest.fixture(scope="module")
def activities(demo, session):
    """A task about a contact and an account, one about a lead, and one about nobody."""
    account = demo.create("Account", {"Name": "Tom Cruise", "Phone": "123456"}, session)
    contact = demo.create("Contact", {"LastName": "Contact", "AccountId": account}, session)
    lead = demo.create("Lead", {"LastName": "Lead", "Company": "Company"}, session)
    rows = [{"WhoId": contact, "WhatId": account}, {"WhoId": lead}, {}]
    for number, row in enumerate(rows):
        demo.create("Task", {"Subject": f"typeof {number}", **row}, session)
    return {"account": account, "contact": contact, "lead": lead}


def test_typeof_shows_the_fields_of_each_type_as_recorded(records, activities):
    soql = (
        "SELECT Id, TYPEOF Who WHEN Contact THEN LastName, Email WHEN Lead THEN LastName, Company"
        " ELSE Id END, TYPEOF What WHEN Account THEN Name, Description, Phone, AccountNumber"
        " ELSE Id END, Subject FROM Task WHERE Subject LIKE 'typeof%' ORDER BY Subject"
    )
    with_both, with_lead, with_nobody = records(soql)
    recorded = _recorded_event()
    assert list(with_both) == [key for key in recorded if key in with_both]
    for parent in ("Who", "What"):
        assert list(with_both[parent]) == list(recorded[parent])
        assert with_both[parent]["attributes"]["type"] == recorded[parent]["attributes"]["type"]
    assert with_both["What"]["Name"] == "Tom Cruise"
    assert with_lead["Who"] == {
        "attributes": {
            "type": "Lead",
            "url": f"/services/data/v60.0/sobjects/Lead/{activities['lead']}",
        },
        "LastName": "Lead",
        "Company": "Company",
    }
    assert with_nobody["Who"] is with_nobody["What"] is None


def _recorded_event():
    name = "TestSelect.test_select_similarity_select_and_insert_strategy.json"
    tape = json.loads(recordings("cumulusci-cassettes", name).read_text("utf-8"))
    found = (entry for entry in tape["interactions"] if "TYPEOF" in str(entry.get("request")))
    return next(found)["response"]["body"]["records"][1]


def test_typeof_falls_back_to_else_or_to_null(records, activities):
    soql = "SELECT TYPEOF Who WHEN Contact THEN LastName {} END FROM Task WHERE WhoId = '{}'"
    (other,) = records(soql.format("ELSE Name, Type", activities["lead"]))
    assert other["Who"]["attributes"]["type"] == "Lead"
    assert (other["Who"]["Name"], other["Who"]["Type"]) == ("Lead", "Lead")
    assert records(soql.format("", activities["lead"]))[0]["Who"] is None


def test_typeof_is_refused_for_a_parent_of_one_type(refusal):
    assert refusal("SELECT TYPEOF CreatedBy WHEN User THEN Name END FROM Lead").code == (
        "INVALID_FIELD"
    )
    assert refusal("SELECT TYPEOF Who WHEN Account THEN Name END FROM Task").code == "INVALID_FIELD"


def test_path_to_a_polymorphic_parent_reads_any_type(records, activities):
    soql = "SELECT Who.Name, Who.Type, What.Type FROM Task WHERE Subject LIKE 'typeof%'"
    found = {record["Who"] and record["Who"]["Type"]: record for record in records(soql)}
    assert set(found) == {"Contact", "Lead", None}
    assert found["Lead"]["Who"]["attributes"] == {
        "type": "Name",
        "url": f"/services/data/v60.0/sobjects/Lead/{activities['lead']}",
    }
    where = "Who.Type = 'Contact' AND What.Type IN ('Account', 'Campaign') AND Who.Name = 'contact'"
    assert len(records(f"SELECT Id FROM Task WHERE {where}")) == 1


def test_owner_may_be_a_queue(records, demo, session):
    queue = demo.create("Group", {"Name": "Desk", "Type": "Queue", "Email": "q@x.example"}, session)
    demo.create("QueueSobject", {"QueueId": queue, "SobjectType": "Lead"}, session)
    lead = demo.create("Lead", {"LastName": "q", "Company": "x", "OwnerId": queue}, session)
    (found,) = records("SELECT Id, Owner.Name, Owner.Email FROM Lead WHERE Owner.Type = 'Queue'")
    assert (found["Id"], found["Owner"]["Name"]) == (lead, "Desk")
    assert found["Owner"]["attributes"]["url"].endswith(f"/sobjects/Group/{queue}")


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT c.Id, c.Account.Name FROM Contact c WHERE c.Account.Name = 'Tom Cruise'",
        "SELECT c.Id, a.Name FROM Contact c, c.Account a WHERE a.Name = 'Tom Cruise'",
        "SELECT Id, a.Name FROM Contact AS c, Contact.Account AS a WHERE a.Name = 'Tom Cruise'",
        "SELECT Contact.Id, Contact.Account.Name FROM Contact WHERE Account.Name = 'tom cruise'",
        "select ID, ACCOUNT.NAME from CONTACT where account.name = 'TOM CRUISE'",
    ],
)
def test_aliases_and_names_in_any_case_mean_the_same(records, activities, soql):
    (found,) = records(soql)
    assert found["Id"] == activities["contact"]
    assert found["Account"]["Name"] == "Tom Cruise"


def test_children_stand_in_their_place_and_have_parents_of_their_own(records, activities):
    sub = "(SELECT LastName, Account.Owner.Name FROM a.Contacts LIMIT 1)"
    (found,) = records(f"SELECT Id, {sub}, Name FROM Account a WHERE Name = 'Tom Cruise'")
    assert list(found) == ["attributes", "Id", "Contacts", "Name"]
    (child,) = found["Contacts"]["records"]
    assert child["Account"]["Owner"]["attributes"]["type"] == "User"


def test_paths_go_up_five_levels(records, refusal):
    five = "ReportsTo." * 5
    assert records(f"SELECT {five}Name FROM Contact LIMIT 1")
    assert refusal(f"SELECT {five}ReportsTo.Name FROM Contact LIMIT 1").code == "INVALID_FIELD"


def test_parents_are_fifty_five_at_most(query, refusal):
    users = ("CreatedBy", "LastModifiedBy", "Owner")
    relations = [f"{user}{end}" for user in users for end in ("", ".Profile", ".Manager")]
    relations += ["Account", "Account.Owner", "Account.CreatedBy"]
    chain = ["ReportsTo." * level for level in range(6)]
    trails = [f"{above}{relation}" for above in chain for relation in relations]
    paths = [f"{trail}.Id" for trail in trails if trail.count(".") < 5]
    most = next(n for n in range(1, 99) if _parents(paths[:n]) == 55)
    assert query(f"SELECT {', '.join(paths[:most])} FROM Contact LIMIT 1").total_size == 1
    more = paths[: next(n for n in range(1, 99) if _parents(paths[:n]) == 56)]
    assert refusal(f"SELECT {', '.join(more)} FROM Contact").code == "QUERY_TOO_COMPLICATED"


def _parents(paths):
    parts = (path.split(".")[:-1] for path in paths)
    return len({tuple(names[: n + 1]) for names in parts for n in range(len(names))})


def test_ids_are_found_in_their_short_form_and_in_any_case(records, activities):
    full = activities["contact"]
    for written in (full, full[:15], full.upper(), full.lower()):
        (found,) = records(f"SELECT Id FROM Contact WHERE Id = '{written}'")
        assert found["Id"] == full
    assert records(f"SELECT Id FROM Contact WHERE Id = '{full[:15].swapcase()}'") == []
