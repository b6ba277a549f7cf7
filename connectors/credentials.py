"""What a connection proves itself with: a person's password, or what an app was allowed."""

from dataclasses import dataclass, field, replace

import structlog

from acton_connector.accounts.encryption import DecryptionError
from connectors.errors import UnreadableSecretsError
from connectors.models import Connection
from connectors.network import BRIEF_TIMEOUTS, allowed_hosts, make_network
from connectors.salesforce import (
    ClientApp,
    Network,
    SalesforceError,
    Tokens,
    base_url,
    check_host,
    log_in,
    refresh_tokens,
    revoke_token,
)

_NOT_A_TOKEN = frozenset({"invalid_token", "unsupported_token_type"})
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Credentials:
    """What a person logs in with; `login_host` has passed `check_host`."""

    login_host: str
    username: str
    password: str = field(repr=False)
    security_token: str = field(repr=False)

    def open_session(self, network: Network) -> Tokens:
        """Log in with exactly one attempt: a second one with a wrong password locks the user."""
        login = log_in(
            base_url(self.login_host, allowed_hosts()),
            self.username,
            self.password,
            self.security_token,
            network=network,
        )
        return Tokens(login.grant)

    def put_into(self, connection: Connection) -> None:
        """Write these, and nothing of another kind, into `connection`; the caller saves it."""
        _erase_secrets(connection)
        connection.auth_kind = Connection.AuthKind.PASSWORD
        connection.login_host = check_host(self.login_host, allowed_hosts())
        connection.username = self.username
        connection.password = self.password
        connection.security_token = self.security_token


@dataclass(frozen=True)
class AppCredentials:
    """An External Client App, and the refresh token that a person's consent gave it."""

    app: ClientApp
    username: str
    refresh_token: str = field(repr=False)

    def open_session(self, network: Network) -> Tokens:
        """Use the refresh token, with exactly one attempt."""
        return refresh_tokens(self.app, self.refresh_token, network=network)

    def put_into(self, connection: Connection) -> None:
        """Write these, and nothing of another kind, into `connection`; the caller saves it."""
        _erase_secrets(connection)
        connection.auth_kind = Connection.AuthKind.OAUTH
        connection.login_host = check_host(self.app.login_host, allowed_hosts())
        connection.username = self.username
        connection.consumer_key = self.app.consumer_key
        connection.consumer_secret = self.app.consumer_secret
        connection.refresh_token = self.refresh_token


AnyCredentials = Credentials | AppCredentials


def read_credentials(connection: Connection) -> AnyCredentials:
    """Return the stored credentials; raise UnreadableSecretsError when they do not open."""
    try:
        if connection.auth_kind == Connection.AuthKind.OAUTH:
            return AppCredentials(
                app=ClientApp(
                    connection.login_host, connection.consumer_key, connection.consumer_secret
                ),
                username=connection.username,
                refresh_token=connection.refresh_token,
            )
        return Credentials(
            login_host=connection.login_host,
            username=connection.username,
            password=connection.password,
            security_token=connection.security_token,
        )
    except DecryptionError as error:
        raise UnreadableSecretsError from error


def end_access(credentials: AppCredentials) -> bool:
    """Let Salesforce end a refresh token and its sessions; tell whether it has.

    One short attempt: what we forget is of no use to us either way.
    """
    network = replace(make_network(), timeouts=BRIEF_TIMEOUTS)
    try:
        revoke_token(credentials.app, credentials.refresh_token, network=network)
    except SalesforceError as error:
        if error.code in _NOT_A_TOKEN:  # it has ended before
            return True
        logger.warning("refresh_token_not_revoked", code=error.code)
        return False
    return True


def erase_secrets(connection: Connection) -> None:
    """Take every secret out of `connection`, the session too; the caller saves it."""
    connection.session_id = ""
    _erase_secrets(connection)


def _erase_secrets(connection: Connection) -> None:
    connection.password = connection.security_token = ""
    connection.refresh_token = connection.consumer_secret = ""
