import dataclasses
import socket

import pytest

from acton_connector.accounts.models import AuditEvent
from connectors import services
from connectors.credentials import Credentials
from connectors.models import ApiUsage, Connection, ConnectionState, Feature
from connectors.salesforce import (
    AccessError,
    AuthenticationError,
    HostError,
    LoginHoursError,
    NetworkError,
    OrganisationChangedError,
    SalesforceError,
)
from connectors.selectors import find_connection
from tests.connectors.soap import LOGIN_PATH, answer_logins, data_calls, logins, refuse_logins
from tests.connectors.stored import stored_secrets
from tests.factories import ConnectionFactory


@pytest.mark.requirement("S8", "S12")
def test_connect_reads_the_organisation_when_the_credentials_are_right(
    account, administrator, org, credentials
):
    connection = services.connect(account=account, credentials=credentials, actor=administrator)

    (truth,) = org.query("SELECT Id, Name, OrganizationType, IsSandbox FROM Organization")
    assert connection.state == ConnectionState.CONNECTED
    assert connection.organization_id == org.organization_id
    assert connection.organization_name == truth["Name"]
    assert connection.edition == truth["OrganizationType"]
    assert connection.is_sandbox == truth["IsSandbox"]
    assert connection.instance_host == org.host
    assert connection.verified_at
    event = AuditEvent.objects.get(action="connection.connected")
    assert (event.actor, event.before) == (administrator, None)
    assert event.after["organization_id"] == org.organization_id
    usage = ApiUsage.objects.get()
    assert (usage.our_calls, usage.feature) == (3, Feature.CONNECTING)
    assert connection.api_told_at is None
    connection.refresh_from_db()
    assert (connection.api_limit, connection.api_ours) == (100_000, 3)


@pytest.mark.threat("T4")
def test_connect_stores_ciphertext_alone(connected, org):
    stored = stored_secrets()

    assert all(stored)
    for secret in (org.password, org.security_token, connected.session_id):
        assert not any(secret in text for text in stored)
    assert connected.password == org.password


@pytest.mark.fault("F4")
def test_wrong_password_is_tried_once_and_nothing_is_stored(account, org, credentials):
    wrong = dataclasses.replace(credentials, password="wrong")

    with pytest.raises(AuthenticationError) as refusal:
        services.connect(account=account, credentials=wrong, actor=None)

    assert refusal.value.code == "INVALID_LOGIN"
    assert refusal.value.message.startswith("Invalid username, password, security token")
    assert len(logins(org)) == 1
    assert not Connection.objects.exists()


@pytest.mark.fault("F4")
@pytest.mark.requirement("S3", "S9")
def test_missing_token_is_named_when_the_password_is_right(account, org, credentials):
    with pytest.raises(AuthenticationError) as refusal:
        services.connect(
            account=account,
            credentials=dataclasses.replace(credentials, security_token=""),
            actor=None,
        )

    assert refusal.value.code == "LOGIN_MUST_USE_SECURITY_TOKEN"
    assert "Reset My Security Token" in refusal.value.advice
    assert len(logins(org)) == 1


REFUSALS = [
    pytest.param("INVALID_LOGIN", AuthenticationError, marks=pytest.mark.fault("F4")),
    pytest.param(
        "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
        AuthenticationError,
        marks=pytest.mark.fault("F5"),
    ),
    pytest.param("PASSWORD_LOCKOUT", AuthenticationError, marks=pytest.mark.fault("F6")),
    pytest.param("INACTIVE_USER", AuthenticationError, marks=pytest.mark.fault("F6")),
    pytest.param(
        "LOGIN_DURING_RESTRICTED_DOMAIN", AuthenticationError, marks=pytest.mark.fault("F7")
    ),
    pytest.param("INSUFFICIENT_ACCESS", AccessError, marks=pytest.mark.fault("F8")),
    pytest.param("INVALID_OPERATION", AuthenticationError, marks=pytest.mark.fault("F9")),
    pytest.param("API_DISABLED_FOR_ORG", AccessError, marks=pytest.mark.fault("F11")),
]


@pytest.mark.parametrize(("code", "error_class"), REFUSALS)
def test_connection_pauses_after_one_attempt_when_salesforce_refuses_the_user(
    connected, org, code, error_class
):
    refuse_logins(org, code, f"Salesforce says {code}")

    with pytest.raises(error_class):
        services.test_connection(connection=connected, actor=None)

    paused = find_connection()
    assert paused.state == ConnectionState.PAUSED
    assert (paused.reason_code, paused.reason) == (code, f"Salesforce says {code}")
    assert paused.advice
    assert len(logins(org)) == 1


@pytest.mark.fault("F5")
def test_connection_pauses_when_the_login_succeeds_with_an_expired_password(connected, org):
    answer_logins(org, server_url=org.url, password_expired=True)

    with pytest.raises(AuthenticationError):
        services.test_connection(connection=connected, actor=None)

    assert find_connection().reason_code == "INVALID_OPERATION_WITH_EXPIRED_PASSWORD"


@pytest.mark.fault("F7")
def test_connection_stays_connected_when_it_is_outside_the_login_hours(connected, org):
    refuse_logins(org, "LOGIN_DURING_RESTRICTED_TIME", "Not now")

    with pytest.raises(LoginHoursError):
        services.test_connection(connection=connected, actor=None)

    assert find_connection().state == ConnectionState.CONNECTED
    assert len(logins(org)) == 1


@pytest.mark.fault("F19")
def test_connection_stays_connected_when_salesforce_is_away(connected, org):
    org.fault(LOGIN_PATH, status=503, body="<html>maintenance</html>")

    with pytest.raises(SalesforceError) as error:
        services.test_connection(connection=connected, actor=None)

    assert error.value.retryable
    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.fault("F53")
def test_login_is_not_repeated_when_its_answer_is_lost(account, org, credentials):
    org.fault(LOGIN_PATH, lose_reply=True)

    with pytest.raises(NetworkError):
        services.connect(account=account, credentials=credentials, actor=None)

    assert len(logins(org)) == 1
    assert not Connection.objects.exists()


@pytest.mark.threat("T13")
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8443",
        "localhost",
        "metadata.invalid",
        "a@169.254.169.254/#",
        "evil.invalid/.salesforce.com",
        "login.salesforce.com.evil.invalid",
    ],
)
def test_foreign_host_is_refused_before_its_name_is_looked_up(account, org, monkeypatch, host):
    asked = []
    credentials = Credentials(host, "user", "password", "")

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *args, **_: asked.append(args))
        with pytest.raises(HostError):
            services.connect(account=account, credentials=credentials, actor=None)

    assert asked == []
    assert not Connection.objects.exists()


@pytest.mark.fault("F13")
@pytest.mark.threat("T13")
def test_connection_pauses_when_the_organisation_moves_to_a_foreign_host(connected, org):
    answer_logins(org, server_url="https://salesforce.evil.invalid")

    with pytest.raises(HostError):
        services.test_connection(connection=connected, actor=None)

    assert find_connection().state == ConnectionState.PAUSED
    assert find_connection().instance_host == org.host


@pytest.mark.fault("F12")
def test_connection_pauses_and_keeps_its_organisation_when_another_one_answers(
    account, org, credentials
):
    connection = ConnectionFactory(organization_id="00D000000000009EAA", session_id="old")

    with pytest.raises(OrganisationChangedError):
        services.update_credentials(connection=connection, credentials=credentials, actor=None)

    kept = find_connection()
    assert kept.state == ConnectionState.PAUSED
    assert kept.organization_id == "00D000000000009EAA"
    assert (kept.username, kept.session_id) == ("integration@example.com", "old")
    assert org.organization_id in kept.reason


@pytest.mark.fault("F12")
def test_disconnected_account_stays_bound_when_another_organisation_is_connected(
    account, org, credentials
):
    ConnectionFactory(
        organization_id="00D000000000009EAA", state=ConnectionState.DISCONNECTED, password=""
    )

    with pytest.raises(OrganisationChangedError):
        services.connect(account=account, credentials=credentials, actor=None)

    assert find_connection().state == ConnectionState.DISCONNECTED
    assert not find_connection().password


@pytest.mark.requirement("S11")
def test_new_credentials_wake_a_paused_connection(connected, org, credentials, administrator):
    services.pause_connection(
        connection=connected, error=AuthenticationError("INVALID_LOGIN", "Token reset.")
    )

    services.update_credentials(connection=connected, credentials=credentials, actor=administrator)

    awake = find_connection()
    assert awake.state == ConnectionState.CONNECTED
    assert (awake.reason_code, awake.reason, awake.advice) == ("", "", "")
    event = AuditEvent.objects.get(action="connection.credentials_updated")
    assert (event.before["state"], event.after["state"]) == ("paused", "connected")


@pytest.mark.requirement("S12")
def test_test_wakes_a_paused_connection_when_the_cause_is_mended(connected, org):
    services.pause_connection(
        connection=connected, error=AuthenticationError("USER_LOCKED_OUT", "Locked.")
    )

    services.test_connection(connection=connected, actor=None)

    assert find_connection().state == ConnectionState.CONNECTED
    assert len(logins(org)) == 1


def test_test_makes_no_call_when_the_connection_is_disconnected(connected, org):
    services.disconnect(connection=connected, actor=None)
    org.forget_calls()

    with pytest.raises(AuthenticationError, match="NOT_CONNECTED"):
        services.test_connection(connection=find_connection(), actor=None)

    assert data_calls(org) == []


@pytest.mark.threat("T4")
def test_connection_pauses_with_a_sentence_when_its_key_is_gone(connected, org, settings):
    settings.FIELD_ENCRYPTION_KEYS = ["k2:" + "A" * 43 + "="]

    with pytest.raises(AuthenticationError, match="UNREADABLE_SECRETS"):
        services.test_connection(connection=connected, actor=None)

    assert find_connection().state == ConnectionState.PAUSED
    assert logins(org) == []


def test_reconnect_after_a_disconnect_goes_on_with_the_same_row(connected, account, credentials):
    services.disconnect(connection=connected, actor=None)

    again = services.connect(account=account, credentials=credentials, actor=None)

    assert again.pk == connected.pk
    assert again.state == ConnectionState.CONNECTED
