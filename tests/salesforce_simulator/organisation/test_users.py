import pytest

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import Organisation


def code_of(call, *arguments):
    with pytest.raises(SalesforceError) as caught:
        call(*arguments)
    return caught.value.code


@pytest.fixture
def given(organisation):
    return organisation.credentials()


def test_login_opens_a_session_of_the_user(organisation, given):
    session = organisation.login(
        given["username"].upper(), given["password"] + given["security_token"]
    )
    assert session.id.startswith(organisation.id[:15] + "!")
    assert organisation.session(session.id).user["TimeZoneSidKey"] == "America/Los_Angeles"


def test_login_asks_for_the_token_when_it_alone_is_missing(organisation, given):
    assert code_of(organisation.login, given["username"], given["password"]) == (
        "LOGIN_MUST_USE_SECURITY_TOKEN"
    )
    organisation.reset_security_token(given["username"])
    old = given["password"] + given["security_token"]
    assert code_of(organisation.login, given["username"], old) == "INVALID_LOGIN"


def test_user_is_locked_out_after_ten_wrong_passwords(organisation, given):
    right = given["password"] + given["security_token"]
    for _ in range(10):
        assert code_of(organisation.login, given["username"], "wrong") == "INVALID_LOGIN"
    assert code_of(organisation.login, given["username"], right) == "PASSWORD_LOCKOUT"
    organisation.shift_clock(15 * 60 + 1)
    assert organisation.login(given["username"], right)


def test_session_of_an_expired_password_allows_nothing_else(organisation, session):
    organisation.expire_password(session.username)
    assert code_of(organisation.session, session.id) == "INVALID_OPERATION_WITH_EXPIRED_PASSWORD"
    assert organisation.session(session.id, even_expired_password=True).password_expired


def test_session_slides_with_use_and_ends_without(organisation, session):
    for _ in range(3):
        organisation.shift_clock(7000)
        organisation.session(session.id)
    organisation.shift_clock(7201)
    assert code_of(organisation.session, session.id) == "INVALID_SESSION_ID"


def test_session_ends_on_request(organisation, session):
    organisation.end_session(session.id)
    assert code_of(organisation.session, session.id) == "INVALID_SESSION_ID"


def test_organisation_is_the_same_when_opened_again(organisation, session, tmp_path):
    again = Organisation.open(tmp_path / "org", seed="demo")
    assert again.id == organisation.id
    assert again.record_count("Lead") == 1
    assert again.session(session.id).username == session.username
    again.close()
