"""The connection's way from connected to paused: nothing is called until a person has acted."""

from django.db import transaction
from django.utils import timezone

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import User
from acton_connector.accounts.services import lock_account
from connectors.models import Connection, ConnectionState
from connectors.salesforce import HostError, SalesforceError
from connectors.signals import connection_state_changed

LONGEST_REASON = 2_000


def asks_for_pause(error: SalesforceError) -> bool:
    """Whether nothing may be called after `error` until a person has acted.

    An organisation that moved to a host that is not allowed is such a case too: nobody knows who
    would read a session there (F13).
    """
    return error.pauses_connection or isinstance(error, HostError)


def lock_connection(account_id: int) -> Connection | None:
    """Return the account's connection for a writer, as it is now, until the transaction ends.

    The account's row comes first, as the audit log locks it too: it orders two administrators who
    connect at once, so that the second finds the first's. The connection's own row keeps off the
    worker that stores the next refresh token: to write back the one before would end the access.
    """
    lock_account(account_id)
    return Connection.objects.select_for_update().first()


@transaction.atomic
def pause_connection(
    *, connection: Connection, error: SalesforceError, actor: User | None = None
) -> None:
    """Stop every use of `connection` for the reason that `error` gives.

    To be called for an error with `pauses_connection`. Several workers may report the same error:
    it is stored and audited once. A disconnected connection stays disconnected.
    """
    reason = error.message[:LONGEST_REASON] or error.code
    now = timezone.now()
    lock_connection(connection.account_id)
    changed = (
        Connection.objects.filter(pk=connection.pk)
        .exclude(state=ConnectionState.DISCONNECTED)
        .exclude(state=ConnectionState.PAUSED, reason_code=error.code, reason=reason)
        .update(
            state=ConnectionState.PAUSED,
            state_changed_at=now,
            reason_code=error.code[:80],
            reason=reason,
            advice=error.advice,
            renewal_expires_at=None,
        )
    )
    if changed:
        record_event(
            actor=actor,
            action="connection.paused",
            subject=connection,
            after={"code": error.code, "reason": reason},
        )
        connection_state_changed.send(sender=Connection, account_id=connection.account_id)
    # Secrets are left alone: their key may be what is missing.
    connection.refresh_from_db(
        fields=["state", "state_changed_at", "reason_code", "reason", "advice"]
    )
