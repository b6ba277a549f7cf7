from pathlib import Path

import pytest
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from tests.salesforce_simulator.protocols.oauth.process import OAuthOrganisation

ENVELOPE = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns="urn:partner.soap.sforce.com"><e:Header><SessionHeader><sessionId>{session}</sessionId>
</SessionHeader></e:Header><e:Body><{operation}>{values}</{operation}></e:Body></e:Envelope>"""
NEW = "Correct-horse-7"


@pytest.fixture(scope="module")
def organisation(tmp_path_factory):
    process = OAuthOrganisation(
        tmp_path_factory.mktemp("passwords"), "--control", "--seed", "leads:1"
    )
    yield process
    process.stop()


@pytest.fixture
def person(organisation):
    """A user with his credentials, which are put back afterwards."""
    before = organisation.everyone()[1]
    yield before
    organisation.control("users", {**before, "password_expired": False})


def call(organisation, session_id, operation, **values):
    elements = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return organisation.session().post(
        f"{organisation.url}/services/Soap/u/59.0",
        data=ENVELOPE.format(session=session_id, operation=operation, values=elements),
        headers={"Content-Type": "text/xml", "SOAPAction": '""'},
    )


def user_id(organisation, username):
    soql = f"SELECT Id FROM User WHERE Username = '{username}'"
    return organisation.client().query(soql)["records"][0]["Id"]


def test_expired_password_is_good_again_once_a_new_one_is_set(organisation, person):
    name = person["username"]
    organisation.control("users", {"username": name, "password_expired": True})
    session_id, _ = organisation.login(**person)
    headers = {"Authorization": f"Bearer {session_id}"}
    limits = f"{organisation.url}/services/data/v60.0/limits"
    assert organisation.session().get(limits, headers=headers).status_code == 400
    reply = call(organisation, session_id, "setPassword", userId=user_id(organisation, name),
                 password=NEW)  # fmt: skip
    assert reply.status_code == 200
    assert "<setPasswordResponse><result></result></setPasswordResponse>" in reply.text
    assert organisation.session().get(limits, headers=headers).status_code == 200
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        organisation.login(**{**person, "password": NEW})
    assert caught.value.code == "INVALID_LOGIN", "the old security token must be gone"
    new_token = organisation.control("users", {"username": name})["security_token"]
    assert organisation.login(username=name, password=NEW, security_token=new_token)


@pytest.mark.parametrize("password", ["Short-7", "onlyletters", "1234567890"])
def test_password_is_refused_when_it_is_weak(organisation, person, password):
    session_id, _ = organisation.login(**person)
    reply = call(organisation, session_id, "changeOwnPassword", oldPassword=person["password"],
                 newPassword=password)  # fmt: skip
    assert "<sf:exceptionCode>INVALID_NEW_PASSWORD</sf:exceptionCode>" in reply.text


def test_own_password_is_changed_by_whoever_knows_it(organisation, person):
    session_id, _ = organisation.login(**person)
    wrong = call(organisation, session_id, "changeOwnPassword", oldPassword="x", newPassword=NEW)
    assert "<sf:exceptionCode>INVALID_OLD_PASSWORD</sf:exceptionCode>" in wrong.text
    repeated = call(organisation, session_id, "changeOwnPassword",
                    oldPassword=person["password"], newPassword=person["password"])  # fmt: skip
    assert "invalid repeated password" in repeated.text or "INVALID_NEW_PASSWORD" in repeated.text
    right = call(organisation, session_id, "changeOwnPassword", oldPassword=person["password"],
                 newPassword=NEW)  # fmt: skip
    assert right.status_code == 200
    assert organisation.control("users", {"username": person["username"]})["password"] == NEW


def test_password_of_another_is_set_by_managers_of_users_alone(organisation, person):
    client = organisation.client()
    profiles = client.query("SELECT Id FROM Profile WHERE Name = 'Standard User'")["records"]
    them = user_id(organisation, person["username"])
    client.User.update(them, {"ProfileId": profiles[0]["Id"]})
    me = user_id(organisation, organisation.ready["username"])
    session_id, _ = organisation.login(**person)
    refused = call(organisation, session_id, "setPassword", userId=me, password=NEW)
    assert "<sf:exceptionCode>INSUFFICIENT_ACCESS</sf:exceptionCode>" in refused.text
    mine, _ = organisation.login()
    assert call(organisation, mine, "setPassword", userId=them, password=NEW).status_code == 200
    unknown = call(organisation, mine, "setPassword", userId="005x", password=NEW)
    assert "<sf:exceptionCode>INVALID_ID_FIELD</sf:exceptionCode>" in unknown.text


def test_credentials_are_for_the_owner_of_the_directory_alone(organisation):
    for name in (
        organisation.ready["credentials_file"],
        organisation.ready["oauth"]["jwt_key_file"],
    ):
        assert Path(name).stat().st_mode & 0o777 == 0o600
