"""A client on the account's connection, for workers and pages."""

import time
from collections.abc import Callable

from connectors.errors import NotConnectedError
from connectors.models import Connection, ConnectionState
from connectors.network import make_network
from connectors.salesforce import Grant, HostError, SalesforceClient, WriteStandIn
from connectors.sessions import SessionRenewer, find_grant
from connectors.states import pause_connection
from connectors.usage import UsageMeter


def open_client(
    connection: Connection,
    *,
    meter: UsageMeter | None = None,
    sleep: Callable[[float], None] = time.sleep,
    retry_seconds: float = 900.0,
    stand_in: WriteStandIn | None = None,
    elsewhere: Callable[[Callable[[], Grant]], Grant] = lambda renewal: renewal(),
) -> SalesforceClient:
    """Return a client on the connection's stored session; close it, or use it in a `with`.

    A refused session is renewed by one log-in, shared with every other worker. A renewal that
    Salesforce refuses pauses the connection and raises the error. `sleep` may raise, to end a
    wait; `retry_seconds` bounds the waits for passing faults, 0 for a page that a person looks at.

    Every call, a log-in among them, is counted by the `meter`, which raises LimitError instead of
    a call beyond our share.

    Raises NotConnectedError when the connection may not be used, HostError (and pauses) when the
    stored instance is not an allowed host. Neither this nor the client's requests belong into a
    transaction: a renewal must be seen by the other workers at once. A caller that has to hold one
    says `elsewhere`: what does a renewal on another database connection. With a `stand_in` nothing
    is written to the organisation.
    """
    connection = Connection.objects.get(pk=connection.pk)
    if connection.state != ConnectionState.CONNECTED:
        raise NotConnectedError.for_connection(connection)
    network = make_network(
        on_call=meter,
        before_call=meter.keep_to_share if meter else None,
        sleep=sleep,
        retry_seconds=retry_seconds,
    )
    renewer = SessionRenewer(
        account_id=connection.account_id,
        connection_id=connection.pk,
        meter=meter,
        sleep=sleep,
    )
    try:
        grant = find_grant(connection) or renewer(None)
        return SalesforceClient(
            grant,
            network=network,
            renew=lambda refused: elsewhere(lambda: renewer(refused)),
            stand_in=stand_in,
        )
    except HostError as error:
        pause_connection(connection=connection, error=error)
        raise
