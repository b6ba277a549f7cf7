"""An account's session with Salesforce: stored, shared by all workers, renewed by one of them.

Renewal is a claim on the connection's row with a time limit, not a lock held open: signing in
is a call over the network, and a transaction around it would keep every other writer waiting.
What is used is read under the claim, and what came of it is stored with the session in one write:
a refresh token that rotates is good once.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.views.decorators.debug import sensitive_variables

from acton_connector.accounts.encryption import DecryptionError
from acton_connector.accounts.models import User
from acton_connector.accounts.scope import account_scope
from connectors.credentials import AnyCredentials, AppCredentials, end_access, read_credentials
from connectors.errors import NotConnectedError, check_organization
from connectors.models import Connection, ConnectionState
from connectors.network import SHORT_TIMEOUTS, allowed_hosts, make_network
from connectors.salesforce import (
    Grant,
    Network,
    SalesforceError,
    Tokens,
    TransientError,
    base_url,
)
from connectors.states import asks_for_pause, pause_connection
from connectors.usage import UsageMeter

# Longer than a log-in may take, so that a claim ends only with the worker that made it.
CLAIM = timedelta(seconds=2 * SHORT_TIMEOUTS.total_seconds)
POLL_SECONDS = 0.2
# A stored session older than this may be as dead as the one that was just refused.
FRESH = timedelta(minutes=10)


@dataclass(frozen=True)
class Claim:
    """Our turn to renew: nobody else does until then."""

    ends_at: datetime


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


@dataclass(frozen=True)
class SessionRenewer:
    """Gets the connection a session in place of a refused one, by one sign-in for all workers.

    Of a person's test (`is_test`, by `actor`) a paused connection is renewed as well, and our share
    of the calls holds nothing up.
    """

    account_id: int
    connection_id: uuid.UUID
    meter: UsageMeter | None
    sleep: Callable[[float], None]
    is_test: bool = False
    actor: User | None = None

    def __call__(self, refused: Grant | None) -> Grant:
        """Return a session other than `refused`; one that another worker made meanwhile will do.

        Raises NotConnectedError when the connection may not be used (any more), and whatever the
        sign-in raises; the connection is paused then if the error asks for it.
        """
        with account_scope(self.account_id):
            while True:
                turn = self._take_turn(refused)
                if isinstance(turn, Grant):
                    return turn
                if turn is None:
                    self.sleep(POLL_SECONDS)
                elif grant := self._sign_in(turn):
                    return grant

    @transaction.atomic
    def _take_turn(self, refused: Grant | None) -> Grant | Claim | None:
        """Return a session to use, or our claim to renew it; None while another one has it."""
        connection = (
            Connection.objects.select_for_update()
            .annotate(database_now=Now())
            .get(pk=self.connection_id)
        )
        if not self._may_use(connection):
            raise NotConnectedError.for_connection(connection)
        now = connection.database_now
        stored = find_grant(connection)
        is_fresh = connection.verified_at is not None and connection.verified_at > now - FRESH
        if stored and is_fresh and (refused is None or stored.session_id != refused.session_id):
            return stored
        ends_at = connection.renewal_expires_at
        # One much further off is of a clock since set back. A little further off is one that was
        # made while this statement, which tells the time of its beginning, waited for the row.
        if ends_at and now < ends_at <= now + 2 * CLAIM:
            return None
        connection.renewal_expires_at = now + CLAIM
        connection.save(update_fields=["renewal_expires_at"])
        return Claim(connection.renewal_expires_at)

    def _sign_in(self, claim: Claim) -> Grant | None:
        """Sign in with what is stored now; None where somebody replaced it meanwhile.

        What Salesforce says of replaced credentials says nothing of the new ones.
        """
        used: AnyCredentials | None = None
        try:
            connection = Connection.objects.get(pk=self.connection_id)
            used = read_credentials(connection)
            tokens = used.open_session(self._network(claim))
            check_organization(connection, tokens.grant.organisation_id)
            return tokens.grant if self._store(tokens, used) else None
        except SalesforceError as error:
            if asks_for_pause(error):
                connection = Connection.objects.get(pk=self.connection_id)
                if used is not None and read_credentials(connection) != used:
                    return None
                pause_connection(connection=connection, error=error, actor=self.actor)
            raise
        finally:
            # Only our claim: one that ran out may be another worker's by now.
            self._claimed(claim).update(renewal_expires_at=None)

    def _network(self, claim: Claim) -> Network:
        def before_call() -> None:
            if self.meter and not self.is_test:
                self.meter.keep_to_share()
            # A worker that slept too long must not use a rotating token: another one may have, and
            # Salesforce ends the access when a used one comes again.
            if not self._claimed(claim).filter(renewal_expires_at__gt=Now()).exists():
                raise TransientError("CLAIM_LOST", "The session was not renewed in time.")

        return make_network(on_call=self.meter, before_call=before_call)

    def _claimed(self, claim: Claim) -> QuerySet[Connection]:
        return Connection.objects.filter(pk=self.connection_id, renewal_expires_at=claim.ends_at)

    def _store(self, tokens: Tokens, used: AnyCredentials) -> bool:
        """Keep the session, and the refresh token that came with it, in one write.

        Returns False, and keeps nothing, where the credentials were replaced meanwhile. A refresh
        token is kept even if the connection was paused meanwhile: the one before is dead.
        """
        with transaction.atomic():
            connection = Connection.objects.select_for_update().get(pk=self.connection_id)
            is_kept = connection.state != ConnectionState.DISCONNECTED
            is_ours = is_kept and read_credentials(connection) == used
            if is_ours:
                put_grant(connection, tokens.grant)
                connection.refresh_token = tokens.refresh_token or connection.refresh_token
                connection.verified_at = Now()
                connection.save(
                    update_fields=[
                        "session_id",
                        "refresh_token",
                        "instance_host",
                        "sf_user_id",
                        "verified_at",
                    ]
                )
        if not is_ours and tokens.refresh_token and isinstance(used, AppCredentials):
            end_access(replace(used, refresh_token=tokens.refresh_token))
        if not self._may_use(connection):
            raise NotConnectedError.for_connection(connection)
        return is_ours

    def _may_use(self, connection: Connection) -> bool:
        if self.is_test:
            return connection.state != ConnectionState.DISCONNECTED
        return connection.state == ConnectionState.CONNECTED


def put_grant(connection: Connection, grant: Grant) -> None:
    """Write a session into `connection`; the caller saves it."""
    connection.session_id = grant.session_id
    connection.instance_host = grant.instance_url.removeprefix("https://")
    connection.sf_user_id = grant.user_id
