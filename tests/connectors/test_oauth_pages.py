"""The way to Salesforce and back by the pages, and what people read on it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection as database
from django.urls import reverse

from acton_connector.accounts.models import AuditEvent
from connectors.authorization import callback_url
from connectors.models import AuthorizationRequest, Connection, ConnectionState
from connectors.selectors import find_connection
from tests.connectors.oauth_way import begin, come_back, fill, text_of, way_out
from tests.factories import ConnectionFactory
from tests.oauth_kit import OrgApp, allow, revocations, token_calls, visit


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
