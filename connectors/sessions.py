"""An account's session with Salesforce: stored, shared by all workers, renewed by one of them.

Renewal is a claim on the connection's row with a time limit, not a lock held open: the log-in
is a call over the network, and a transaction around it would keep every other writer waiting.
"""

import enum
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.db import transaction
from django.db.models.functions import Now
from django.views.decorators.debug import sensitive_variables

from acton_connector.accounts.encryption import DecryptionError
from acton_connector.accounts.scope import account_scope
from connectors.errors import NotConnectedError, UnreadableSecretsError, check_organization
from connectors.models import Connection, ConnectionState
from connectors.network import SHORT_TIMEOUTS, allowed_hosts, make_network
from connectors.salesforce import Grant, Login, SalesforceError, base_url, log_in
from connectors.states import asks_for_pause, pause_connection
from connectors.usage import UsageMeter

# Longer than a log-in may take, so that a claim ends only with the worker that made it.
CLAIM = timedelta(seconds=2 * SHORT_TIMEOUTS.total_seconds)
POLL_SECONDS = 0.2
# A stored session older than this may be as dead as the one that was just refused.
FRESH = timedelta(minutes=10)


@dataclass(frozen=True)
class Credentials:
    """What a person logs in with; `login_host` has passed `check_host`."""

    login_host: str
    username: str
    password: str
    security_token: str

    def __repr__(self) -> str:
        return f"Credentials({self.login_host!r}, {self.username!r})"


class Turn(enum.Enum):
    """Whose turn it is to renew."""

    OURS = enum.auto()
    THEIRS = enum.auto()


def read_credentials(connection: Connection) -> Credentials:
    """Return the stored credentials; raise UnreadableSecretsError when they do not open."""
    try:
        return Credentials(
            login_host=connection.login_host,
            username=connection.username,
            password=connection.password,
            security_token=connection.security_token,
        )
    except DecryptionError as error:
        raise UnreadableSecretsError from error


@sensitive_variables("session_id")
def find_grant(connection: Connection) -> Grant | None:
    """Return the stored session, None where there is none that opens.

    Raises HostError when its instance is not (or no longer) an allowed host.
    """
    try:
        session_id = connection.session_id
    except DecryptionError:
        return None
    if not session_id:
        return None
    return Grant(
        session_id=session_id,
        instance_url=base_url(connection.instance_host, allowed_hosts()),
        user_id=connection.sf_user_id,
        organisation_id=connection.organization_id,
    )


def log_in_once(credentials: Credentials, meter: UsageMeter | None, *, within_share: bool) -> Login:
    """Log in with exactly one attempt: a second one with a wrong password locks the user.

    `within_share`: raise LimitError instead where our share of the calls is used up.
    """
    return log_in(
        base_url(credentials.login_host, allowed_hosts()),
        credentials.username,
        credentials.password,
        credentials.security_token,
        network=make_network(
            on_call=meter, before_call=meter.keep_to_share if meter and within_share else None
        ),
    )


@dataclass(frozen=True)
class SessionRenewer:
    """Gets the connection a session in place of a refused one, by one log-in for all workers."""

    account_id: int
    connection_id: uuid.UUID
    meter: UsageMeter | None
    sleep: Callable[[float], None]

    def __call__(self, refused: Grant | None) -> Grant:
        """Return a session other than `refused`; one that another worker made meanwhile will do.

        Raises NotConnectedError when the connection may not be used (any more), and whatever the
        log-in raises; the connection is paused then if the error asks for it.
        """
        with account_scope(self.account_id):
            while True:
                turn = self._take_turn(refused)
                if isinstance(turn, Grant):
                    return turn
                if turn is Turn.OURS:
                    return self._log_in()
                self.sleep(POLL_SECONDS)

    @transaction.atomic
    def _take_turn(self, refused: Grant | None) -> Grant | Literal[Turn.OURS, Turn.THEIRS]:
        connection = (
            Connection.objects.select_for_update()
            .annotate(database_now=Now())
            .get(pk=self.connection_id)
        )
        if connection.state != ConnectionState.CONNECTED:
            raise NotConnectedError.for_connection(connection)
        now = connection.database_now
        stored = find_grant(connection)
        is_fresh = connection.verified_at is not None and connection.verified_at > now - FRESH
        if stored and is_fresh and (refused is None or stored.session_id != refused.session_id):
            return stored
        ends_at = connection.renewal_expires_at
        if ends_at and now < ends_at <= now + CLAIM:  # one further off is of a clock since set back
            return Turn.THEIRS
        connection.renewal_expires_at = now + CLAIM
        connection.save(update_fields=["renewal_expires_at"])
        return Turn.OURS

    def _log_in(self) -> Grant:
        connection = Connection.objects.get(pk=self.connection_id)
        try:
            login = log_in_once(read_credentials(connection), self.meter, within_share=True)
            check_organization(connection, login.grant.organisation_id)
            self._store(login.grant)
        except SalesforceError as error:
            if asks_for_pause(error):
                pause_connection(connection=connection, error=error)
            raise
        finally:
            Connection.objects.filter(pk=self.connection_id).update(renewal_expires_at=None)
        return login.grant

    @transaction.atomic
    def _store(self, grant: Grant) -> None:
        connection = Connection.objects.select_for_update().get(pk=self.connection_id)
        if connection.state != ConnectionState.CONNECTED:
            raise NotConnectedError.for_connection(connection)
        put_grant(connection, grant)
        connection.verified_at = Now()
        connection.save(update_fields=["session_id", "instance_host", "sf_user_id", "verified_at"])


def put_grant(connection: Connection, grant: Grant) -> None:
    """Write a session into `connection`; the caller saves it."""
    connection.session_id = grant.session_id
    connection.instance_host = grant.instance_url.removeprefix("https://")
    connection.sf_user_id = grant.user_id
