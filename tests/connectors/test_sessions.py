import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from acton_connector.accounts.scope import account_scope
from connectors import services
from connectors.clients import open_client
from connectors.errors import NotConnectedError
from connectors.models import Connection, ConnectionState, Feature
from connectors.salesforce import AuthenticationError, HostError, OrganisationChangedError
from connectors.selectors import find_connection
from connectors.sessions import CLAIM
from connectors.usage import UsageMeter
from tests.connectors.at_once import call_at_once
from tests.connectors.soap import LOGIN_PATH, answer_logins, data_calls, logins, refuse_logins


def set_stored(connection, **values):
    for name, value in values.items():
        setattr(connection, name, value)
    connection.save(update_fields=list(values))


def test_client_uses_the_stored_session_when_it_is_alive(connected, org):
    with open_client(connected) as client:
        client.get("limits")

    assert logins(org) == []
    assert len(data_calls(org)) == 1


@pytest.mark.fault("F1")
def test_session_is_renewed_once_and_the_request_replayed_when_it_ends_midway(connected, org):
    with UsageMeter(feature=Feature.SYNCS) as meter, open_client(connected, meter=meter) as client:
        client.get("limits")
        org.expire_sessions()
        assert client.get("limits")["DailyApiRequests"]
        client.get("limits")

    assert [call["status"] for call in org.calls() if "/limits" in call["path"]] == [
        200, 401, 200, 200,
    ]  # fmt: skip
    assert len(logins(org)) == 1
    assert meter.calls == 5
    assert find_connection().session_id == client.grant.session_id


@pytest.mark.fault("F1")
def test_session_is_made_when_none_is_stored(connected, org):
    set_stored(connected, session_id="")

    with open_client(connected) as client:
        client.get("limits")

    assert len(logins(org)) == 1


@pytest.mark.fault("F3")
@pytest.mark.django_db(transaction=True)
def test_two_workers_renew_with_one_login_when_their_session_ends(account, connected, org):
    clients = [open_client(connected) for _ in range(2)]
    org.expire_sessions()
    org.fault(LOGIN_PATH, delay_seconds=0.5)

    results = call_at_once(account, clients)

    assert all("DailyApiRequests" in limits for limits, _ in results)
    assert {session for _, session in results} == {find_connection().session_id}
    assert len(logins(org)) == 1
    assert find_connection().renewal_expires_at is None


@pytest.mark.fault("F3")
@pytest.mark.django_db(transaction=True)
def test_all_workers_stop_after_one_login_when_the_password_was_changed(account, connected, org):
    set_stored(connected, password="changed meanwhile")
    clients = [open_client(connected) for _ in range(3)]
    org.expire_sessions()
    org.fault(LOGIN_PATH, delay_seconds=0.3)
    start = threading.Barrier(3)

    def work(client):
        try:
            start.wait(timeout=10)
            with account_scope(account), client, pytest.raises(AuthenticationError) as error:
                client.get("limits")
            return error.value.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as workers:
        assert set(workers.map(work, clients)) == {"INVALID_LOGIN"}

    assert len(logins(org)) == 1
    assert find_connection().state == ConnectionState.PAUSED


@pytest.mark.fault("F3")
def test_worker_takes_the_stored_session_when_another_one_renewed_it(connected, org):
    with open_client(connected) as first, open_client(connected) as second:
        org.expire_sessions()
        first.get("limits")
        second.get("limits")

        assert second.grant.session_id == first.grant.session_id
    assert len(logins(org)) == 1


@pytest.mark.fault("F1")
def test_worker_logs_in_when_the_stored_session_is_other_but_old_and_may_be_dead(connected, org):
    with open_client(connected) as first, open_client(connected) as second:
        org.expire_sessions()
        first.get("limits")
        org.expire_sessions()
        set_stored(find_connection(), verified_at=timezone.now() - timedelta(hours=2))

        second.get("limits")

    assert len(logins(org)) == 2
    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.fault("F79")
def test_claim_of_a_killed_worker_runs_out(connected, org):
    org.expire_sessions()
    set_stored(connected, renewal_expires_at=timezone.now() - timedelta(seconds=1))

    with open_client(connected) as client:
        client.get("limits")

    assert len(logins(org)) == 1


@pytest.mark.fault("F79", "F86")
def test_claim_of_a_clock_that_was_set_back_since_holds_nobody_up(connected, org):
    org.expire_sessions()
    set_stored(connected, renewal_expires_at=timezone.now() + timedelta(days=1))

    with open_client(connected) as client:
        client.get("limits")

    assert len(logins(org)) == 1


@pytest.mark.fault("F79")
def test_worker_waits_for_a_living_claim_and_its_sleep_can_end_the_wait(connected, org):
    class LeaseLostError(Exception):
        pass

    def sleep(_seconds):
        raise LeaseLostError

    org.expire_sessions()
    set_stored(connected, renewal_expires_at=timezone.now() + timedelta(minutes=1))

    with open_client(connected, sleep=sleep) as client, pytest.raises(LeaseLostError):
        client.get("limits")

    assert logins(org) == []


@pytest.mark.fault("F3")
def test_claim_counts_that_was_made_while_another_worker_waited_for_the_row(connected, org):
    """PostgreSQL tells a statement that waits the time of its beginning: before that claim."""

    class StillWaitingError(Exception):
        pass

    def sleep(_seconds):
        raise StillWaitingError

    org.expire_sessions()
    set_stored(connected, renewal_expires_at=timezone.now() + CLAIM + timedelta(seconds=1))

    with open_client(connected, sleep=sleep) as client, pytest.raises(StillWaitingError):
        client.get("limits")

    assert logins(org) == []


@pytest.mark.fault("F4")
def test_renewal_pauses_and_frees_its_claim_when_the_password_is_wrong(connected, org):
    set_stored(connected, password="changed meanwhile")
    org.expire_sessions()

    with open_client(connected) as client, pytest.raises(AuthenticationError):
        client.get("limits")

    paused = find_connection()
    assert (paused.state, paused.reason_code) == (ConnectionState.PAUSED, "INVALID_LOGIN")
    assert paused.renewal_expires_at is None
    assert len(logins(org)) == 1
    with pytest.raises(NotConnectedError, match="INVALID_LOGIN"):
        open_client(paused)


@pytest.mark.fault("F7")
def test_renewal_frees_its_claim_when_the_error_passes_by_itself(connected, org):
    org.expire_sessions()
    refuse_logins(org, "LOGIN_DURING_RESTRICTED_TIME", "Not now")

    with open_client(connected) as client, pytest.raises(Exception, match="RESTRICTED_TIME"):
        client.get("limits")

    kept = find_connection()
    assert (kept.state, kept.renewal_expires_at) == (ConnectionState.CONNECTED, None)


@pytest.mark.fault("F12")
def test_renewal_pauses_and_stores_no_session_when_another_organisation_answers(connected, org):
    session = connected.session_id
    org.expire_sessions()
    answer_logins(org, server_url=org.url, organization_id="00D000000000009EAA")

    with open_client(connected) as client, pytest.raises(OrganisationChangedError):
        client.get("limits")

    assert find_connection().state == ConnectionState.PAUSED
    assert find_connection().session_id == session
    # The refused request is the only one: nothing reached the other organisation.
    assert [call["status"] for call in data_calls(org)] == [401, 200]


@pytest.mark.fault("F13")
@pytest.mark.threat("T13")
def test_stored_instance_is_checked_again_when_a_client_is_opened(connected, org, settings):
    settings.SALESFORCE_EXTRA_LOGIN_HOSTS = []

    with pytest.raises(HostError):
        open_client(connected)

    assert find_connection().state == ConnectionState.PAUSED
    assert data_calls(org) == []


@pytest.mark.fault("F85")
def test_renewal_stores_nothing_when_the_account_was_disconnected_meanwhile(connected, org):
    with open_client(connected) as client:
        services.disconnect(connection=connected, actor=None)
        org.expire_sessions()
        org.forget_calls()
        with pytest.raises(NotConnectedError):
            client.get("limits")

    assert logins(org) == []
    assert not find_connection().session_id


def test_client_is_refused_when_the_connection_was_paused_in_another_process(connected):
    Connection.objects.update(state=ConnectionState.PAUSED, reason="Paused elsewhere.")

    with pytest.raises(NotConnectedError, match=r"Paused elsewhere\."):
        open_client(connected)
