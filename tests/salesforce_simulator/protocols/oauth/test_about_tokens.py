"""Revocation, introspection, identity, userinfo, discovery and id tokens."""

import base64
import hashlib
import json

import jwt
import pytest

from tests.salesforce_simulator.protocols.oauth.walk import error_of
from tests.salesforce_simulator.recorded import recordings


@pytest.fixture
def walk(oauth_organisation):
    return oauth_organisation.walk()


def get(organisation, url, token=None):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return organisation.session().get(url, headers=headers)


def introspect(walk, token, **changes):
    form = {"client_id": walk.app["client_id"], "client_secret": walk.app["client_secret"]}
    return walk.post("introspect", token=token, **{**form, **changes})


def test_revoked_access_token_is_dead_and_its_refresh_token_lives(walk):
    tokens = walk.tokens()
    reply = walk.post("revoke", token=tokens["access_token"])
    assert (reply.status_code, reply.content) == (200, b"")
    assert walk.data(tokens["access_token"]).status_code == 401
    assert walk.refresh(tokens["refresh_token"]).status_code == 200


def test_revoked_refresh_token_takes_its_access_tokens_along(walk):
    tokens, others = walk.tokens(), walk.tokens()
    newer = walk.refresh(tokens["refresh_token"]).json()
    url = f"{walk.organisation.url}/services/oauth2/revoke?token={tokens['refresh_token']}"
    assert get(walk.organisation, url).status_code == 200
    assert error_of(walk.refresh(tokens["refresh_token"]))[0] == "invalid_grant"
    for dead in (tokens, newer):
        assert walk.data(dead["access_token"]).status_code == 401
    assert walk.data(others["access_token"]).status_code == 200


def test_revoke_is_refused_when_token_or_kind_is_unknown(walk):
    assert error_of(walk.post("revoke", token="x")) == ("invalid_token", "invalid token: x")
    hinted = walk.post("revoke", token="x", token_type_hint="id_token")
    assert error_of(hinted)[0] == "unsupported_token_type"


def test_introspection_tells_the_app_about_its_access_token(walk):
    tokens = walk.tokens()
    told = introspect(walk, tokens["access_token"]).json()
    issued = int(tokens["issued_at"]) // 1000
    times = {"iat": told["iat"], "nbf": told["iat"], "exp": told["iat"] + 7200}
    assert abs(told["iat"] - issued) <= 1
    assert told == {
        "active": True,
        "scope": "api refresh_token",
        "client_id": walk.app["client_id"],
        "username": walk.person["username"],
        "sub": tokens["id"],
        "token_type": "access_token",
        **times,
    }


def test_introspection_tells_of_the_refresh_token_until_it_is_revoked(walk):
    token = walk.tokens()["refresh_token"]
    told = introspect(walk, token).json()
    assert (told["active"], told["token_type"]) == (True, "refresh_token")
    walk.post("revoke", token=token)
    assert introspect(walk, token).json() == {"active": False}


def test_introspection_tells_nothing_to_strangers(oauth_organisation):
    walk, other = oauth_organisation.walk(), oauth_organisation.walk()
    token = walk.tokens()["access_token"]
    assert introspect(other, token).json() == {"active": False}
    assert introspect(walk, "x").json() == {"active": False}
    refused = introspect(walk, token, client_secret="x")
    assert error_of(refused) == ("invalid_client", "invalid client credentials")


def test_session_of_a_token_slides_and_ends_like_any_other(walk, oauth_organisation):
    tokens = walk.tokens()
    oauth_organisation.control("expire-sessions", {"session_id": tokens["access_token"]})
    assert walk.data(tokens["access_token"]).status_code == 401
    assert introspect(walk, tokens["access_token"]).json() == {"active": False}


@pytest.mark.parametrize("name", ["MockIdentity.json", "MockIdentityPostWinter19.json"])
def test_identity_has_the_keys_and_kinds_of_a_recorded_one(walk, name):
    recorded = json.loads((recordings("swiftlysalesforce") / name).read_text())
    tokens = walk.tokens()
    identity = get(walk.organisation, tokens["id"], tokens["access_token"]).json()
    assert list(identity) == list(recorded)
    assert list(identity["photos"]) == list(recorded["photos"])
    assert identity["status"] == recorded["status"]
    assert recorded["urls"].keys() <= identity["urls"].keys()
    for key, value in recorded.items():
        if value is not None and identity[key] is not None:
            assert type(identity[key]) is type(value), key
    assert identity["utcOffset"] == recorded["utcOffset"]
    for which, url in recorded["urls"].items():
        assert identity["urls"][which].count("{version}") == url.count("{version}")


def test_identity_names_its_user_and_carries_the_short_organisation_id(walk, oauth_organisation):
    tokens = walk.tokens()
    identity = get(oauth_organisation, tokens["id"], tokens["access_token"]).json()
    assert identity["id"] == tokens["id"]
    assert identity["username"] == walk.person["username"]
    partner = f"{oauth_organisation.url}/services/Soap/u/{{version}}/"
    short_id = oauth_organisation.ready["organization_id"][:15]
    assert identity["urls"]["partner"] == partner + short_id
    filled = get(oauth_organisation, tokens["id"] + "?version=latest", tokens["access_token"])
    assert filled.json()["urls"]["query"].endswith("/services/data/v68.0/query/")


def test_identity_takes_the_token_in_the_query(walk, oauth_organisation):
    tokens = walk.tokens()
    reply = get(oauth_organisation, f"{tokens['id']}?oauth_token={tokens['access_token']}")
    assert reply.json()["user_id"] in tokens["id"]


def test_identity_refuses_in_a_word(walk, oauth_organisation):
    tokens = walk.tokens()
    token, url = tokens["access_token"], tokens["id"]
    user = url.rsplit("/", 1)[1]
    other_org = url.replace(oauth_organisation.ready["organization_id"], "00D000000000001AAA")
    refused = {
        "Missing_OAuth_Token": get(oauth_organisation, url),
        "Bad_OAuth_Token": get(oauth_organisation, url, "00Dx!dead"),
        "Wrong_Org": get(oauth_organisation, other_org, token),
    }
    for word, reply in refused.items():
        assert (reply.status_code, reply.text) == (403, word)
        assert reply.headers["Content-Type"].startswith("text/plain")
    unknown = get(oauth_organisation, url.replace(user, "005000000000001"), token)
    assert (unknown.status_code, unknown.text) == (404, "Bad_Id")


def test_identity_of_another_user_is_not_asserted(walk, oauth_organisation):
    tokens = walk.tokens()
    records = oauth_organisation.client().query(
        "SELECT Id FROM User WHERE Username = 'maria.garcia@acme.example'"
    )["records"]
    mine = tokens["id"].rsplit("/", 1)[1]
    reply = get(
        oauth_organisation, tokens["id"].replace(mine, records[0]["Id"]), tokens["access_token"]
    )
    assert reply.json()["username"] == "maria.garcia@acme.example"
    assert reply.json()["asserted_user"] is False


def test_userinfo_tells_the_claims(walk, oauth_organisation):
    tokens = walk.tokens(scope="openid")
    url = f"{oauth_organisation.url}/services/oauth2/userinfo"
    claims = get(oauth_organisation, url, tokens["access_token"]).json()
    assert claims["sub"] == tokens["id"]
    assert claims["preferred_username"] == walk.person["username"]
    assert {"user_id", "organization_id", "nickname", "name", "email", "email_verified",
            "zoneinfo", "profile", "picture", "urls", "active", "user_type", "language",
            "locale", "utcOffset", "updated_at"} <= claims.keys()  # fmt: skip
    posted = oauth_organisation.session().post(
        url, headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert posted.json() == claims
    dead = get(oauth_organisation, url, "dead")
    assert (dead.status_code, dead.text) == (403, "Bad_OAuth_Token")


def test_id_token_is_verified_with_the_published_keys(walk, oauth_organisation):
    tokens = walk.tokens(scope="api openid", nonce="n-0S6_WzA2Mj")
    found = get(oauth_organisation, f"{oauth_organisation.url}/.well-known/openid-configuration")
    document = found.json()
    keys = jwt.PyJWKSet.from_dict(get(oauth_organisation, document["jwks_uri"]).json())
    header = jwt.get_unverified_header(tokens["id_token"])
    claims = jwt.decode(
        tokens["id_token"],
        keys[header["kid"]].key,
        algorithms=document["id_token_signing_alg_values_supported"],
        audience=walk.app["client_id"],
        issuer=document["issuer"],
    )
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["sub"] == tokens["id"]
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    assert claims["at_hash"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert 0 < claims["exp"] - claims["iat"] <= 300


def test_id_token_has_no_nonce_when_none_was_asked_for_and_comes_with_openid_alone(walk):
    assert "id_token" not in walk.tokens(scope="api")
    claims = jwt.decode(
        walk.tokens(scope="openid")["id_token"], options={"verify_signature": False}
    )
    assert "nonce" not in claims


def test_discovery_names_endpoints_that_are_there(oauth_organisation):
    for server in (oauth_organisation.ready["url"], oauth_organisation.ready["http_url"]):
        document = get(oauth_organisation, f"{server}/.well-known/openid-configuration").json()
        assert document["issuer"] == server
        for name in ("authorization", "token", "revocation", "userinfo", "introspection"):
            url = document[f"{name}_endpoint"]
            assert url.startswith(f"{server}/services/oauth2/")
            assert oauth_organisation.session().post(url).status_code != 404
        assert get(oauth_organisation, document["jwks_uri"]).json()["keys"][0]["kty"] == "RSA"
