import html

import pytest

from tests.salesforce_simulator.protocols.oauth.walk import callback


@pytest.fixture
def walk(oauth_organisation):
    return oauth_organisation.walk()


def test_person_logs_in_agrees_and_comes_back_with_code_and_state(walk):
    page = walk.open()
    assert 'name="pw"' in page.text
    consent = walk.log_in(page.url)
    assert "Allow Access?" in consent.text
    assert walk.app["name"] in consent.text
    assert "Manage user data via APIs (api)" in consent.text
    back = callback(walk.answer(consent))
    assert back.keys() == {"code", "state"}
    assert back["state"] == "s t/a&te"


def test_app_is_told_when_the_person_denies(walk):
    consent = walk.log_in(walk.open().url)
    reply = walk.answer(consent, button="cancel")
    assert "error_description=end-user+denied+authorization" in reply.headers["Location"]
    assert callback(reply) == {
        "error": "access_denied",
        "error_description": "end-user denied authorization",
        "state": "s t/a&te",
    }


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"client_id": "3MVG9nonsense"},
         "error=invalid_client_id&error_description=client identifier invalid"),
        ({"client_id": None},
         "error=invalid_client_id&error_description=client identifier invalid"),
        ({"redirect_uri": "http://127.0.0.1:8000/callback/"},
         "error=redirect_uri_mismatch&error_description=redirect_uri must match configuration"),
        ({"redirect_uri": "http://127.0.0.1:8000/callback?next=x"},
         "error=redirect_uri_mismatch&error_description=redirect_uri must match configuration"),
        ({"redirect_uri": "https://evil.example/callback"},
         "error=redirect_uri_mismatch&error_description=redirect_uri must match configuration"),
        ({"redirect_uri": None},
         "error=redirect_uri_mismatch&error_description=redirect_uri must match configuration"),
    ],
)  # fmt: skip
def test_link_leads_nowhere_when_app_or_callback_is_wrong(walk, changes, text):
    reply = walk.open(**changes)
    assert reply.status_code == 400
    assert "Location" not in reply.headers
    assert text in html.unescape(reply.text)


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"response_type": None}, "unsupported_response_type", "response type not supported"),
        ({"response_type": "token"}, "unsupported_response_type", "response type not supported"),
        ({"code_challenge": None}, "invalid_request", "missing required code challenge"),
        ({"code_challenge": "short"}, "invalid_request", "invalid code challenge"),
        ({"code_challenge_method": "plain"}, "invalid_request",
         "code challenge method must be S256"),
        ({"scope": "api cdp_api"}, "invalid_scope", "the requested scope is not allowed"),
    ],
)  # fmt: skip
def test_app_is_told_in_its_callback_when_the_request_is_wrong(walk, changes, error, description):
    assert callback(walk.open(**changes)) == {
        "error": error,
        "error_description": description,
        "state": "s t/a&te",
    }


def test_scope_is_refused_when_the_app_may_not_ask_for_it(oauth_organisation):
    walk = oauth_organisation.walk(scopes=["api"])
    assert callback(walk.open(scope="api web"))["error"] == "invalid_scope"


@pytest.mark.parametrize("changes", [{"pw": "wrong"}, {"pw": ""}, {"username": "no@one.example"}])
def test_login_page_says_the_same_whatever_was_wrong(walk, changes):
    reply = walk.log_in(walk.open().url, **changes)
    assert reply.status_code == 200
    assert "Please check your username and password." in html.unescape(reply.text)
    assert "sid" not in walk.browser.cookies


def test_login_page_says_the_same_when_the_user_is_frozen(oauth_organisation):
    username = "maria.garcia@acme.example"
    walk = oauth_organisation.walk(username)
    oauth_organisation.control("users", {"username": username, "frozen": True})
    try:
        reply = walk.log_in(walk.open().url)
    finally:
        oauth_organisation.control("users", {"username": username, "frozen": False})
    assert "Please check your username and password." in html.unescape(reply.text)


def test_person_is_not_asked_again_when_the_same_scopes_were_approved(walk):
    walk.tokens(scope="api refresh_token")
    assert "code" in callback(walk.open(scope="api"))
    assert "Allow Access?" in walk.open(scope="api web").text
    assert "Allow Access?" in walk.open(scope="api", prompt="consent").text


def test_person_logs_in_again_when_the_app_asks_for_it(walk):
    walk.tokens()
    page = walk.open(prompt="login", login_hint='a"b@c.example')
    assert 'value="a&quot;b@c.example"' in page.text
    assert "code" in callback(walk.log_in(page.url))


def test_consent_does_not_count_when_it_was_not_shown_to_this_session(walk, oauth_organisation):
    walk.log_in(walk.open().url)
    forged = walk.browser.post(
        walk.url(), data={"save": "Allow", "confirmation": "0" * 64}, allow_redirects=False
    )
    assert forged.status_code == 200
    assert "Allow Access?" in forged.text
    elsewhere = oauth_organisation.walk("maria.garcia@acme.example")
    elsewhere.app = walk.app
    page = elsewhere.log_in(elsewhere.open().url)
    page.url = walk.url(state="another")
    assert walk.answer(page).status_code == 200


def test_names_are_escaped_in_pages(oauth_organisation):
    walk = oauth_organisation.walk(name='<script>alert(1)</script> & "co"')
    page = walk.log_in(walk.open().url)
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;" in page.text
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_pkce_may_be_left_out_when_the_app_does_not_require_it(oauth_organisation):
    walk = oauth_organisation.walk(pkce_required=False)
    code = walk.agree(code_challenge=None, code_challenge_method=None)["code"]
    assert walk.token(code=code, code_verifier=None).status_code == 200


def test_scopes_are_all_of_the_app_when_none_are_named(oauth_organisation):
    walk = oauth_organisation.walk(scopes=["api", "refresh_token", "id"])
    assert walk.tokens(scope=None)["scope"] == "api refresh_token id"


def test_nobody_is_asked_when_administrators_approve_the_users(oauth_organisation):
    profile = profile_id(oauth_organisation)
    open_to_all = oauth_organisation.walk(admin_approved=True, approved_by=[profile])
    page = open_to_all.log_in(open_to_all.open().url)
    assert "code" in callback(page)
    closed = oauth_organisation.walk(admin_approved=True)
    page = closed.log_in(closed.open(prompt="consent").url)
    assert callback(page)["error"] == "OAUTH_APP_ACCESS_DENIED"


def profile_id(organisation):
    records = organisation.client().query("SELECT Id FROM Profile WHERE Name LIKE 'System%'")
    return records["records"][0]["Id"]


def test_blocked_app_is_sent_back_without_a_code_and_its_tokens_are_dead(oauth_organisation):
    walk = oauth_organisation.walk()
    tokens = walk.tokens()
    oauth_organisation.control("apps", {"client_id": walk.app["client_id"], "blocked": True})
    sent_back = callback(walk.open())
    assert (sent_back["error"], sent_back["error_description"]) == (
        "OAUTH_APP_BLOCKED", "this app is blocked by admin",
    )  # fmt: skip
    assert "code" not in sent_back
    assert walk.data(tokens["access_token"]).status_code == 401
    reply = walk.refresh(tokens["refresh_token"])
    assert reply.json()["error"] == "invalid_app_access"


def test_challenge_is_s256_when_no_method_is_named(walk):
    assert walk.tokens(code_challenge_method=None)["token_type"] == "Bearer"
