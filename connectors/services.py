"""Everything that changes a connection and its field catalogue; `authorization` has OAuth's way."""

import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import Account, User
from acton_connector.accounts.scope import current_account_id
from connectors.clients import open_client
from connectors.credentials import (
    AnyCredentials,
    AppCredentials,
    Credentials,
    end_access,
    erase_secrets,
    read_credentials,
)
from connectors.errors import NotConnectedError, UnreadableSecretsError, check_organization
from connectors.models import Connection, ConnectionState, Feature, SalesforceField
from connectors.network import allowed_hosts, make_network
from connectors.salesforce import (
    FieldDescription,
    Grant,
    Organisation,
    SalesforceClient,
    SalesforceError,
    check_host,
    describe_object,
    read_organisation,
)
from connectors.selectors import find_connection, find_described_at
from connectors.sessions import SessionRenewer, find_grant, put_grant
from connectors.signals import connection_state_changed
from connectors.states import asks_for_pause, lock_connection, pause_connection
from connectors.usage import UsageMeter

__all__ = [
    "connect",
    "disconnect",
    "ensure_fields",
    "pause_connection",
    "refresh_fields",
    "store_connection",
    "test_connection",
    "update_credentials",
]


def connect(*, account: Account, credentials: Credentials, actor: User | None) -> Connection:
    """Authorise the account's organisation by one log-in, and keep its credentials encrypted.

    The first log-in binds the organisation to the account. Raises HostError before any request
    for an address that is not Salesforce's, and whatever Salesforce answers to the log-in; then
    nothing is stored, and a connection that was there already is paused.
    """
    return _sign_in(account, credentials, actor=actor, action="connection.connected")


def update_credentials(
    *, connection: Connection, credentials: Credentials, actor: User | None
) -> Connection:
    """Replace the credentials, as after a reset of the security token (S11); as `connect`."""
    return _sign_in(
        connection.account, credentials, actor=actor, action="connection.credentials_updated"
    )


def test_connection(*, connection: Connection, actor: User | None) -> Connection:
    """Try what is stored; a paused connection is used again if that works.

    A password is tried by one log-in. Of an app the session is tried, and the refresh token where
    Salesforce refuses the session: one that rotates is not used without need.

    Raises NotConnectedError for a disconnected one, and whatever Salesforce answers; the
    connection is paused then if the error asks for it.
    """
    if connection.state == ConnectionState.DISCONNECTED:
        raise NotConnectedError.for_connection(connection)
    try:
        credentials = read_credentials(connection)
        if isinstance(credentials, AppCredentials):
            return _try_session(connection, actor=actor)
    except SalesforceError as error:
        if asks_for_pause(error):
            pause_connection(connection=connection, error=error, actor=actor)
        raise
    return _sign_in(connection.account, credentials, actor=actor, action="connection.tested")


def _try_session(connection: Connection, *, actor: User | None) -> Connection:
    with UsageMeter(feature=Feature.CONNECTING) as meter:
        renewer = SessionRenewer(
            account_id=connection.account_id,
            connection_id=connection.pk,
            meter=meter,
            sleep=time.sleep,
            is_test=True,
            actor=actor,
        )
        grant = find_grant(connection) or renewer(None)
        network = make_network(on_call=meter)
        with SalesforceClient(grant, network=network, renew=renewer) as client:
            organisation = read_organisation(client)
        return store_connection(
            account=connection.account,
            organisation=organisation,
            actor=actor,
            action="connection.tested",
        )


def _sign_in(
    account: Account, credentials: Credentials, *, actor: User | None, action: str
) -> Connection:
    check_host(credentials.login_host, allowed_hosts())
    known = find_connection()
    # Not kept to our share: a person tests the connection above all when something is wrong.
    with UsageMeter(feature=Feature.CONNECTING) as meter:
        network = make_network(on_call=meter)
        try:
            grant = credentials.open_session(network).grant
            check_organization(known, grant.organisation_id)
            with SalesforceClient(grant, network=network) as client:
                organisation = read_organisation(client)
        except SalesforceError as error:
            if known and asks_for_pause(error):
                pause_connection(connection=known, error=error, actor=actor)
            raise
        # Inside, so that what Salesforce told of its limit finds the connection.
        return store_connection(
            account=account,
            organisation=organisation,
            signed_in=(credentials, grant),
            actor=actor,
            action=action,
        )


def store_connection(
    *,
    account: Account,
    organisation: Organisation,
    signed_in: tuple[AnyCredentials, Grant] | None = None,
    actor: User | None,
    action: str,
) -> Connection:
    """Store a connection that works, with an audit event.

    `signed_in` are new credentials and the session that they opened; without them those that are
    stored stay. What an app was allowed before, and is replaced, is ended at Salesforce. Raises
    OrganisationChangedError when the account belongs to another organisation.
    """
    with transaction.atomic():
        connection, replaced = _store(account, organisation, signed_in, actor=actor, action=action)
    if isinstance(replaced, AppCredentials):
        end_access(replaced)
    return connection


def _store(
    account: Account,
    organisation: Organisation,
    signed_in: tuple[AnyCredentials, Grant] | None,
    *,
    actor: User | None,
    action: str,
) -> tuple[Connection, AnyCredentials | None]:
    """Return the connection, and the credentials that the new ones took the place of."""
    connection = lock_connection(account.pk) or Connection(account=account)
    check_organization(connection, organisation.id)
    before = describe_connection(connection) if connection.organization_id else None
    replaced = None
    if signed_in is not None:
        replaced = _find_credentials(connection)
        credentials, grant = signed_in
        credentials.put_into(connection)
        put_grant(connection, grant)
    _put_organisation(connection, organisation)
    now = timezone.now()
    if connection.state != ConnectionState.CONNECTED:
        connection.state, connection.state_changed_at = ConnectionState.CONNECTED, now
    connection.reason_code = connection.reason = connection.advice = ""
    connection.verified_at = now
    connection.save()
    record_event(
        actor=actor,
        action=action,
        subject=connection,
        before=before,
        after=describe_connection(connection),
    )
    connection_state_changed.send(sender=Connection, account_id=connection.account_id)
    return connection, replaced


def _find_credentials(connection: Connection) -> AnyCredentials | None:
    """Return the stored credentials, None where there are none or they do not open."""
    if connection.state in ("", ConnectionState.DISCONNECTED):
        return None
    try:
        return read_credentials(connection)
    except UnreadableSecretsError:
        return None


def _put_organisation(connection: Connection, organisation: Organisation) -> None:
    connection.organization_id = organisation.id
    connection.organization_name = organisation.name
    connection.edition = organisation.edition
    connection.is_sandbox = organisation.is_sandbox
    connection.sf_user_id = organisation.user_id
    connection.sf_user_name = organisation.user_name


def describe_connection(connection: Connection) -> dict[str, str]:
    """Return what the audit log keeps of a connection: nothing secret."""
    return {
        "state": connection.state,
        "auth_kind": connection.auth_kind,
        "login_host": connection.login_host,
        "username": connection.username,
        "organization_id": connection.organization_id,
    }


def disconnect(*, connection: Connection, actor: User | None) -> bool:
    """Erase credentials and session here; jobs and lists keep their set-up.

    The organisation stays bound, so that the lists meet the same records again. What an app was
    allowed is ended at Salesforce too, as far as Salesforce can be reached: returns False where
    it has to be ended there by hand.
    """
    with transaction.atomic():
        connection = lock_connection(connection.account_id) or connection
        before = describe_connection(connection)
        held = _find_credentials(connection)
        erase_secrets(connection)
        connection.state, connection.state_changed_at = ConnectionState.DISCONNECTED, timezone.now()
        connection.reason_code = connection.reason = connection.advice = ""
        connection.renewal_expires_at = None
        connection.save()
        record_event(
            actor=actor,
            action="connection.disconnected",
            subject=connection,
            before=before,
            after=describe_connection(connection),
        )
        connection_state_changed.send(sender=Connection, account_id=connection.account_id)
    if connection.auth_kind == Connection.AuthKind.PASSWORD:
        return True
    return isinstance(held, AppCredentials) and end_access(held)


def refresh_fields(*, client: SalesforceClient, sobject_type: str) -> list[SalesforceField]:
    """Describe an object and keep its fields; those that are gone there are removed here.

    Raises SchemaError when the object is gone or hidden from the connected user.
    """
    description = describe_object(client, sobject_type)
    fields = [_make_field(sobject_type, field) for field in description.fields]
    with transaction.atomic():
        SalesforceField.objects.bulk_create(
            fields,
            update_conflicts=True,
            unique_fields=["account", "sobject_type", "name"],
            update_fields=CATALOGUE_COLUMNS,
        )
        SalesforceField.objects.filter(sobject_type=sobject_type).exclude(
            name__in=[field.name for field in fields]
        ).delete()
    return fields


CATALOGUE_COLUMNS = [
    field.name
    for field in SalesforceField._meta.concrete_fields
    if field.name not in ("id", "account", "sobject_type", "name")
]


def _make_field(sobject_type: str, field: FieldDescription) -> SalesforceField:
    return SalesforceField(
        account_id=current_account_id(),
        sobject_type=sobject_type,
        name=field.name,
        label=field.label,
        data_type=field.type,
        length=field.length,
        is_createable=field.createable,
        is_updateable=field.updateable,
        is_required=field.required,
        is_calculated=field.calculated,
        is_external_id=field.external_id,
        is_custom=field.custom,
        is_filterable=field.filterable,
        picklist_values=[value.value for value in field.picklist_values if value.active],
        reference_to=list(field.reference_to),
        described_at=timezone.now(),
    )


def ensure_fields(
    *, connection: Connection, sobject_type: str, max_age: timedelta = timedelta(hours=1)
) -> None:
    """Describe an object anew where the catalogue is older than `max_age`; for pages.

    Raises SalesforceError when Salesforce has to be asked and does not answer well.
    """
    described_at = find_described_at(sobject_type)
    if described_at and described_at > timezone.now() - max_age:
        return
    with (
        UsageMeter(feature=Feature.SETUP) as meter,
        open_client(connection, meter=meter, retry_seconds=0) as client,
    ):
        refresh_fields(client=client, sobject_type=sobject_type)
