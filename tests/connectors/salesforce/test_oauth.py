"""OAuth as the client speaks it: what it sends, and which answers it believes."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from connectors.salesforce import (
    AccessError,
    AuthenticationError,
    AuthorizationError,
    ClientApp,
    HostError,
    LimitError,
    LoginHoursError,
    NetworkError,
    ProtocolError,
    SalesforceError,
    TransientError,
    UnexpectedRedirectError,
    authorize_url,
    error_from_oauth,
    exchange_code,
    make_verifier,
    refresh_tokens,
    revoke_token,
)
from tests.connectors.salesforce.conftest import ORGANISATION_ID, USER_ID, answer

SECRET = "a consumer secret"
CALLBACK = "https://connector.example.com/salesforce/callback/"


def app_at(peer, secret=SECRET):
    return ClientApp(peer.host, "3MVG9key", secret)


def tokens(peer, **changes):
    """Return a good answer of the token endpoint, changed; a change to None leaves a key out."""
    values = {
        "access_token": "00D5e000000abcd!secret",
        "refresh_token": "5Aep861next",
        "scope": "api refresh_token",
        "instance_url": peer.url,
        "id": f"{peer.url}/id/{ORGANISATION_ID}/{USER_ID}",
        "token_type": "Bearer",
        "issued_at": "1790000000000",
        **changes,
    }
    if "signature" not in values:
        signed = (str(values["id"]) + str(values["issued_at"])).encode()
        digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
        values["signature"] = base64.b64encode(digest).decode()
    return answer(orjson.dumps({k: v for k, v in values.items() if v is not None}))


def exchange(peer, secret=SECRET):
    return exchange_code(
        app_at(peer, secret),
        code="aPrxcode",
        verifier="the verifier",
        redirect_uri=CALLBACK,
        network=peer.network(),
    )


def sent_form(peer):
    (request,) = peer.requests
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return request.path, {k: v[0] for k, v in parse_qs(request.body.decode()).items()}


@pytest.mark.threat("T5")
def test_authorize_url_carries_the_challenge_and_the_least_scopes():
    verifier = make_verifier()
    app = ClientApp("acme.my.salesforce.com", "3MVG9key", SECRET)

    url = authorize_url(app, redirect_uri=CALLBACK, state="s/t", verifier=verifier)

    parts = urlsplit(url)
    query = {k: v[0] for k, v in parse_qs(parts.query).items()}
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://acme.my.salesforce.com/services/oauth2/authorize"
    )
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    assert query == {
        "response_type": "code",
        "client_id": "3MVG9key",
        "redirect_uri": CALLBACK,
        "scope": "api refresh_token",
        "state": "s/t",
        "code_challenge": challenge.decode().rstrip("="),
        "code_challenge_method": "S256",
        "prompt": "login",
    }
    assert verifier not in url
    assert SECRET not in url
    assert 43 <= len(verifier) <= 128
    assert make_verifier() != verifier


@pytest.mark.threat("T13")
@pytest.mark.parametrize("host", ["evil.example", "salesforce.com.evil.example", "a@127.0.0.1"])
def test_authorize_url_leads_to_no_foreign_host(host):
    with pytest.raises(HostError):
        authorize_url(ClientApp(host, "key"), redirect_uri=CALLBACK, state="s", verifier="v")


def test_code_is_sent_with_verifier_and_secret_in_the_body(peer):
    peer.will(tokens(peer))

    got = exchange(peer)

    assert sent_form(peer) == (
        "/services/oauth2/token",
        {
            "grant_type": "authorization_code",
            "code": "aPrxcode",
            "code_verifier": "the verifier",
            "redirect_uri": CALLBACK,
            "client_id": "3MVG9key",
            "client_secret": SECRET,
        },
    )
    assert (got.grant.user_id, got.grant.organisation_id) == (USER_ID, ORGANISATION_ID)
    assert (got.grant.session_id, got.refresh_token) == ("00D5e000000abcd!secret", "5Aep861next")
    assert got.grant.instance_url == peer.url
    assert "secret" not in repr(got)
    assert "5Aep" not in repr(got)


def test_app_without_a_secret_sends_none_and_needs_no_signature(peer):
    peer.will(tokens(peer, signature=None))

    assert exchange(peer, secret="").refresh_token

    assert "client_secret" not in sent_form(peer)[1]


TAMPERED = [
    ({"id": "https://evil.example/id/00D5e000000abcdEAA/0055e000001abcdAAA"}, HostError),
    ({"id": "https://login.salesforce.com.evil.example/id/00D5e000000abcdEAA/0055e000001abcdAAA"},
     HostError),
    ({"id": None}, ProtocolError),
    ({"id": "not a URL"}, ProtocolError),
    ({"id": "https://login.salesforce.com/id/00D5e000000abcdEAA"}, ProtocolError),
    ({"id": "https://login.salesforce.com/id/00D5e000000abcdEAZ/0055e000001abcdAAA"},
     ProtocolError),
    ({"id": "http://login.salesforce.com/id/00D5e000000abcdEAA/0055e000001abcdAAA"},
     ProtocolError),
    ({"instance_url": "https://evil.example"}, HostError),
    ({"instance_url": "https://acme.my.salesforce.com@evil.example"}, HostError),
    ({"instance_url": "http://acme.my.salesforce.com"}, HostError),
    ({"instance_url": None}, HostError),
    ({"access_token": None}, ProtocolError),
    ({"access_token": 7}, ProtocolError),
    ({"refresh_token": None}, AuthorizationError),
    ({"token_type": "mac"}, ProtocolError),
    ({"token_type": None}, ProtocolError),
    ({"signature": "AAAA"}, ProtocolError),
    ({"signature": None}, ProtocolError),
    ({"issued_at": "1790000000001", "signature": "c2lnbmVk"}, ProtocolError),
]  # fmt: skip


@pytest.mark.threat("T5")
@pytest.mark.parametrize(("changes", "error"), TAMPERED, ids=str)
def test_answer_is_refused_when_a_part_is_missing_or_swapped(peer, changes, error):
    peer.will(tokens(peer, **changes))

    with pytest.raises(error) as refusal:
        exchange(peer)

    assert type(refusal.value) is error
    assert not refusal.value.retryable
    assert len(peer.requests) == 1


OTHER_ANSWERS = [
    (answer(b"[]"), ProtocolError),
    (answer(b"<html>", kind="text/html"), ProtocolError),
    (answer(b'{"access_token": "x'), NetworkError),
    (answer(b"", 302, Location="https://evil.example/token"), UnexpectedRedirectError),
    (answer(b'{"error": 7}', 400), SalesforceError),
    (answer(b'{"error": "server_error"}', 400), TransientError),
    (answer(b'{"error": "invalid_client", "error_description": "no"}', 401), AuthenticationError),
    (answer(b"<html>", 503, "text/html"), TransientError),
]


@pytest.mark.threat("T5")
@pytest.mark.parametrize(("reply", "error"), OTHER_ANSWERS, ids=range(len(OTHER_ANSWERS)))
def test_code_is_never_sent_twice_whatever_the_answer(peer, reply, error):
    peer.will(reply)

    with pytest.raises(error):
        exchange(peer)

    assert len(peer.requests) == 1


def test_refresh_sends_the_token_and_returns_the_next_one(peer):
    peer.will(tokens(peer))

    got = refresh_tokens(app_at(peer), "5Aep861old", network=peer.network())

    assert sent_form(peer) == (
        "/services/oauth2/token",
        {
            "grant_type": "refresh_token",
            "refresh_token": "5Aep861old",
            "client_id": "3MVG9key",
            "client_secret": SECRET,
        },
    )
    assert got.refresh_token == "5Aep861next"


def test_refresh_returns_no_token_when_the_old_one_stays(peer):
    peer.will(tokens(peer, refresh_token=None))

    assert refresh_tokens(app_at(peer), "5Aep861old", network=peer.network()).refresh_token == ""


@pytest.mark.threat("T23")
def test_token_is_revoked_in_the_body_and_not_in_the_address(peer):
    peer.will(answer(b"", kind="text/plain"))

    revoke_token(app_at(peer), "5Aep861old", network=peer.network())

    assert sent_form(peer) == ("/services/oauth2/revoke", {"token": "5Aep861old"})


MEANINGS = [
    pytest.param("invalid_grant", "expired access/refresh token", AuthenticationError,
                 "invalid_grant", marks=pytest.mark.fault("F2")),
    pytest.param("invalid_grant", "inactive user", AuthenticationError,
                 "INACTIVE_USER", marks=pytest.mark.fault("F6")),
    pytest.param("invalid_grant", "ip restricted or invalid login hours", LoginHoursError,
                 "invalid_grant", marks=pytest.mark.fault("F7")),
    pytest.param("invalid_grant", "login rate exceeded", LimitError, "LOGIN_RATE_EXCEEDED"),
    pytest.param("invalid_client", "invalid client credentials", AuthenticationError,
                 "invalid_client", marks=pytest.mark.fault("F10")),
    pytest.param("invalid_client_id", "client identifier invalid", AccessError,
                 "invalid_client_id", marks=pytest.mark.fault("F10")),
    pytest.param("invalid_app_access", "this app is blocked by admin", AccessError,
                 "invalid_app_access", marks=pytest.mark.fault("F10")),
    pytest.param("OAUTH_APP_BLOCKED", "this app is blocked by admin", AccessError,
                 "OAUTH_APP_BLOCKED", marks=pytest.mark.fault("F10")),
    pytest.param("OAUTH_APP_ACCESS_DENIED", "user is not admin approved", AccessError,
                 "OAUTH_APP_ACCESS_DENIED", marks=pytest.mark.fault("F10")),
    pytest.param("OAUTH_EC_APP_NOT_FOUND", "external client app is not installed in this org",
                 AccessError, "OAUTH_EC_APP_NOT_FOUND", marks=pytest.mark.fault("F10")),
    ("access_denied", "end-user denied authorization", AuthorizationError, "access_denied"),
    ("invalid_scope", "the requested scope is not allowed", AuthorizationError, "invalid_scope"),
    ("redirect_uri_mismatch", "must match", AuthorizationError, "redirect_uri_mismatch"),
    ("inactive_org", "organization is locked", AuthenticationError, "inactive_org"),
    ("unknown_error", "retry your request", TransientError, "unknown_error"),
    ("of_2030", "", SalesforceError, "of_2030"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "description", "kind", "code"), MEANINGS)
def test_oauths_error_becomes_ours_by_code_and_text(error, description, kind, code):
    ours = error_from_oauth(error, description)

    assert (type(ours), ours.code) == (kind, code)
    assert ours.message == (description or error)
    assert ours.advice.endswith(".")
