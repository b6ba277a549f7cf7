"""The way to Salesforce and back by the pages, and everything that may be wrong with it (T5)."""

import html
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import connection as database
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from acton_connector.accounts.models import AuditEvent, Membership, Role
from acton_connector.accounts.scope import account_scope
from connectors.authorization import callback_url
from connectors.models import AuthorizationRequest, Connection, ConnectionState
from connectors.selectors import find_connection
from tests.factories import AccountFactory, ConnectionFactory, MembershipFactory
from tests.oauth_kit import OrgApp, allow, revocations, token_calls, visit

REFUSED = "does not belong to anything that was begun in this browser"
CALLBACK = "/salesforce/callback/"


def text_of(response):
    return html.unescape(" ".join(response.content.decode().split()))


def fill(app, **changes):
    return {
        "login_address": "my_domain",
        "my_domain": app.org.url,
        "consumer_key": app.key,
        "consumer_secret": app.secret,
        **changes,
    }


def begin(client, app, account="example", **changes):
    """Send the form and return the address that the page leads to."""
    page = client.post(reverse("salesforce_oauth", args=[account]), fill(app, **changes))
    return way_out(page)


def way_out(page):
    assert page.status_code == 200
    links = re.findall(r'id="continue" href="([^"]+)"', page.content.decode())
    assert len(links) == 1, page.content.decode()
    return html.unescape(links[0])


def come_back(client, answer, **options):
    return client.get(CALLBACK, answer, **options)


@pytest.fixture
def client(administrator, client_of):
    return client_of(administrator)


@pytest.mark.requirement("S7", "S8", "S12")
def test_administrator_connects_through_salesforces_pages(client, app, org, administrator):
    url = begin(client, app)

    page = come_back(client, allow(org, url), follow=True)

    connection = find_connection()
    assert f"Connected to {connection.organization_name}." in text_of(page)
    assert "External Client App (OAuth)" in text_of(page)
    assert page.redirect_chain == [(reverse("salesforce_connection", args=["example"]), 302)]
    assert connection.state == ConnectionState.CONNECTED
    assert connection.auth_kind == Connection.AuthKind.OAUTH
    assert connection.organization_id == org.organization_id
    assert (connection.username, connection.login_host) == (org.username, org.host)
    assert (connection.consumer_key, connection.consumer_secret) == (app.key, app.secret)
    assert connection.refresh_token.startswith("5Aep")
    assert not AuthorizationRequest.objects.exists()
    event = AuditEvent.objects.get(action="connection.authorised")
    assert (event.actor, event.before) == (administrator, None)
    assert event.after["auth_kind"] == "oauth"
    for secret in (app.secret, connection.refresh_token, connection.session_id):
        assert secret not in str(event.after)


@pytest.mark.threat("T5")
def test_address_has_the_exact_callback_and_no_secret(client, app, settings):
    settings.PUBLIC_BASE_URL = "https://connector.example.com"
    parts = urlsplit(begin(client, app))

    query = {k: v[0] for k, v in parse_qs(parts.query).items()}
    request = AuthorizationRequest.objects.get()
    assert f"{parts.scheme}://{parts.netloc}" == app.org.url
    assert query["redirect_uri"] == "https://connector.example.com/salesforce/callback/"
    assert (query["scope"], query["code_challenge_method"]) == ("api refresh_token", "S256")
    assert len(query["state"]) >= 43
    for secret in (app.secret, request.code_verifier):
        assert secret not in parts.query


@pytest.mark.threat("T4")
def test_request_keeps_verifier_and_secret_as_ciphertext(client, app):
    begin(client, app)

    with database.cursor() as cursor:
        cursor.execute("SELECT code_verifier, consumer_secret FROM connectors_authorizationrequest")
        stored = cursor.fetchone()
        cursor.execute("SELECT session_data FROM django_session")
        sessions = str(cursor.fetchall())
    request = AuthorizationRequest.objects.get()
    assert all(stored)
    for secret in (request.code_verifier, app.secret):
        assert not any(secret in text for text in stored)
        assert secret not in str(client.session.items())
        assert secret not in sessions


def changed(**changes):
    """Return what changes a callback's parameters; None leaves one out."""
    return lambda answer: {k: v for k, v in {**answer, **changes}.items() if v is not None}


NOT_OURS = [
    pytest.param(changed(state=None), id="no state"),
    pytest.param(changed(state=""), id="empty state"),
    pytest.param(changed(state="x" * 43), id="another state"),
    pytest.param(lambda answer: {**answer, "state": answer["state"][:-1]}, id="shortened state"),
    pytest.param(lambda answer: {**answer, "state": answer["state"] + "x"}, id="longer state"),
    pytest.param(lambda answer: {**answer, "state": answer["state"].swapcase()}, id="case"),
    pytest.param(changed(state="é"), id="state that is no ASCII"),
    pytest.param(changed(state=None, error="access_denied"), id="error without a state"),
    pytest.param(changed(state="x", code=None, error="access_denied"), id="error, another state"),
]


@pytest.mark.threat("T5")
@pytest.mark.parametrize("tamper", NOT_OURS)
def test_answer_without_the_state_of_this_browser_is_refused_and_the_state_is_used_up(
    client, app, org, tamper
):
    answer = allow(org, begin(client, app))

    page = come_back(client, tamper(answer))

    assert page.status_code == 400
    assert REFUSED in text_of(page)
    assert come_back(client, answer).status_code == 400
    assert token_calls(org) == []
    assert not Connection.objects.exists()


@pytest.mark.threat("T5")
def test_state_of_another_browser_is_refused(client, app, org, administrator, client_of):
    """An attacker's code must not connect the victim's account to the attacker's organisation."""
    attackers = allow(org, begin(client_of(administrator), app))
    begin(client, app)

    page = come_back(client, attackers)

    assert page.status_code == 400
    assert token_calls(org) == []
    assert not Connection.objects.exists()


@pytest.mark.threat("T5")
def test_state_is_good_once(client, app, org):
    answer = allow(org, begin(client, app))
    come_back(client, answer)
    org.forget_calls()

    page = come_back(client, answer)

    assert page.status_code == 400
    assert token_calls(org) == []
    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.threat("T5")
@pytest.mark.django_db(transaction=True)
def test_code_is_traded_once_when_one_answer_comes_several_times_at_once(
    account, administrator, app, org, client_of
):
    client = client_of(administrator)
    answer = allow(org, begin(client, app))
    start = threading.Barrier(3)

    def arrive(_number):
        twin = client_of(None)
        twin.cookies = client.cookies
        try:
            start.wait(timeout=10)
            return come_back(twin, answer).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as browsers:
        statuses = list(browsers.map(arrive, range(3)))

    assert token_calls(org) == [200]
    assert set(statuses) <= {302, 400}
    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.threat("T5")
def test_earlier_way_is_void_when_another_one_was_begun(client, app, org):
    first = allow(org, begin(client, app))
    second = begin(client, app)

    assert come_back(client, first).status_code == 400
    assert come_back(client, allow(org, second)).status_code == 400  # the state is used up
    assert token_calls(org) == []


@pytest.mark.threat("T5")
def test_way_that_took_too_long_is_refused_with_a_sentence(client, app, org):
    answer = allow(org, begin(client, app))
    AuthorizationRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    page = come_back(client, answer, follow=True)

    assert "was taken before, or took too long. Start again." in text_of(page)
    assert token_calls(org) == []


@pytest.mark.threat("T5")
def test_answer_is_refused_when_another_person_has_logged_in_since(
    client, account, app, org, administrator
):
    answer = allow(org, begin(client, app))
    client.force_login(MembershipFactory(account=account, role=Role.ADMINISTRATOR).user)

    assert come_back(client, answer).status_code == 400
    assert token_calls(org) == []


@pytest.mark.threat("T5")
def test_request_of_another_person_is_not_taken(client, account, app, org, client_of):
    """Even where the session says so: the request's row knows whose it is."""
    answer = allow(org, begin(client, app))
    other = MembershipFactory(account=account, role=Role.ADMINISTRATOR).user
    AuthorizationRequest.objects.update(user=other)

    page = come_back(client, answer, follow=True)

    assert "was taken before" in text_of(page)
    assert token_calls(org) == []


@pytest.mark.threat("T5", "T1")
def test_answer_connects_the_account_where_it_was_begun_and_no_other(
    client, app, org, administrator
):
    other = AccountFactory(slug="second")
    MembershipFactory(account=other, user=administrator, role=Role.ADMINISTRATOR)
    answer = allow(org, begin(client, app, account="second"))

    page = come_back(client, answer)

    assert page.url == reverse("salesforce_connection", args=["second"])
    assert not Connection.objects.exists()
    with account_scope(other):
        assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.threat("T5", "T1")
@pytest.mark.parametrize("role", [Role.MARKETER, None])
def test_answer_is_refused_when_the_person_is_no_administrator_any_more(
    client, app, org, administrator, role
):
    answer = allow(org, begin(client, app))
    members = Membership.objects.filter(user=administrator)
    members.update(role=role) if role else members.delete()

    assert come_back(client, answer).status_code == (403 if role else 404)
    assert token_calls(org) == []


@pytest.mark.threat("T5")
def test_visitor_without_a_log_in_is_asked_to_log_in_and_nothing_is_traded(
    client, app, org, client_of
):
    answer = allow(org, begin(client, app))

    assert come_back(client_of(None), answer).status_code == 302
    assert token_calls(org) == []


@pytest.mark.threat("T5", "T9")
@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
def test_callback_answers_to_get_alone_and_keeps_the_state(client, app, org, method):
    answer = allow(org, begin(client, app))

    assert client.generic(method, f"{CALLBACK}?{urlencode(answer)}").status_code == 405
    assert token_calls(org) == []
    assert come_back(client, answer).status_code == 302


WRONG_ANSWERS = [
    pytest.param(changed(code=None), "Salesforce sent no code along.", id="no code"),
    pytest.param(changed(code=""), "Salesforce sent no code along.", id="empty code"),
    pytest.param(changed(iss="https://login.salesforce.com"), "another address", id="wrong issuer"),
    pytest.param(changed(iss=""), "another address", id="empty issuer"),
    pytest.param(changed(iss="https://evil.example"), "another address", id="foreign issuer"),
    pytest.param(
        changed(error="access_denied", error_description="end-user denied authorization"),
        "end-user denied authorization. Start again, and choose Allow",
        id="denied, with a code",
    ),
    pytest.param(
        changed(code=None, error="OAUTH_APP_BLOCKED", error_description="blocked by admin"),
        "blocked by admin. An administrator of Salesforce has blocked",
        id="blocked",
        marks=pytest.mark.fault("F10"),
    ),
    pytest.param(
        changed(code=None, error="<script>alert(1)</script>"),
        "<script>alert(1)</script>.",
        id="XSS",
    ),
]


@pytest.mark.threat("T5")
@pytest.mark.parametrize(("tamper", "sentence"), WRONG_ANSWERS)
def test_answer_that_is_no_good_is_told_and_nothing_is_traded(client, app, org, tamper, sentence):
    answer = allow(org, begin(client, app))

    page = come_back(client, tamper(answer), follow=True)

    assert "Salesforce was not connected: " in text_of(page)
    assert sentence in text_of(page)
    assert b"<script>alert" not in page.content
    assert token_calls(org) == []
    assert not Connection.objects.exists()
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.threat("T5")
def test_issuer_that_was_asked_is_taken(client, app, org):
    answer = {**allow(org, begin(client, app)), "iss": org.url}

    come_back(client, answer)

    assert find_connection().state == ConnectionState.CONNECTED


def swap_verifier(_app, _settings):
    request = AuthorizationRequest.objects.get()
    request.code_verifier = "x" * 64
    request.save()


def swap_secret(_app, _settings):
    request = AuthorizationRequest.objects.get()
    request.consumer_secret = "another one"
    request.save()


def swap_app(app, _settings):
    other = OrgApp(app.org)
    request = AuthorizationRequest.objects.get()
    request.consumer_key, request.consumer_secret = other.key, other.secret
    request.save()


def swap_callback(_app, settings):
    settings.PUBLIC_BASE_URL = "http://localhost:8000"


SWAPPED = [
    pytest.param(swap_verifier, "invalid code verifier", id="another verifier"),
    pytest.param(swap_secret, "invalid client credentials", id="another secret"),
    pytest.param(swap_app, "invalid authorization code", id="another app's code"),
    pytest.param(swap_callback, "redirect_uri must match configuration", id="another callback"),
    pytest.param(lambda app, _: app.change(blocked=True), "blocked by admin", id="blocked since"),
    pytest.param(lambda app, _: app.remove(), "client identifier invalid", id="gone since"),
]


@pytest.mark.threat("T5")
@pytest.mark.parametrize(("swap", "words"), SWAPPED)
def test_code_is_refused_once_when_what_belongs_to_it_is_swapped(
    client, app, org, settings, swap, words
):
    answer = allow(org, begin(client, app))
    swap(app, settings)

    page = come_back(client, answer, follow=True)

    assert words in text_of(page)
    assert token_calls(org) == [400]
    assert not Connection.objects.exists()


@pytest.mark.threat("T5")
def test_stolen_code_is_of_no_use_without_the_verifier(client, app, org, administrator):
    """Someone who reads the callback's address has neither the verifier nor our session."""
    answer = allow(org, begin(client, app))
    own_way = begin(client, app)  # as the thief would: another verifier, a state of its own
    state = parse_qs(urlsplit(own_way).query)["state"][0]
    page = come_back(client, {"code": answer["code"], "state": state}, follow=True)

    assert "invalid code verifier" in text_of(page)
    assert not Connection.objects.exists()


@pytest.mark.threat("T5")
def test_person_who_denies_reads_what_to_do_and_nothing_is_connected(client, app, org):
    back = urlsplit(visit(org, begin(client, app), button="cancel"))

    page = client.get(f"{back.path}?{back.query}", follow=True)

    assert "choose Allow when Salesforce asks" in text_of(page)
    assert not Connection.objects.exists()


def test_app_without_the_scope_to_refresh_is_told(client, org):
    app = OrgApp(org, scopes=["api"])

    page = come_back(client, allow(org, begin(client, app)), follow=True)

    assert "refresh_token, offline_access" in text_of(page)
    assert not Connection.objects.exists()


def test_app_that_the_local_organisation_has_from_the_start_connects(client, org):
    """What the README tells to try."""
    (ours,) = [a for a in org.control("GET", "apps") if a["name"] == "Act-On Connector"]
    page = client.post(
        reverse("salesforce_oauth", args=["example"]),
        {
            "login_address": "my_domain",
            "my_domain": org.host,
            "consumer_key": ours["client_id"],
            "consumer_secret": ours["client_secret"],
        },
    )

    come_back(client, allow(org, way_out(page)))

    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.fault("F10")
@pytest.mark.parametrize(
    ("definition", "code"),
    [
        ({"blocked": True}, "OAUTH_APP_BLOCKED"),
        ({"admin_approved": True}, "OAUTH_APP_ACCESS_DENIED"),
    ],
)
def test_app_that_an_administrator_does_not_let_in_is_told(client, org, definition, code):
    app = OrgApp(org, **definition)
    answer = allow(org, begin(client, app))

    page = come_back(client, answer, follow=True)

    assert answer["error"] == code
    assert "has not approved the connected user for it" in text_of(page)
    assert token_calls(org) == []


@pytest.mark.fault("F12")
@pytest.mark.threat("T5")
def test_other_organisation_is_refused_and_its_access_ended_at_once(client, app, org):
    ConnectionFactory(organization_id="00D000000000009EAA", session_id="as it was")

    page = come_back(client, allow(org, begin(client, app)), follow=True)

    kept = find_connection()
    assert org.organization_id in text_of(page)
    assert (kept.state, kept.session_id) == (ConnectionState.CONNECTED, "as it was")
    assert kept.auth_kind == Connection.AuthKind.PASSWORD
    assert revocations(org) == [200]


def test_access_is_ended_when_it_cannot_be_stored(client, app, org):
    answer = allow(org, begin(client, app))
    org.fault("/query", status=503, body="away")

    page = come_back(client, answer, follow=True)

    assert "Salesforce was not connected" in text_of(page)
    assert revocations(org) == [200]
    assert not Connection.objects.exists()


@pytest.mark.requirement("S11", "S12")
def test_password_connection_goes_over_to_the_app_and_forgets_the_password(
    client, connected, app, org
):
    page = client.get(reverse("salesforce_update_credentials", args=["example"]))
    assert reverse("salesforce_oauth", args=["example"]) in text_of(page)

    come_back(client, allow(org, begin(client, app)))

    over = find_connection()
    assert over.pk == connected.pk
    assert over.auth_kind == Connection.AuthKind.OAUTH
    assert (over.password, over.security_token) == ("", "")
    event = AuditEvent.objects.get(action="connection.authorised")
    assert (event.before["auth_kind"], event.after["auth_kind"]) == ("password", "oauth")


@pytest.mark.fault("F2")
@pytest.mark.requirement("S11")
def test_one_click_and_consent_wake_the_connection_whose_access_was_revoked(
    client, allowed, app, org
):
    org.control("POST", "revoke-approvals", {"username": org.username})
    page = client.post(reverse("salesforce_test", args=["example"]), follow=True)
    assert "Needs attention" in text_of(page)
    url = reverse("salesforce_reconnect", args=["example"])
    assert text_of(page).count(f'action="{url}"') == 1

    leaving = way_out(client.post(url))
    assert parse_qs(urlsplit(leaving).query)["login_hint"] == [org.username]
    page = come_back(client, allow(org, leaving), follow=True)

    assert "Connected to" in text_of(page)
    awake = find_connection()
    assert (awake.state, awake.consumer_secret) == (ConnectionState.CONNECTED, app.secret)


def test_access_that_is_replaced_is_ended_at_salesforce(client, allowed, app, org):
    come_back(client, allow(org, begin(client, app)))

    assert revocations(org) == [200]
    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.threat("T5")
def test_connection_that_works_stays_when_a_new_way_is_denied(client, allowed, app, org):
    url = way_out(client.post(reverse("salesforce_reconnect", args=["example"])))
    back = urlsplit(
        visit(org, url.replace("prompt=login", "prompt=login+consent"), button="cancel")
    )

    client.get(f"{back.path}?{back.query}")

    kept = find_connection()
    assert (kept.state, kept.refresh_token) == (ConnectionState.CONNECTED, allowed.refresh_token)


def test_reconnect_asks_for_the_app_when_none_is_stored(client, connected, org):
    answer = client.post(reverse("salesforce_reconnect", args=["example"]))

    assert answer.url == reverse("salesforce_oauth", args=["example"])


def test_update_credentials_of_an_app_leads_to_its_page_with_all_but_the_secret(
    client, allowed, app
):
    page = client.get(reverse("salesforce_update_credentials", args=["example"]), follow=True)

    assert page.redirect_chain[0][0] == reverse("salesforce_oauth", args=["example"])
    assert app.key in text_of(page)
    assert app.org.host in text_of(page)
    for secret in (app.secret, allowed.refresh_token, allowed.session_id):
        assert secret not in text_of(page)


def test_page_shows_the_callback_and_what_to_set_up(client, org):
    page = text_of(client.get(reverse("salesforce_oauth", args=["example"])))

    assert callback_url() in page
    assert callback_url() == "http://127.0.0.1:8000/salesforce/callback/"
    assert "External Client App Manager" in page
    assert "refresh_token, offline_access" in page


@pytest.mark.threat("T13")
@pytest.mark.parametrize("host", ["evil.example", "salesforce.com.evil.example", "a@127.0.0.1/#"])
def test_form_leads_to_no_foreign_host(client, app, host):
    url = reverse("salesforce_oauth", args=["example"])

    page = client.post(url, fill(app, my_domain=host))

    assert "is not a Salesforce host" in text_of(page)
    assert "Continue to Salesforce" not in text_of(page)
    assert not AuthorizationRequest.objects.exists()


def test_disconnect_says_so_when_salesforce_could_not_be_told(client, allowed, org):
    org.fault("/services/oauth2/revoke", status=503, body="away")

    page = client.post(reverse("salesforce_disconnect", args=["example"]), follow=True)

    assert "credentials are erased" in text_of(page)
    assert "End it there: Setup > Connected Apps OAuth Usage" in text_of(page)
    assert "Disconnected from" in text_of(page)
