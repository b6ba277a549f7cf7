"""Refresh tokens: one worker uses them, and what came of it is never lost."""

import base64
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from acton_connector.accounts.models import AuditEvent
from connectors import services
from connectors.authorization import begin_authorization
from connectors.clients import open_client
from connectors.errors import NotConnectedError
from connectors.models import AuthorizationRequest, Connection, ConnectionState, Feature
from connectors.salesforce import (
    AuthenticationError,
    HostError,
    LimitError,
    LoginHoursError,
    SalesforceError,
)
from connectors.selectors import find_connection
from connectors.usage import UsageMeter
from tests.connectors.at_once import call_at_once
from tests.connectors.soap import data_calls, logins
from tests.oauth_kit import TOKEN_PATH, OrgApp, revocations, token_calls


def read(connection, *, times=1):
    """Read something `times` over one client; return its session at the end."""
    with open_client(connection) as client:
        for _ in range(times):
            assert client.get("limits")["DailyApiRequests"]
        return client.grant.session_id


@pytest.mark.fault("F1")
def test_session_is_refreshed_once_when_it_ends_midway_and_the_new_token_is_kept(allowed, org):
    before = allowed.refresh_token
    org.expire_sessions()

    session = read(allowed, times=2)

    kept = find_connection()
    assert kept.session_id == session
    assert kept.refresh_token != before
    assert token_calls(org) == [200]
    assert logins(org) == []
    assert kept.renewal_expires_at is None
    org.expire_sessions()
    read(kept)
    assert token_calls(org) == [200, 200]


@pytest.mark.fault("F1")
def test_refresh_token_stays_when_the_app_does_not_rotate_it(account, administrator, org):
    connection = OrgApp(org, rotates_refresh_tokens=False).connect(account, administrator)
    before = connection.refresh_token
    org.expire_sessions()

    read(connection)

    assert find_connection().refresh_token == before


@pytest.mark.threat("T4")
def test_tokens_and_secret_are_stored_as_ciphertext_alone(allowed, app):
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT refresh_token, consumer_secret, session_id FROM connectors_connection"
        )
        stored = cursor.fetchone()

    assert all(stored)
    for secret in (allowed.refresh_token, app.secret, allowed.session_id):
        assert secret
        assert not any(secret in text for text in stored)
    assert allowed.consumer_secret == app.secret


@pytest.mark.threat("T4")
def test_access_goes_on_when_every_secret_was_written_anew_with_another_key(
    allowed, app, administrator, org, settings
):
    begin_authorization(account=allowed.account, app=app.client_app, actor=administrator)
    new = "k2:" + base64.urlsafe_b64encode(b"k" * 32).decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, *settings.FIELD_ENCRYPTION_KEYS]
    call_command("rotate_keys", verbosity=0)
    settings.FIELD_ENCRYPTION_KEYS = [new]
    org.expire_sessions()

    read(find_connection())

    assert token_calls(org) == [200]
    request = AuthorizationRequest.objects.get()
    assert (request.consumer_secret, len(request.code_verifier)) == (app.secret, 64)


@pytest.mark.fault("F3")
@pytest.mark.django_db(transaction=True)
def test_workers_that_refresh_one_rotating_token_at_once_use_it_once_and_all_go_on(
    account, allowed, org
):
    """Used twice, Salesforce would end the access: then none of them could go on."""
    clients = [open_client(allowed) for _ in range(3)]
    org.expire_sessions()
    org.fault(TOKEN_PATH, delay_seconds=0.5)

    results = call_at_once(account, clients)

    assert all("DailyApiRequests" in limits for limits, _ in results)
    assert {session for _, session in results} == {find_connection().session_id}
    assert token_calls(org) == [200]
    org.mend()
    org.expire_sessions()
    read(find_connection())
    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.fault("F3", "F79")
def test_worker_that_slept_through_its_claim_leaves_the_token_alone(allowed, org):
    """While it slept another worker has used the token, and stored the next one."""

    class Sleeper(UsageMeter):
        """Sleeps before its second call, which is the refresh."""

        calls_begun = 0

        def keep_to_share(self):
            self.calls_begun += 1
            if self.calls_begun == 2:
                past = timezone.now() - timedelta(seconds=1)
                Connection.objects.update(renewal_expires_at=past)
                read(find_connection())

    org.expire_sessions()

    meter = Sleeper(feature=Feature.SYNCS)
    with open_client(allowed, meter=meter, sleep=lambda _seconds: None) as client:
        assert client.get("limits")["DailyApiRequests"]

    assert token_calls(org) == [200]
    assert client.grant.session_id == find_connection().session_id


@pytest.mark.fault("F3")
def test_worker_whose_token_was_replaced_while_it_asked_goes_on_with_the_new_one(
    allowed, account, administrator, app, org
):
    """What Salesforce says of the old access must not pause the new one."""

    class Meanwhile(UsageMeter):
        """Lets a person reconnect before its second call, which is the refresh."""

        calls_begun = 0

        def keep_to_share(self):
            self.calls_begun += 1
            if self.calls_begun == 2:
                claim = find_connection().renewal_expires_at
                app.connect(account, administrator)
                Connection.objects.update(renewal_expires_at=claim)

    org.expire_sessions()

    with open_client(allowed, meter=Meanwhile(feature=Feature.SYNCS)) as client:
        assert client.get("limits")["DailyApiRequests"]

    kept = find_connection()
    assert kept.state == ConnectionState.CONNECTED
    assert client.grant.session_id == kept.session_id
    assert 400 in token_calls(org)


@pytest.mark.fault("F2")
def test_connection_pauses_with_one_sentence_when_the_access_was_revoked(allowed, org):
    org.control("POST", "revoke-approvals", {"username": org.username})

    with open_client(allowed) as client, pytest.raises(AuthenticationError):
        client.get("limits")

    paused = find_connection()
    assert (paused.state, paused.reason_code) == (ConnectionState.PAUSED, "invalid_grant")
    assert paused.reason == "expired access/refresh token"
    assert paused.advice.startswith("The access that was allowed has ended")
    assert paused.renewal_expires_at is None
    assert token_calls(org) == [400]
    with pytest.raises(NotConnectedError):
        open_client(paused)


BLOCKED = [
    pytest.param(lambda app: app.change(blocked=True), "invalid_app_access", id="blocked"),
    pytest.param(lambda app: app.remove(), "invalid_client_id", id="uninstalled"),
    pytest.param(
        lambda app: app.change(client_secret="another one"), "invalid_client", id="new secret"
    ),
]


@pytest.mark.fault("F10")
@pytest.mark.parametrize(("bar", "code"), BLOCKED)
def test_connection_pauses_with_a_sentence_of_its_own_when_the_app_is_barred(
    allowed, app, org, bar, code
):
    bar(app)
    org.expire_sessions()

    with open_client(allowed) as client, pytest.raises(SalesforceError):
        client.get("limits")

    paused = find_connection()
    assert (paused.state, paused.reason_code) == (ConnectionState.PAUSED, code)
    assert "Reconnect" not in paused.advice
    assert token_calls(org) == [400]


@pytest.mark.fault("F10")
def test_test_wakes_the_connection_when_the_app_is_let_in_again(allowed, app, administrator, org):
    app.change(blocked=True)
    with pytest.raises(SalesforceError):
        services.test_connection(connection=allowed, actor=administrator)
    assert find_connection().reason_code == "invalid_app_access"
    assert AuditEvent.objects.get(action="connection.paused").actor == administrator
    app.change(blocked=False)

    services.test_connection(connection=find_connection(), actor=administrator)

    awake = find_connection()
    assert (awake.state, awake.reason_code) == (ConnectionState.CONNECTED, "")
    assert token_calls(org) == [400, 200]
    read(awake)


@pytest.mark.fault("F6")
def test_connection_pauses_when_the_user_is_frozen_and_goes_on_with_the_same_token(allowed, org):
    user = {"username": org.username}
    org.control("POST", "users", {**user, "frozen": True})
    org.expire_sessions()
    try:
        with open_client(allowed) as client, pytest.raises(AuthenticationError):
            client.get("limits")
    finally:
        org.control("POST", "users", {**user, "frozen": False})

    assert find_connection().reason_code == "INACTIVE_USER"
    services.test_connection(connection=find_connection(), actor=None)
    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.fault("F7")
def test_nothing_pauses_when_hours_or_address_bar_the_user(allowed, org):
    profile = {"profile": "System Administrator"}
    org.control("POST", "profiles", {**profile, "login_ip_ranges": ["10.0.0.1-10.0.0.2"]})
    org.expire_sessions()
    try:
        with open_client(allowed) as client, pytest.raises(LoginHoursError) as error:
            client.get("limits")
    finally:
        org.control("POST", "profiles", profile)

    assert "public IP address" in error.value.advice
    assert find_connection().state == ConnectionState.CONNECTED
    read(find_connection())


def test_nothing_pauses_when_the_user_signed_in_too_often(allowed, org):
    body = '{"error": "invalid_grant", "error_description": "login rate exceeded"}'
    org.expire_sessions()
    org.fault(TOKEN_PATH, status=400, body=body, headers={"Content-Type": "application/json"})

    with open_client(allowed) as client, pytest.raises(LimitError):
        client.get("limits")

    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.fault("F2", "F53")
def test_access_is_allowed_again_when_the_answer_with_the_next_token_was_lost(
    allowed, account, administrator, app, org
):
    """Nobody has the next token, so the access is lost: tried once more, then a person is asked."""
    org.expire_sessions()
    org.fault(TOKEN_PATH, nth=1, lose_reply=True)

    with (
        open_client(allowed, sleep=lambda _seconds: None) as client,
        pytest.raises(AuthenticationError),
    ):
        client.get("limits")

    assert find_connection().reason_code == "invalid_grant"
    assert [call["status"] for call in org.calls() if call["path"] == TOKEN_PATH][1:] == [400]
    app.connect(account, administrator)
    read(find_connection())


@pytest.mark.fault("F53")
def test_token_is_used_again_when_the_request_never_arrived(allowed, org):
    org.expire_sessions()
    org.fault(TOKEN_PATH, nth=1, status=503, body="<html>maintenance</html>")

    with open_client(allowed, sleep=lambda _seconds: None) as client:
        assert client.get("limits")

    assert token_calls(org) == [503, 200]


@pytest.mark.fault("F85")
def test_next_token_is_ended_when_the_account_was_disconnected_while_it_came(allowed, org):
    """Else it would live on at Salesforce, and nobody would know of it."""

    class Meanwhile(UsageMeter):
        def __call__(self, call):
            super().__call__(call)
            if call.method == "POST":
                Connection.objects.update(
                    state=ConnectionState.DISCONNECTED, refresh_token="", session_id=""
                )

    org.expire_sessions()

    meter = Meanwhile(feature=Feature.SYNCS)
    with open_client(allowed, meter=meter) as client, pytest.raises(NotConnectedError):
        client.get("limits")

    assert token_calls(org) == [200]
    assert revocations(org) == [200]
    assert not find_connection().refresh_token


@pytest.mark.fault("F2")
def test_next_token_is_kept_when_the_connection_was_paused_while_it_came(allowed, org):
    """The one before is dead; with this one a test of the connection is enough."""

    class Meanwhile(UsageMeter):
        def __call__(self, call):
            super().__call__(call)
            if call.method == "POST":
                Connection.objects.update(state=ConnectionState.PAUSED, reason="Elsewhere.")

    org.expire_sessions()

    meter = Meanwhile(feature=Feature.SYNCS)
    with open_client(allowed, meter=meter) as client, pytest.raises(NotConnectedError):
        client.get("limits")

    assert find_connection().refresh_token != allowed.refresh_token
    org.expire_sessions()
    services.test_connection(connection=find_connection(), actor=None)
    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.fault("F12")
def test_nothing_is_stored_when_another_organisation_answers(allowed, org):
    Connection.objects.update(organization_id="00D000000000009EAA")
    before = find_connection().session_id
    org.expire_sessions()

    with open_client(find_connection()) as client, pytest.raises(AuthenticationError):
        client.get("limits")

    paused = find_connection()
    assert (paused.reason_code, paused.session_id) == ("ORGANISATION_CHANGED", before)


@pytest.mark.fault("F13")
@pytest.mark.threat("T13")
def test_connection_pauses_when_the_organisation_moves_to_a_foreign_host(allowed, org):
    moved = org.url.replace("localhost", "127.0.0.1")
    org.control("POST", "policies", {"instance_url": moved})
    org.expire_sessions()
    try:
        with open_client(allowed) as client, pytest.raises(HostError):
            client.get("limits")
    finally:
        org.control("POST", "policies", {"instance_url": None})

    assert find_connection().reason_code == "HOST_NOT_ALLOWED"
    assert [call["status"] for call in data_calls(org) if "limits" in call["path"]] == [401]
