import itertools

import pytest

from salesforce_simulator.organisation.organisation import Organisation


@pytest.fixture
def plant(tmp_path):
    opened = []

    def open_seeded(name, seed):
        organisation = Organisation.open(tmp_path / name, seed=seed)
        opened.append(organisation)
        given = organisation.credentials()
        session = organisation.login(given["username"], given["password"] + given["security_token"])
        return organisation, lambda soql: list(organisation.query(soql, session).rows())

    yield open_seeded
    for organisation in opened:
        organisation.close()


@pytest.mark.parametrize("seed", ["demo", "leads:300,contacts:20"])
def test_seed_is_the_same_each_time(plant, seed):
    soql = (
        "SELECT Id, Name, Email, Description, OwnerId, SystemModstamp, Street FROM {} ORDER BY Id"
    )
    (_, first), (_, second) = plant("one", seed), plant("two", seed)
    for name in ("Lead", "Contact"):
        query = soql.format(name).replace("Street", "Street" if name == "Lead" else "MailingStreet")
        assert first(query) == second(query)


def test_demo_holds_what_a_demonstration_needs(plant):
    organisation, rows = plant("demo", "demo")
    counts = {
        name: organisation.record_count(name) for name in ("Lead", "Contact", "Campaign", "User")
    }
    assert counts == {"Lead": 500, "Contact": 300, "Campaign": 5, "User": 6}
    assert organisation.credentials()["username"] == "connector@acme.example"
    reports = rows("SELECT Name, FolderName FROM Report")
    assert ("Act-On Report Prospects in Opportunities", "Act-On Reports") in reports
    private = rows("SELECT Name, FolderName FROM Report USING SCOPE allPrivate")
    assert private == [("My own hot leads", "Private Reports")]
    assert rows("SELECT Id FROM OpportunityContactRole")
    assert rows("SELECT Id FROM CampaignMember WHERE HasResponded = true")
    assert not rows("SELECT Id FROM Contact WHERE Account.Name = null")


def test_demo_addresses_go_nowhere(plant):
    _, rows = plant("demo", "demo")
    emails = itertools.chain(
        rows("SELECT Email FROM Lead WHERE Email != null"),
        rows("SELECT Email FROM Contact WHERE Email != null"),
        rows("SELECT Email FROM User"),
    )
    domains = {email.lower().rpartition("@")[2] for (email,) in emails}
    assert domains == {"example.com", "example.org", "mail.example.net", "acme.example"}


def test_volume_seed_breaks_lines_in_every_tenth_lead(plant):
    organisation, rows = plant("volume", "leads:1000,contacts:50")
    assert organisation.record_count("Contact") == 50
    texts = rows("SELECT Street, Description FROM Lead")
    assert sum("\n" in street and "\n" in text for street, text in texts) == 100
    filled = rows("SELECT FIELDS(ALL) FROM Lead LIMIT 200")
    assert min(sum(value is not None for value in row) for row in filled) >= 22


def test_volume_seed_leaves_room_for_new_records(plant):
    organisation, rows = plant("volume", "leads:62")
    given = organisation.credentials()
    session = organisation.login(given["username"], given["password"] + given["security_token"])
    created = organisation.create("Lead", {"LastName": "x", "Company": "y"}, session)
    assert rows("SELECT Id FROM Lead ORDER BY Id DESC LIMIT 1") == [(created,)]


@pytest.mark.parametrize("seed", ["", "leads", "leads:x", "demo2", "leads:1,accounts:2"])
def test_seed_is_refused_when_unknown(tmp_path, seed):
    with pytest.raises(ValueError, match="unknown seed"):
        Organisation.open(tmp_path / "org", seed=seed)
