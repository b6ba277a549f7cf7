"""Whatever comes in, the endpoints that anybody may call answer as themselves: never with a 500."""

import json

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

NAMES = (
    "grant_type", "client_id", "client_secret", "code", "redirect_uri", "code_verifier",
    "refresh_token", "assertion", "username", "password", "token", "token_type_hint",
    "response_type", "scope", "state", "code_challenge", "code_challenge_method", "nonce",
    "prompt", "oauth_token", "pw", "confirmation", "save",
)  # fmt: skip
ENDPOINTS = ("authorize", "token", "revoke", "introspect", "userinfo")
GRANTS = (
    "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "client_credentials", "password",
)  # fmt: skip


@pytest.fixture(scope="module")
def app(oauth_organisation):
    return oauth_organisation.app()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_endpoint_never_fails_when_its_parameters_make_no_sense(oauth_organisation, app, data):
    known = {
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": app["callback_urls"][0],
        "response_type": "code",
        "grant_type": data.draw(st.sampled_from(GRANTS)),
    }
    strange = st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30), max_size=6)
    form = {**{k: v for k, v in known.items() if data.draw(st.booleans())}, **data.draw(strange)}
    url = f"{oauth_organisation.url}/services/oauth2/{data.draw(st.sampled_from(ENDPOINTS))}"
    with oauth_organisation.session() as session:
        if data.draw(st.booleans()):
            reply = session.post(url, data=form, params=data.draw(strange), allow_redirects=False)
        else:
            reply = session.get(url, params=form, allow_redirects=False)
    assert reply.status_code < 500, (url, form, reply.text)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded; charset=nonsense", b"grant_type=password"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"grant_type=password"),
        ("application/x-www-form-urlencoded", b"%ff%fe=%ff&=&&client_id=%00"),
        ("application/x-www-form-urlencoded", b"\xff\xfe\x00"),
        ("application/json", json.dumps({"grant_type": "password"}).encode()),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("", b"grant_type=password"),
    ],
)
@pytest.mark.parametrize("endpoint", ["token", "authorize", "revoke", "introspect"])
def test_endpoint_never_fails_when_the_body_is_no_form(
    oauth_organisation, app, endpoint, content_type, body
):
    reply = oauth_organisation.session().post(
        f"{oauth_organisation.url}/services/oauth2/{endpoint}",
        params={
            "client_id": app["client_id"],
            "redirect_uri": app["callback_urls"][0],
            "response_type": "code",
            "code_challenge": "c" * 43,
        },
        data=body,
        headers={"Content-Type": content_type},
        allow_redirects=False,
    )
    assert reply.status_code < 500, reply.text


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !!!", "Basic /////w==", "Basic Og==", "Bearer", "Bearer \xff", "x" * 9000],
)
def test_endpoint_never_fails_when_the_authorization_is_none(oauth_organisation, header):
    for endpoint in ("token", "introspect", "userinfo"):
        reply = oauth_organisation.session().post(
            f"{oauth_organisation.url}/services/oauth2/{endpoint}",
            headers={"Authorization": header.encode("latin-1")},
        )
        assert reply.status_code in {400, 403}, reply.text


@pytest.mark.parametrize(
    "query",
    ["?parameters={", "?parameters=[1]", "?record=%00", "?record=%ff", "?fields=,,x", "?location="],
)
def test_canvas_page_never_fails_when_its_parameters_make_no_sense(oauth_organisation, query):
    walk = oauth_organisation.walk(canvas_url="https://app.example/")
    url = f"{oauth_organisation.url}/canvas/{walk.app['client_id']}{query}"
    page = walk.log_in(url)
    if "Allow Access?" in page.text:
        page = walk.answer(page)
    assert page.status_code < 500, page.text
