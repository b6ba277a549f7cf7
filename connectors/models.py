"""An account's authorised organisation, what is known of its fields, and the calls it cost."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from acton_connector.accounts.encryption import EncryptedTextField
from acton_connector.accounts.models import User
from acton_connector.accounts.scope import AccountOwned


class ConnectionState(models.TextChoices):
    """How the connection stands."""

    CONNECTED = "connected", "Connected"
    PAUSED = "paused", "Needs attention"
    DISCONNECTED = "disconnected", "Disconnected"

    @property
    def colour(self) -> str:
        """The badge's colour in the kit."""
        return {"connected": "green", "paused": "orange", "disconnected": "secondary"}[self.value]


SUPPORTED_EDITIONS = ("Enterprise", "Professional", "Unlimited")


class Connection(AccountOwned):
    r"""An account's authorised organisation.

        connect --> connected --> paused (Salesforce refused us; nothing is called) --> connected
                        \--> disconnected (secrets erased) --> connected

    The organisation's id is bound on the first log-in; later log-ins into another organisation
    pause the connection (F12).
    """

    class AuthKind(models.TextChoices):
        """How the application proves who it is."""

        PASSWORD = "password", "Password and security token"
        OAUTH = "oauth", "External Client App (OAuth)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    auth_kind = models.CharField(max_length=20, choices=AuthKind.choices, default=AuthKind.PASSWORD)
    login_host = models.CharField(max_length=255)
    username = models.CharField(max_length=255)
    password = EncryptedTextField(blank=True)
    security_token = EncryptedTextField(blank=True)
    consumer_key = models.CharField(max_length=255, blank=True)
    consumer_secret = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(
        blank=True, help_text="Changes with each use where the app rotates it."
    )
    session_id = EncryptedTextField(blank=True)
    instance_host = models.CharField(max_length=255, blank=True)

    organization_id = models.CharField(max_length=18, blank=True)
    organization_name = models.CharField(max_length=255, blank=True)
    edition = models.CharField(max_length=80, blank=True)
    is_sandbox = models.BooleanField(default=False)
    sf_user_id = models.CharField(max_length=18, blank=True)
    sf_user_name = models.CharField(max_length=255, blank=True)

    state = models.CharField(max_length=20, choices=ConnectionState.choices)
    reason_code = models.CharField(max_length=80, blank=True)
    reason = models.TextField(blank=True)
    advice = models.TextField(blank=True)
    state_changed_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)
    renewal_expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Until then one worker alone renews the session."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    api_used = models.PositiveIntegerField(
        default=0, help_text="The organisation's calls of 24 hours, as Salesforce told last."
    )
    api_limit = models.PositiveIntegerField(default=0)
    api_ours = models.PositiveIntegerField(
        default=0, help_text="How many of them were ours by our own count."
    )
    api_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"], name="connectors_connection_one_per_account"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ConnectionState.values),
                name="connectors_connection_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state=ConnectionState.CONNECTED)
                | (~Q(organization_id="") & Q(verified_at__isnull=False)),
                name="connectors_connection_connected_means_verified",
            ),
            models.CheckConstraint(
                condition=Q(auth_kind="password", refresh_token="", consumer_secret="")
                | Q(auth_kind="oauth", password="", security_token=""),
                name="connectors_connection_secrets_of_its_kind_alone",
            ),
            models.CheckConstraint(
                condition=~Q(auth_kind="oauth", state=ConnectionState.CONNECTED)
                | (~Q(refresh_token="") & ~Q(consumer_key="")),
                name="connectors_connection_connected_app_has_its_token",
            ),
            models.CheckConstraint(
                condition=~Q(state=ConnectionState.PAUSED) | ~Q(reason=""),
                name="connectors_connection_paused_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_name or self.login_host} ({self.username})"

    @property
    def state_member(self) -> ConnectionState:
        """The state as a member of its enum, for the badge."""
        return ConnectionState(self.state)

    @property
    def is_supported_edition(self) -> bool:
        """Whether the organisation's edition is one that the connector is made for (S1)."""
        return self.edition.startswith(SUPPORTED_EDITIONS)


class AuthorizationRequest(AccountOwned):
    """A person on the way through Salesforce's log-in and consent; it is taken once.

    The browser's session holds its id and the state that must come back; the rest stays here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    login_host = models.CharField(max_length=255)
    consumer_key = models.CharField(max_length=255)
    consumer_secret = EncryptedTextField(blank=True)
    code_verifier = EncryptedTextField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "user"], name="connectors_authorizationrequest_one_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.login_host}, until {self.expires_at:%Y-%m-%d %H:%M}"


class SalesforceField(AccountOwned):
    """One field of an object, as Salesforce last described it to the connected user."""

    sobject_type = models.CharField(max_length=80)
    name = models.CharField(max_length=80)
    label = models.CharField(max_length=255)
    data_type = models.CharField(max_length=40)
    length = models.PositiveIntegerField(default=0)
    is_createable = models.BooleanField()
    is_updateable = models.BooleanField()
    is_required = models.BooleanField(help_text="A new record cannot do without it.")
    is_calculated = models.BooleanField()
    is_external_id = models.BooleanField()
    is_custom = models.BooleanField()
    is_filterable = models.BooleanField()
    picklist_values = models.JSONField(default=list)
    reference_to = models.JSONField(default=list)
    described_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["sobject_type", "label"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "sobject_type", "name"],
                name="connectors_salesforcefield_described_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sobject_type}.{self.name}"


class Feature(models.TextChoices):
    """What a call to Salesforce was for."""

    SYNCS = "syncs", "Syncs and imports"
    PREVIEWS = "previews", "Previews"
    SETUP = "setup", "Pages and set-up"
    CONNECTING = "connecting", "Connecting"


class ApiUsage(AccountOwned):
    """Our calls of one hour for one feature."""

    hour = models.DateTimeField(help_text="Its start.")
    feature = models.CharField(max_length=20, choices=Feature.choices)
    our_calls = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "hour", "feature"],
                name="connectors_apiusage_one_per_hour_and_feature",
            ),
            models.CheckConstraint(
                condition=Q(feature__in=Feature.values),
                name="connectors_apiusage_feature_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M}, {self.feature}: {self.our_calls}"
