"""JWT bearer, client credentials, and the user name and password that nobody should send."""

import time
from pathlib import Path

import jwt
import pytest
from simple_salesforce.login import token_login

from salesforce_simulator.organisation.oauth.signing_key import new_rsa_key, private_pem
from tests.salesforce_simulator.protocols.oauth.walk import JWT_BEARER, Walk, error_of

LOGIN_HOST = "https://login.salesforce.com"


@pytest.fixture(scope="session")
def strange_key():
    return private_pem(new_rsa_key())


@pytest.fixture
def connector(oauth_organisation):
    """The seeded app, with all that the ready line tells about it."""
    return oauth_organisation.ready["oauth"]


def assertion(connector, key=None, algorithm="RS256", **changes):
    claims = {
        "iss": connector["client_id"],
        "sub": connector["jwt_username"],
        "aud": LOGIN_HOST,
        "exp": int(time.time()) + 180,
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key or Path(connector["jwt_key_file"]).read_text(), algorithm)


def exchange(organisation, given):
    return organisation.session().post(
        f"{organisation.url}/services/oauth2/token",
        data={"grant_type": JWT_BEARER, "assertion": given},
    )


def test_assertion_of_the_seeded_app_opens_a_session(oauth_organisation, connector):
    reply = exchange(oauth_organisation, assertion(connector))
    assert reply.status_code == 200
    assert list(reply.json()) == ["access_token", "scope", "instance_url", "id", "token_type"]
    walk = Walk(oauth_organisation, {})
    assert walk.data(reply.json()["access_token"]).status_code == 200


def test_assertion_works_as_simple_salesforce_sends_it(oauth_organisation, connector):
    given = assertion(connector, exp=f"{time.time() + 180:.0f}")
    session_id, instance = token_login(
        f"{oauth_organisation.url}/services/oauth2/token",
        {"grant_type": JWT_BEARER, "assertion": given},
        "login",
        connector["client_id"],
        None,
        None,
        oauth_organisation.session(),
    )
    assert instance == oauth_organisation.url.removeprefix("https://")
    assert Walk(oauth_organisation, {}).data(session_id).status_code == 200


def test_assertion_works_as_the_command_line_sends_it(oauth_organisation, connector):
    milliseconds = int(time.time() * 1000) + 300
    given = assertion(connector, exp=milliseconds)
    assert exchange(oauth_organisation, given).status_code == 200
    over = assertion(connector, exp=milliseconds - 3_600_000)
    assert error_of(exchange(oauth_organisation, over))[0] == "invalid_grant"


@pytest.mark.parametrize("path", ["", "/services/oauth2/token"])
def test_audience_may_be_the_organisation_itself(oauth_organisation, connector, path):
    given = assertion(connector, aud=oauth_organisation.url + path)
    assert exchange(oauth_organisation, given).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"iss": "3MVG9x"}, "invalid_client_id", "client identifier invalid"),
        ({"iss": None}, "invalid_client_id", "client identifier invalid"),
        ({"sub": "nobody@acme.example"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"sub": None}, "invalid_grant", "user hasn't approved this consumer"),
        ({"sub": "maria.garcia@acme.example"}, "invalid_grant",
         "user hasn't approved this consumer"),
        ({"aud": "https://test.salesforce.com"}, "invalid_grant", "audience is invalid"),
        ({"aud": "https://login.salesforce.com.evil.example"}, "invalid_grant",
         "audience is invalid"),
        ({"aud": None}, "invalid_grant", "audience is invalid"),
        ({"exp": None}, "invalid_grant", "invalid assertion"),
        ({"exp": "soon"}, "invalid_grant", "invalid assertion"),
        ({"exp": 1}, "invalid_grant", "invalid assertion"),
        ({"exp": 4_000_000_000}, "invalid_grant", "invalid assertion"),
    ],
)  # fmt: skip
def test_assertion_is_refused_when_a_claim_is_missing_or_swapped(
    oauth_organisation, connector, changes, error, description
):
    reply = exchange(oauth_organisation, assertion(connector, **changes))
    assert error_of(reply) == (error, description)


def test_assertion_is_refused_when_it_is_not_signed_with_the_apps_key(
    oauth_organisation, connector, strange_key
):
    invalid = ("invalid_grant", "invalid assertion")
    good = assertion(connector)
    for given in (
        assertion(connector, key=strange_key),
        assertion(connector, key="s" * 32, algorithm="HS256"),
        jwt.encode({"iss": connector["client_id"]}, None, algorithm="none"),
        good[:-8] + ("A" * 8 if not good.endswith("A" * 8) else "B" * 8),
        "",
        "a.b.c",
    ):
        assert error_of(exchange(oauth_organisation, given)) == invalid


def test_assertion_is_refused_when_the_app_has_no_certificate(oauth_organisation, connector):
    app = oauth_organisation.app()
    reply = exchange(oauth_organisation, assertion(connector, iss=app["client_id"]))
    assert error_of(reply) == ("invalid_client", "invalid client credentials")


def test_assertion_is_accepted_once_the_user_has_approved_the_app(oauth_organisation, connector):
    certificate = certificate_of(oauth_organisation, connector)
    walk = oauth_organisation.walk("maria.garcia@acme.example", certificate=certificate)
    given = assertion(connector, iss=walk.app["client_id"], sub="maria.garcia@acme.example")
    assert error_of(exchange(oauth_organisation, given))[0] == "invalid_grant"
    walk.tokens(scope="api refresh_token")
    reply = exchange(oauth_organisation, given).json()
    assert reply["scope"] == "api"
    assert reply["id"].endswith(walk.tokens()["id"].rsplit("/", 1)[1])


def certificate_of(organisation, connector):
    apps = organisation.control("apps")
    return next(app["certificate"] for app in apps if app["client_id"] == connector["client_id"])


def test_assertion_is_refused_when_an_administrator_has_to_approve_the_user(
    oauth_organisation, connector
):
    app = oauth_organisation.app(
        admin_approved=True, certificate=certificate_of(oauth_organisation, connector)
    )
    given = assertion(connector, iss=app["client_id"])
    assert error_of(exchange(oauth_organisation, given)) == (
        "invalid_app_access", "user is not admin approved to access this app",
    )  # fmt: skip


def test_permission_set_approves_its_users(oauth_organisation, connector):
    client = oauth_organisation.client()
    permission_set = client.PermissionSet.create({"Name": "Connects", "Label": "Connects"})["id"]
    app = oauth_organisation.app(
        admin_approved=True,
        approved_by=[permission_set],
        certificate=certificate_of(oauth_organisation, connector),
    )
    given = assertion(connector, iss=app["client_id"])
    assert error_of(exchange(oauth_organisation, given))[0] == "invalid_app_access"
    name = connector["jwt_username"]
    user = client.query(f"SELECT Id FROM User WHERE Username = '{name}'")["records"][0]["Id"]
    client.PermissionSetAssignment.create({"AssigneeId": user, "PermissionSetId": permission_set})
    assert exchange(oauth_organisation, given).status_code == 200


def test_assertion_is_refused_when_the_user_is_inactive(oauth_organisation, connector):
    name = connector["jwt_username"]
    oauth_organisation.control("users", {"username": name, "active": False})
    reply = exchange(oauth_organisation, assertion(connector))
    oauth_organisation.control("users", {"username": name, "active": True})
    assert error_of(reply) == ("inactive_user", "user is inactive")


def test_client_credentials_run_as_the_apps_user(oauth_organisation):
    app = oauth_organisation.app(run_as="maria.garcia@acme.example")
    reply = oauth_organisation.session().post(
        f"{oauth_organisation.url}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(app["client_id"], app["client_secret"]),
    )
    assert reply.status_code == 200
    assert "refresh_token" not in reply.json()
    identity = oauth_organisation.session().get(
        reply.json()["id"],
        headers={"Authorization": f"Bearer {reply.json()['access_token']}"},
    )
    assert identity.json()["username"] == "maria.garcia@acme.example"


def test_client_credentials_are_refused_when_the_app_has_no_user(oauth_organisation):
    walk = oauth_organisation.walk()
    reply = walk.token(grant_type="client_credentials")
    assert error_of(reply) == ("invalid_grant", "no client credentials user enabled")
    wrong = walk.token(grant_type="client_credentials", client_secret="x")
    assert error_of(wrong) == ("invalid_client", "invalid client credentials")


def test_password_is_refused_unless_the_organisation_allows_it(oauth_organisation):
    walk = oauth_organisation.walk()
    ready = oauth_organisation.ready
    good = {
        "grant_type": "password",
        "username": ready["username"],
        "password": ready["password"] + ready["security_token"],
    }
    failure = ("invalid_grant", "authentication failure")
    assert error_of(walk.token(**good)) == failure
    oauth_organisation.control("policies", {"password_grant_allowed": True})
    try:
        tokens = walk.token(**good)
        assert error_of(walk.token(**{**good, "password": ready["password"]})) == failure
        assert error_of(walk.token(**{**good, "password": "wrong"})) == failure
        oauth_organisation.control("policies", {"logins_per_hour": 0})
        too_many = error_of(walk.token(**good))
    finally:
        oauth_organisation.control(
            "policies", {"password_grant_allowed": False, "logins_per_hour": 3600}
        )
    assert walk.data(tokens.json()["access_token"]).status_code == 200
    assert too_many == ("invalid_grant", "login rate exceeded")
