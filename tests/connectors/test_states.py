import pytest

from acton_connector.accounts.models import AuditEvent
from connectors.errors import NotConnectedError
from connectors.models import ConnectionState
from connectors.salesforce import AuthenticationError, TransientError
from connectors.selectors import find_connection, get_usable_connection, is_usable
from connectors.states import pause_connection
from tests.factories import ConnectionFactory

WRONG_PASSWORD = AuthenticationError("INVALID_LOGIN", "Invalid username, password.", advice="Look.")


def test_pause_keeps_code_reason_and_advice_when_salesforce_refuses(account, administrator):
    connection = ConnectionFactory()

    pause_connection(connection=connection, error=WRONG_PASSWORD, actor=administrator)

    connection.refresh_from_db()
    assert connection.state == ConnectionState.PAUSED
    assert connection.reason_code == "INVALID_LOGIN"
    assert connection.reason == "Invalid username, password."
    assert connection.advice == "Look."
    assert not is_usable(connection)


def test_pause_is_audited_once_when_two_workers_report_the_same_error(account):
    connection = ConnectionFactory()

    for _ in range(2):
        pause_connection(connection=connection, error=WRONG_PASSWORD)

    assert AuditEvent.objects.filter(action="connection.paused").count() == 1


def test_pause_tells_the_newer_reason_when_the_error_differs(account):
    connection = ConnectionFactory()
    pause_connection(connection=connection, error=WRONG_PASSWORD)

    pause_connection(connection=connection, error=AuthenticationError("USER_LOCKED_OUT", "Locked."))

    assert find_connection().reason == "Locked."


def test_pause_leaves_a_disconnected_connection_alone_when_a_late_error_comes(account):
    connection = ConnectionFactory(state=ConnectionState.DISCONNECTED)

    pause_connection(connection=connection, error=WRONG_PASSWORD)

    assert find_connection().state == ConnectionState.DISCONNECTED
    assert not AuditEvent.objects.exists()


def test_pause_has_a_reason_when_salesforce_gave_no_text(account):
    connection = ConnectionFactory()

    pause_connection(connection=connection, error=TransientError("HTTP_403", ""))

    assert find_connection().reason == "HTTP_403"


def test_usable_connection_is_refused_with_its_reason_when_it_is_paused(account):
    connection = ConnectionFactory()
    pause_connection(connection=connection, error=WRONG_PASSWORD)

    with pytest.raises(NotConnectedError) as refusal:
        get_usable_connection()

    assert refusal.value.code == "INVALID_LOGIN"
    assert refusal.value.advice == "Look."


@pytest.mark.parametrize("state", [None, ConnectionState.DISCONNECTED])
def test_usable_connection_is_refused_with_the_next_step_when_there_is_none(account, state):
    if state:
        ConnectionFactory(state=state)

    with pytest.raises(NotConnectedError, match="NOT_CONNECTED") as refusal:
        get_usable_connection()

    assert "Settings > Connectors > CRM > Salesforce" in refusal.value.advice


def test_connection_is_invisible_when_another_account_is_in_scope(account, other_account):
    ConnectionFactory(account=other_account)

    assert find_connection() is None
