import pytest

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import Organisation

HERE = "127.0.0.1"


def code_of(call, *arguments, **options):
    with pytest.raises(SalesforceError) as caught:
        call(*arguments, **options)
    return caught.value.code


@pytest.fixture
def given(organisation):
    return organisation.credentials()


@pytest.fixture
def secret(given):
    return given["password"] + given["security_token"]


def test_every_seeded_user_can_log_in(organisation):
    everyone = organisation.users.all_credentials()
    assert len(everyone) == 6
    for user in everyone:
        session = organisation.login(user["username"], user["password"] + user["security_token"])
        assert session.username == user["username"]


@pytest.mark.parametrize(
    ("policies", "code"),
    [
        ({"soap_login_enabled": False}, "INVALID_OPERATION"),
        ({"locked": True}, "ORG_LOCKED"),
        ({"api_enabled": False}, "API_DISABLED_FOR_ORG"),
        ({"any_api_auth_required": True}, "INSUFFICIENT_ACCESS"),
    ],
)
def test_login_is_refused_when_a_policy_forbids_it(organisation, given, secret, policies, code):
    organisation.policies.change(**policies)
    assert code_of(organisation.login, given["username"], secret) == code


def test_login_with_any_api_auth_is_open_when_the_user_has_the_permission(
    organisation, given, secret
):
    organisation.policies.change(any_api_auth_required=True)
    organisation.users.set_flag(given["username"], "any_api_auth", on=True)
    assert organisation.login(given["username"], secret)


def test_token_is_not_needed_when_the_network_is_trusted(organisation, given):
    organisation.policies.change(trusted_networks=["10.0.0.0-10.0.0.255"])
    inside = organisation.login(given["username"], given["password"], "10.0.0.7")
    assert inside.username == given["username"]
    code = code_of(organisation.login, given["username"], given["password"], "10.0.1.7")
    assert code == "LOGIN_MUST_USE_SECURITY_TOKEN"


def test_profile_bars_the_login_when_hours_or_address_do_not_fit(organisation, given, secret):
    week = {f"{day}{edge}": 0 for day in WEEK for edge in ("Start", "End")}
    organisation.users.restrict_profile("System Administrator", week, [])
    assert code_of(organisation.login, given["username"], secret) == "LOGIN_DURING_RESTRICTED_TIME"
    organisation.users.restrict_profile("System Administrator", {}, ["10.0.0.1-10.0.0.1"])
    code = code_of(organisation.login, given["username"], "wrong")
    assert code == "LOGIN_DURING_RESTRICTED_DOMAIN"
    assert organisation.login(given["username"], secret, "10.0.0.1")


WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.mark.parametrize("state", ["frozen", "inactive", "locked"])
def test_login_is_refused_when_the_user_is_barred_and_open_again_afterwards(
    organisation, given, secret, state
):
    change = {
        "frozen": lambda on: organisation.users.set_flag(given["username"], "frozen", on=on),
        "inactive": lambda on: organisation.users.set_active(given["username"], active=not on),
        "locked": lambda on: organisation.users.lock(given["username"], locked=on),
    }[state]
    change(True)
    expected = "PASSWORD_LOCKOUT" if state == "locked" else "INVALID_LOGIN"
    assert code_of(organisation.login, given["username"], secret) == expected
    change(False)
    assert organisation.login(given["username"], secret)


def test_logins_are_limited_in_an_hour(organisation, given, secret):
    organisation.policies.change(logins_per_hour=2)
    for _ in range(2):
        organisation.login(given["username"], secret)
    assert code_of(organisation.login, given["username"], secret) == "LOGIN_RATE_EXCEEDED"
    organisation.shift_clock(3601)
    assert organisation.login(given["username"], secret)


def test_session_lasts_as_long_as_the_policy_says_and_slides(organisation, session):
    organisation.policies.change(session_seconds=900)
    organisation.session(session.id)
    again = organisation.login(*_login(organisation))
    organisation.shift_clock(800)
    assert organisation.session(again.id).seconds_valid == 900
    organisation.shift_clock(800)
    organisation.session(again.id)
    organisation.shift_clock(901)
    assert code_of(organisation.session, again.id) == "INVALID_SESSION_ID"


def _login(organisation):
    given = organisation.credentials()
    return given["username"], given["password"] + given["security_token"]


@pytest.mark.parametrize("seconds", [899, 86401])
def test_session_timeout_is_refused_when_out_of_range(organisation, seconds):
    with pytest.raises(ValueError, match="session_seconds"):
        organisation.policies.change(session_seconds=seconds)


@pytest.mark.parametrize(
    "change", [{"nonsense": 1}, {"api_enabled": "yes"}, {"trusted_networks": ["x"]}]
)
def test_policy_is_refused_when_unknown_or_of_another_kind(organisation, change):
    before = organisation.policies.current
    with pytest.raises(ValueError):  # noqa: PT011 - three different sentences
        organisation.policies.change(**change)
    assert organisation.policies.current == before


def test_sessions_end_one_by_one_or_by_user(organisation, session):
    other = organisation.users.all_credentials()[1]
    theirs = organisation.login(other["username"], other["password"] + other["security_token"])
    second = organisation.login(*_login(organisation))
    organisation.sessions.end(id=second.id)
    assert code_of(organisation.session, second.id) == "INVALID_SESSION_ID"
    organisation.sessions.end(user_id=session.user_id)
    assert code_of(organisation.session, session.id) == "INVALID_SESSION_ID"
    assert organisation.session(theirs.id)


def test_session_is_no_good_for_the_api_when_the_organisation_has_none(organisation, session):
    organisation.policies.change(api_enabled=False)
    assert code_of(organisation.session, session.id) == "API_DISABLED_FOR_ORG"


def test_session_is_no_good_for_the_api_when_its_user_may_not(organisation, session):
    other = organisation.users.all_credentials()[1]
    secret = other["password"] + other["security_token"]
    theirs = organisation.login(other["username"], secret)
    profile = organisation.create("Profile", {"Name": "No API"}, session)
    organisation.update("User", theirs.user_id, {"ProfileId": profile}, session)
    assert code_of(organisation.session, theirs.id) == "API_CURRENTLY_DISABLED"
    assert code_of(organisation.login, other["username"], secret) == "API_CURRENTLY_DISABLED"
    permission_set = organisation.create(
        "PermissionSet", {"Name": "Api", "Label": "API", "PermissionsApiEnabled": True}, session
    )
    assignment = {"AssigneeId": theirs.user_id, "PermissionSetId": permission_set}
    organisation.create("PermissionSetAssignment", assignment, session)
    assert organisation.session(theirs.id)
    assert organisation.login(other["username"], secret)


def test_session_is_dead_when_its_user_was_deactivated(organisation, session):
    organisation.users.set_active(session.username, active=False)
    assert code_of(organisation.session, session.id) == "INVALID_SESSION_ID"


def test_refresh_gives_a_new_id_and_ends_sessions_but_keeps_users(organisation, session, tmp_path):
    before = organisation.id
    after = organisation.refresh()
    assert after != before
    assert code_of(organisation.session, session.id) == "INVALID_SESSION_ID"
    again = organisation.login(*_login(organisation))
    assert again.user_id == session.user_id
    assert again.id.startswith(after[:15] + "!")
    reopened = Organisation.open(tmp_path / "org")
    assert reopened.id == after
    reopened.close()
