"""A connection by OAuth is tested, disconnected and stored: no access is lost, and none left."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connections, transaction

from acton_connector.accounts.scope import account_scope
from connectors import services
from connectors.clients import open_client
from connectors.models import Connection, ConnectionState
from connectors.salesforce import (
    AuthenticationError,
)
from connectors.selectors import find_connection
from tests.connectors.soap import data_calls
from tests.locks import is_anybody_waiting
from tests.oauth_kit import revocations, token_calls
from tests.processes import wait_until


def test_test_uses_no_token_while_the_session_is_good(allowed, org):
    services.test_connection(connection=allowed, actor=None)

    assert token_calls(org) == []
    assert find_connection().refresh_token == allowed.refresh_token


@pytest.mark.fault("F3")
@pytest.mark.django_db(transaction=True)
def test_test_keeps_the_next_token_that_a_worker_stores_at_the_same_moment(account, allowed, org):
    """To write back the token that was used up would end the access."""

    def try_it():
        try:
            with account_scope(account):
                services.test_connection(connection=find_connection(), actor=None)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as person:
        with transaction.atomic():
            worker = Connection.objects.select_for_update().get()
            worker.refresh_token = "the next one"
            worker.save(update_fields=["refresh_token"])
            trial = person.submit(try_it)
            wait_until(lambda: len(data_calls(org)) == 2)
            wait_until(is_anybody_waiting)
        trial.result(timeout=30)

    assert find_connection().refresh_token == "the next one"


@pytest.mark.threat("T5")
def test_disconnect_ends_the_access_at_salesforce_and_erases_it_here(allowed, org, administrator):
    used = allowed.refresh_token

    assert services.disconnect(connection=allowed, actor=administrator)

    gone = find_connection()
    assert gone.state == ConnectionState.DISCONNECTED
    assert not any([gone.refresh_token, gone.consumer_secret, gone.session_id])
    assert revocations(org) == [200]
    restored = {"refresh_token": used, "session_id": allowed.session_id}
    for name, value in {**restored, "consumer_secret": allowed.consumer_secret}.items():
        setattr(gone, name, value)
    gone.state = ConnectionState.CONNECTED
    gone.save()
    with open_client(gone) as client, pytest.raises(AuthenticationError):
        client.get("limits")


@pytest.mark.parametrize("how", [{"status": 503, "body": "away"}, {"lose_reply": True}])
def test_disconnect_erases_and_says_so_when_salesforce_cannot_be_told(allowed, org, how):
    org.fault("/services/oauth2/revoke", **how)

    assert not services.disconnect(connection=allowed, actor=None)

    assert not find_connection().refresh_token


def test_disconnect_is_whole_when_the_access_has_ended_before(allowed, org):
    org.control("POST", "revoke-approvals", {"username": org.username})

    assert services.disconnect(connection=allowed, actor=None)
    assert revocations(org) == [400]


WRONG_ROWS = [
    {"refresh_token": ""},
    {"consumer_key": ""},
    {"password": "left over"},
    {"security_token": "left over"},
]


@pytest.mark.parametrize("values", WRONG_ROWS, ids=str)
def test_database_refuses_a_connected_app_without_its_token_or_with_a_password(allowed, values):
    for name, value in values.items():
        setattr(allowed, name, value)

    with pytest.raises(IntegrityError), transaction.atomic():
        allowed.save()
