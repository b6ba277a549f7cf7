"""Searches with SOSL over REST and SOAP."""

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest


@pytest.fixture(scope="module")
def world(live_organisation):
    """An account with two contacts, and a lead, whose words nothing else has."""
    client = live_organisation.client()
    account = client.Account.create({"Name": "Quixotic Windmills Ltd", "Phone": "+34 555 0199773"})
    names = {"FirstName": "Sancho", "LastName": "Panzaquix", "Email": "sancho@rocinante.example"}
    sancho = client.Contact.create({**names, "AccountId": account["id"]})
    other = client.Contact.create({"LastName": "Quixotic", "Title": "O'Windmills (old)"})
    lead = client.Lead.create({"LastName": "Dulcinea", "Company": "Windmills, Quixotic"})
    yield {"account": account["id"], "sancho": sancho["id"], "other": other["id"],
           "lead": lead["id"]}  # fmt: skip
    client.Lead.delete(lead["id"])
    client.Contact.delete(other["id"])
    client.Account.delete(account["id"])


@pytest.fixture
def search(salesforce, world):
    """Search and return the names in the world of the records that are found, in order."""

    def run(sosl):
        names = {record_id: name for name, record_id in world.items()}
        return [names[record["Id"]] for record in salesforce.search(sosl)["searchRecords"]]

    return run


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("quixotic", ["account", "other", "lead"]),
        ("Quixot*", ["account", "other", "lead"]),
        ("quixoti?", ["account", "other", "lead"]),
        ("quixot", []),
        ("*quixotic", ["account", "other", "lead"]),
        ("quixotic windmills", ["account", "other", "lead"]),
        ('"quixotic windmills"', ["account"]),
        ("quixotic AND NOT ltd", ["other", "lead"]),
        ("panzaquix OR dulcinea", ["sancho", "lead"]),
        ("quixotic AND (ltd OR dulcinea)", ["account", "lead"]),
        ("sancho@rocinante.example", ["sancho"]),
        ("quixotic & windmills", ["account", "other", "lead"]),
    ],
)
def test_words_find_the_records_that_hold_them(search, term, found):
    objects = "Account(Id), Contact(Id ORDER BY LastName), Lead(Id)"
    assert search(f"FIND {{{term}}} IN ALL FIELDS RETURNING {objects}") == found


@pytest.mark.parametrize(
    ("group", "term", "found"),
    [
        ("NAME", "quixotic", ["account", "other"]),
        ("EMAIL", "rocinante", ["sancho"]),
        ("EMAIL", "quixotic", []),
        ("PHONE", "0199773", ["account"]),
    ],
)
def test_fields_of_one_kind_are_searched_alone(search, group, term, found):
    sosl = f"FIND {{{term}}} IN {group} FIELDS RETURNING Account(Id), Contact(Id), Lead(Id)"
    assert search(sosl) == found


def test_objects_are_narrowed_and_cut_as_in_soql(search, salesforce):
    where = "WHERE Title = 'O\\'Windmills (old)' AND LastName != ')' LIMIT 1"
    assert search(f"FIND {{quixotic}} RETURNING Contact(Id {where}), Account") == [
        "other",
        "account",
    ]
    assert search("FIND {quixotic} RETURNING Account(Id), Lead(Id) LIMIT 1") == ["account"]
    assert set(search("FIND {quixotic}")) == {"account", "other", "lead"}
    found = salesforce.search("FIND {dulcinea} RETURNING Lead(Company, Owner.Name)")
    (record,) = found["searchRecords"]
    assert record["Company"] == "Windmills, Quixotic"
    assert record["attributes"]["type"] == "Lead"
    assert record["Owner"]["Name"]


def test_records_are_a_bare_list_when_the_version_is_old(live_organisation, world):
    records = live_organisation.client(version="36.0").search("FIND {dulcinea} RETURNING Lead")
    assert [record["Id"] for record in records] == [world["lead"]]


@pytest.mark.parametrize(
    ("sosl", "code"),
    [
        ("quixotic", "MALFORMED_SEARCH"),
        ("FIND {quixotic", "MALFORMED_SEARCH"),
        ("FIND {q}", "INVALID_SEARCH"),
        ("FIND {}", "INVALID_SEARCH"),
        ("FIND {quixotic (lost}", "MALFORMED_SEARCH"),
        ("FIND {quixotic OR}", "MALFORMED_SEARCH"),
        ("FIND {quixotic)}", "MALFORMED_SEARCH"),
        ("FIND {quixotic} IN SOME FIELDS", "MALFORMED_SEARCH"),
        ("FIND {quixotic} RETURNING ", "MALFORMED_SEARCH"),
        ("FIND {quixotic} RETURNING Lead(Id", "MALFORMED_SEARCH"),
        ("FIND {quixotic} RETURNING Lead(Id) AND SO ON", "MALFORMED_SEARCH"),
        ("FIND {quixotic} RETURNING Nonsense", "INVALID_TYPE"),
        ("FIND {quixotic} RETURNING Organization(Id)", "INVALID_TYPE"),
        ("FIND {quixotic} RETURNING Lead(Nonsense)", "INVALID_FIELD"),
        ("FIND {nobodyhasthis} RETURNING Lead(Nonsense)", "INVALID_FIELD"),
    ],
)
def test_search_is_refused_when_it_cannot_be_run(salesforce, sosl, code):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        salesforce.search(sosl)
    assert caught.value.content[0]["errorCode"] == code


@pytest.mark.parametrize(
    ("sosl", "part"),
    [
        ("FIND {dulcinea} RETURNING Lead(LastName)", "<sf:LastName>Dulcinea</sf:LastName>"),
        ("nothing", "<sf:exceptionCode>MALFORMED_SEARCH</sf:exceptionCode>"),
    ],
)
def test_search_is_answered_over_soap(live_organisation, salesforce, world, sosl, part):
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns="urn:partner.soap.sforce.com"><e:Header><SessionHeader>'
        f"<sessionId>{salesforce.session_id}</sessionId></SessionHeader></e:Header>"
        f"<e:Body><search><searchString>{sosl}</searchString></search></e:Body></e:Envelope>"
    )
    url = f"{live_organisation.url}/services/Soap/u/60.0"
    reply = live_organisation.session().post(url, data=body)
    assert part in reply.text
