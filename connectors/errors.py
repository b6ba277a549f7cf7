"""What can be wrong with a connection before Salesforce is even called."""

from connectors.models import Connection, ConnectionState
from connectors.salesforce import AuthenticationError, OrganisationChangedError


class NotConnectedError(AuthenticationError):
    """The account has no connection that may be used."""

    default_advice = "Connect Salesforce under Settings > Connectors > CRM > Salesforce."

    @classmethod
    def for_connection(cls, connection: Connection | None) -> "NotConnectedError":
        """Build the error that tells why `connection` is of no use."""
        if connection is None or connection.state == ConnectionState.DISCONNECTED:
            return cls("NOT_CONNECTED", "Salesforce is not connected.")
        return cls(connection.reason_code, connection.reason, advice=connection.advice)


class UnreadableSecretsError(AuthenticationError):
    """The stored credentials do not open: their key is gone, or the row was changed."""

    def __init__(self) -> None:
        super().__init__(
            "UNREADABLE_SECRETS",
            "The stored credentials cannot be decrypted.",
            advice="Give the application the key they were encrypted with (FIELD_ENCRYPTION_KEYS), "
            "or update the credentials.",
        )


def check_organization(connection: Connection | None, organization_id: str) -> None:
    """Raise OrganisationChangedError unless `organization_id` is the one that is bound.

    Lists hold record ids of the bound organisation, so another one is never written to, even
    where the same user name opens it: a refreshed sandbox does that (F12).
    """
    if connection and connection.organization_id not in ("", organization_id):
        raise OrganisationChangedError(
            "ORGANISATION_CHANGED",
            f"These credentials open the organisation {organization_id}, and this account belongs "
            f"to {connection.organization_name or 'another one'} ({connection.organization_id}).",
            advice="Enter credentials of that organisation; another organisation, and a sandbox "
            "that was refreshed, needs an account of its own.",
        )
