import base64
import hashlib
import hmac
import json
import threading

import pytest

from tests.salesforce_simulator.protocols.oauth.process import OAuthOrganisation
from tests.salesforce_simulator.protocols.oauth.walk import VERIFIER, callback, challenge, error_of
from tests.salesforce_simulator.recorded import recordings


@pytest.fixture
def walk(oauth_organisation):
    return oauth_organisation.walk()


def test_reply_has_the_keys_and_kinds_of_salesforces(walk, oauth_organisation):
    reply = walk.token(code=walk.agree()["code"])
    assert "no-store" in reply.headers["Cache-Control"]
    tokens = reply.json()
    assert list(tokens) == [
        "access_token", "refresh_token", "signature", "scope", "instance_url", "id", "token_type",
        "issued_at",
    ]  # fmt: skip
    ready = oauth_organisation.ready
    assert all(isinstance(value, str) for value in tokens.values())
    assert tokens["access_token"].startswith(ready["organization_id"][:15] + "!")
    assert tokens["refresh_token"].startswith("5Aep")
    assert tokens["instance_url"] == ready["url"]
    assert tokens["id"].startswith(f"{ready['url']}/id/{ready['organization_id']}/005")
    assert tokens["issued_at"].isdigit()
    assert len(tokens["issued_at"]) == 13
    assert (tokens["scope"], tokens["token_type"]) == ("api refresh_token", "Bearer")
    assert walk.data(tokens["access_token"]).status_code == 200


@pytest.mark.parametrize("name", ["auth", "reauth", "refresh"])
def test_reply_has_every_key_that_a_recorded_one_has(walk, name):
    recorded = json.loads((recordings("restforce") / f"{name}_success_response.json").read_text())
    tokens = walk.tokens()
    assert recorded.keys() <= tokens.keys()
    assert {type(tokens[key]) for key in recorded} == {str}


def test_signature_is_made_with_the_consumer_secret(walk):
    tokens = walk.tokens()
    text = (tokens["id"] + tokens["issued_at"]).encode()
    wanted = hmac.new(walk.app["client_secret"].encode(), text, hashlib.sha256).digest()
    assert tokens["signature"] == base64.b64encode(wanted).decode()


def test_code_is_good_once(walk):
    code = walk.agree()["code"]
    assert walk.token(code=code).status_code == 200
    assert error_of(walk.token(code=code)) == ("invalid_grant", "invalid authorization code")


def test_code_is_good_once_when_two_take_it_together(walk):
    code = walk.agree()["code"]
    replies = race(lambda: walk.token(code=code))
    assert sorted(reply.status_code for reply in replies) == [200, 400, 400, 400]


def race(call, workers=4):
    """Call in several threads at once and return what came back."""
    barrier, results = threading.Barrier(workers), []

    def run():
        barrier.wait()
        results.append(call())

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_code_is_dead_after_fifteen_minutes(own_organisation):
    walk = own_organisation.walk()
    code = walk.agree()["code"]
    own_organisation.control("clock", {"shift_seconds": 15 * 60 + 1})
    assert error_of(walk.token(code=code)) == ("invalid_grant", "expired authorization code")


OTHER_VERIFIER = "x" * 43


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"grant_type": None}, "unsupported_grant_type", "grant type not supported"),
        ({"grant_type": "device"}, "unsupported_grant_type", "grant type not supported"),
        ({"client_id": None}, "invalid_client_id", "client identifier invalid"),
        ({"client_id": "3MVG9x"}, "invalid_client_id", "client identifier invalid"),
        ({"client_secret": None}, "invalid_client", "invalid client credentials"),
        ({"client_secret": "x"}, "invalid_client", "invalid client credentials"),
        ({"code": None}, "invalid_request", "missing required parameter: code"),
        ({"code": "aPrxnonsense"}, "invalid_grant", "invalid authorization code"),
        ({"redirect_uri": None}, "redirect_uri_mismatch",
         "redirect_uri must match configuration"),
        ({"redirect_uri": "http://127.0.0.1:8000/other"}, "redirect_uri_mismatch",
         "redirect_uri must match configuration"),
        ({"code_verifier": None}, "invalid_grant", "invalid code verifier"),
        ({"code_verifier": OTHER_VERIFIER}, "invalid_grant", "invalid code verifier"),
        ({"code_verifier": challenge(VERIFIER)}, "invalid_grant", "invalid code verifier"),
    ],
)  # fmt: skip
def test_code_is_refused_when_a_parameter_is_missing_or_swapped(
    oauth_organisation, changes, error, description
):
    walk = oauth_organisation.walk()
    code = walk.agree()["code"]
    assert error_of(walk.token(**{"code": code, **changes})) == (error, description)


def test_code_is_refused_when_another_app_brings_it(oauth_organisation):
    walk, other = oauth_organisation.walk(), oauth_organisation.walk()
    code = walk.agree()["code"]
    assert error_of(other.token(code=code)) == ("invalid_grant", "invalid authorization code")
    assert walk.token(code=code).status_code == 200


def test_verifier_is_refused_when_there_was_no_challenge(oauth_organisation):
    walk = oauth_organisation.walk(pkce_required=False)
    code = walk.agree(code_challenge=None, code_challenge_method=None)["code"]
    assert error_of(walk.token(code=code)) == ("invalid_grant", "invalid code verifier")


def test_secret_may_stand_in_the_header(walk):
    reply = walk.organisation.session().post(
        f"{walk.organisation.url}/services/oauth2/token",
        data={
            "grant_type": "authorization_code",
            "code": walk.agree()["code"],
            "redirect_uri": "http://127.0.0.1:8000/callback",
            "code_verifier": VERIFIER,
        },
        auth=(walk.app["client_id"], walk.app["client_secret"]),
    )
    assert reply.status_code == 200


def test_public_client_needs_no_secret_but_a_wrong_one_is_refused(oauth_organisation):
    walk = oauth_organisation.walk(secret_required=False)
    assert walk.token(code=walk.agree()["code"], client_secret=None).status_code == 200
    wrong = walk.token(code=walk.agree()["code"], client_secret="x")
    assert error_of(wrong)[0] == "invalid_client"


def test_token_endpoint_is_refused_when_it_is_got(oauth_organisation):
    reply = oauth_organisation.session().get(f"{oauth_organisation.url}/services/oauth2/token")
    assert error_of(reply) == ("invalid_request", "must use HTTP POST")


def test_no_refresh_token_comes_when_it_was_not_asked_for(walk):
    assert "refresh_token" not in walk.tokens(scope="api")


def test_token_is_no_good_for_data_when_the_scope_api_is_missing(walk):
    tokens = walk.tokens(scope="openid id")
    reply = walk.data(tokens["access_token"])
    assert reply.status_code == 401
    assert reply.json()[0]["errorCode"] == "INVALID_SESSION_ID"
    assert walk.data(walk.tokens(scope="full")["access_token"]).status_code == 200


def test_refresh_gives_another_access_token_and_keeps_the_refresh_token(walk):
    tokens = walk.tokens()
    for _ in range(2):
        reply = walk.refresh(tokens["refresh_token"])
        assert reply.status_code == 200
        assert "refresh_token" not in reply.json()
        assert reply.json()["scope"] == tokens["scope"]
        assert walk.data(reply.json()["access_token"]).status_code == 200
    assert walk.data(tokens["access_token"]).status_code == 200


def test_refresh_gives_a_new_refresh_token_and_ends_the_old_one_when_the_app_rotates(
    oauth_organisation,
):
    walk = oauth_organisation.walk(rotates_refresh_tokens=True)
    old = walk.tokens()["refresh_token"]
    new = walk.refresh(old).json()["refresh_token"]
    assert new != old
    newer = walk.refresh(new)
    assert newer.status_code == 200
    assert walk.refresh(newer.json()["refresh_token"]).status_code == 200
    recorded = json.loads((recordings("restforce") / "refresh_error_response.json").read_text())
    assert walk.refresh(old).json() == recorded


def test_used_up_refresh_token_ends_its_successor_when_it_comes_again(oauth_organisation):
    """It may be stolen, so neither of the two that have one may go on (Salesforce's RTR)."""
    walk, other = (oauth_organisation.walk(rotates_refresh_tokens=True) for _ in range(2))
    first = walk.tokens()
    second = walk.refresh(first["refresh_token"]).json()
    other.refresh(first["refresh_token"])
    assert walk.data(second["access_token"]).status_code == 200

    assert error_of(walk.refresh(first["refresh_token"]))[0] == "invalid_grant"

    assert error_of(walk.refresh(second["refresh_token"]))[0] == "invalid_grant"
    assert walk.data(second["access_token"]).status_code == 401
    assert walk.data(first["access_token"]).status_code == 401


def test_one_refresh_wins_for_a_moment_when_several_bring_a_rotating_token_together(
    oauth_organisation,
):
    walk = oauth_organisation.walk(rotates_refresh_tokens=True)
    token = walk.tokens()["refresh_token"]
    replies = race(lambda: walk.refresh(token))
    assert sorted(reply.status_code for reply in replies) == [200, 400, 400, 400]
    winner = next(reply for reply in replies if reply.status_code == 200)
    assert walk.refresh(winner.json()["refresh_token"]).status_code == 400


def test_tokens_of_a_user_are_dead_when_an_administrator_revokes_them(oauth_organisation):
    walk = oauth_organisation.walk("maria.garcia@acme.example")
    other = oauth_organisation.walk()
    tokens, kept = walk.tokens(), other.tokens()
    oauth_organisation.control("revoke-approvals", {"username": walk.person["username"]})
    assert error_of(walk.refresh(tokens["refresh_token"]))[0] == "invalid_grant"
    assert walk.data(tokens["access_token"]).status_code == 401
    assert other.refresh(kept["refresh_token"]).status_code == 200


def test_sixth_approval_ends_the_oldest_refresh_token(walk):
    tokens = [walk.tokens() for _ in range(6)]
    statuses = [walk.refresh(each["refresh_token"]).status_code for each in tokens]
    assert statuses == [400, 200, 200, 200, 200, 200]
    assert walk.data(tokens[0]["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"refresh_token": None}, "invalid_grant", "expired access/refresh token"),
        ({"refresh_token": "5Aepx"}, "invalid_grant", "expired access/refresh token"),
        ({"client_secret": None}, "invalid_client", "invalid client credentials"),
        ({"client_secret": "x"}, "invalid_client", "invalid client credentials"),
        ({"client_id": "x"}, "invalid_client_id", "client identifier invalid"),
    ],
)
def test_refresh_is_refused_when_a_parameter_is_missing_or_swapped(
    walk, changes, error, description
):
    token = walk.tokens()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token, "redirect_uri": None,
            "code_verifier": None, **changes}  # fmt: skip
    assert error_of(walk.token(**form)) == (error, description)


def test_refresh_is_refused_when_another_app_brings_the_token(oauth_organisation):
    walk, other = oauth_organisation.walk(), oauth_organisation.walk()
    token = walk.tokens()["refresh_token"]
    assert error_of(other.refresh(token)) == ("invalid_grant", "expired access/refresh token")


def test_refresh_needs_no_secret_when_the_app_says_so(oauth_organisation):
    walk = oauth_organisation.walk(secret_required_for_refresh=False)
    token = walk.tokens()["refresh_token"]
    assert walk.refresh(token, client_secret=None).status_code == 200


@pytest.mark.parametrize(
    ("change", "back", "expected"),
    [
        ({"active": False}, {"active": True}, ("invalid_grant", "inactive user")),
        ({"frozen": True}, {"frozen": False}, ("invalid_grant", "inactive user")),
    ],
)
def test_refresh_is_refused_when_the_user_was_barred(oauth_organisation, change, back, expected):
    username = "maria.garcia@acme.example"
    walk = oauth_organisation.walk(username)
    tokens = walk.tokens()
    oauth_organisation.control("users", {"username": username, **change})
    try:
        assert error_of(walk.refresh(tokens["refresh_token"])) == expected
    finally:
        oauth_organisation.control("users", {"username": username, **back})
    assert walk.refresh(tokens["refresh_token"]).status_code == 200


def test_refresh_is_refused_when_the_organisation_or_the_address_bars_it(oauth_organisation):
    walk = oauth_organisation.walk()
    token = walk.tokens()["refresh_token"]
    oauth_organisation.control("policies", {"locked": True})
    locked = error_of(walk.refresh(token))
    oauth_organisation.control("policies", {"locked": False})
    profile = {"profile": "System Administrator"}
    oauth_organisation.control("profiles", {**profile, "login_ip_ranges": ["10.0.0.1-10.0.0.2"]})
    elsewhere = error_of(walk.refresh(token))
    oauth_organisation.control("profiles", profile)
    assert locked == ("inactive_org", "organization is locked, closed, or suspended")
    assert elsewhere == ("invalid_grant", "ip restricted or invalid login hours")


def test_tokens_tell_the_new_instance_when_the_organisation_has_moved(oauth_organisation):
    walk = oauth_organisation.walk()
    tokens = walk.tokens()
    moved_to = oauth_organisation.url.replace("localhost", "127.0.0.1")
    oauth_organisation.control("policies", {"instance_url": moved_to})
    again = walk.refresh(tokens["refresh_token"]).json()
    old_host = walk.data(again["access_token"]).status_code
    oauth_organisation.control("policies", {"instance_url": None})
    assert (again["instance_url"], old_host) == (moved_to, 401)


def test_tokens_are_dead_when_the_sandbox_was_refreshed(own_organisation):
    walk = own_organisation.walk()
    tokens = walk.tokens()
    new = own_organisation.control("sandbox-refresh", {})["organization_id"]
    assert walk.data(tokens["access_token"]).status_code == 401
    assert error_of(walk.refresh(tokens["refresh_token"]))[0] == "invalid_grant"
    assert f"/id/{new}/" in walk.tokens()["id"]


def test_everything_works_on_the_plain_port_too(oauth_organisation):
    walk = oauth_organisation.walk()
    plain = oauth_organisation.ready["http_url"]
    page = walk.browser.get(walk.url().replace(oauth_organisation.url, plain))
    form = {"username": walk.person["username"], "pw": walk.person["password"]}
    consent = walk.browser.post(page.url, data=form)
    code = callback(walk.answer(consent))["code"]
    reply = walk.browser.post(
        f"{plain}/services/oauth2/token",
        data={
            "grant_type": "authorization_code",
            "client_id": walk.app["client_id"],
            "client_secret": walk.app["client_secret"],
            "redirect_uri": "http://127.0.0.1:8000/callback",
            "code": code,
            "code_verifier": VERIFIER,
        },
    )
    assert reply.json()["instance_url"] == plain


def test_app_and_tokens_outlive_a_restart(tmp_path):
    first = OAuthOrganisation(tmp_path / "org", "--control", "--seed", "leads:1")
    walk = first.walk()
    tokens = walk.tokens()
    first.stop()
    second = OAuthOrganisation(
        tmp_path / "org", "--control", "--callback-url", "http://127.0.0.1:9/x"
    )
    walk.organisation = second
    assert walk.data(tokens["access_token"]).status_code == 200
    assert walk.refresh(tokens["refresh_token"]).status_code == 200
    assert second.ready["oauth"]["client_id"] == first.ready["oauth"]["client_id"]
    urls = set(second.ready["oauth"]["callback_urls"])
    assert urls == {*first.ready["oauth"]["callback_urls"], "http://127.0.0.1:9/x"}
    second.stop()


def test_access_token_ends_by_time_and_the_refresh_token_brings_another(own_organisation):
    walk = own_organisation.walk()
    own_organisation.control("policies", {"session_seconds": 900})
    tokens = walk.tokens()
    for _ in range(2):
        own_organisation.control("clock", {"shift_seconds": 800})
        assert walk.data(tokens["access_token"]).status_code == 200
    own_organisation.control("clock", {"shift_seconds": 901})
    assert walk.data(tokens["access_token"]).status_code == 401
    again = walk.refresh(tokens["refresh_token"]).json()
    assert walk.data(again["access_token"]).status_code == 200
