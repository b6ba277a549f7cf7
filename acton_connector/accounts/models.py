"""Accounts, people, their roles, invitations and the audit log."""

import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from acton_connector.accounts.scope import AccountOwned


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a zone of the IANA database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name!r} is not a time zone of the IANA database.")


class UserManager(BaseUserManager["User"]):
    """Makes people, who are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person; without a password the person cannot log in."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a person by address, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person, who may belong to several accounts."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name or self.email


class Account(models.Model):
    """A customer: one company, one Salesforce organisation.

    The limits have the guide's values as defaults; only the operator of the installation raises
    them (`manage.py account_limits`).
    """

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    max_scheduled_syncs = models.PositiveIntegerField(default=10)
    min_sync_interval_hours = models.PositiveIntegerField(default=4)
    max_mail_recipients = models.PositiveIntegerField(default=200)
    max_hot_prospects = models.PositiveIntegerField(default=20)
    max_sales_users = models.PositiveIntegerField(default=10)
    api_budget_percent = models.PositiveIntegerField(
        default=50, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    removal_limit_percent = models.PositiveIntegerField(
        default=20, validators=[MaxValueValidator(100)]
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(api_budget_percent__range=(1, 100)),
                name="accounts_account_api_budget_is_a_percentage",
            ),
            models.CheckConstraint(
                condition=Q(removal_limit_percent__range=(0, 100)),
                name="accounts_account_removal_limit_is_a_percentage",
            ),
            models.CheckConstraint(
                condition=Q(min_sync_interval_hours__gte=1),
                name="accounts_account_sync_interval_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The account's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)


class Role(models.TextChoices):
    """What a person may do in an account."""

    ADMINISTRATOR = "administrator", "Administrator"
    MARKETER = "marketer", "Marketer"
    SALES = "sales", "Sales"


class Membership(models.Model):
    """A person's role in an account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "user"], name="accounts_membership_one_role_per_person"
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="accounts_membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Invitation(AccountOwned):
    """A way in for one address: open -> accepted, or past its time.

    Only the hash of the link's token is stored.
    """

    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "email"],
                condition=Q(accepted_at__isnull=True),
                name="accounts_invitation_one_open_per_address",
            ),
        ]

    def __str__(self) -> str:
        return self.email


class AuditEvent(AccountOwned):
    """One change: who, what, when, before and after. Append-only.

    Each event carries the hash of the one before it, so a row that was edited, removed or moved
    breaks the chain (`audit.find_break`).
    """

    sequence = models.PositiveBigIntegerField()
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=254)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=254)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    created_at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-sequence"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "sequence"], name="accounts_auditevent_one_per_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the event; raise RuntimeError on an attempt to change one."""
        if self.pk is not None:
            raise RuntimeError("An audit event cannot be changed.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> Any:
        """Raise RuntimeError: an audit event cannot be removed."""
        raise RuntimeError("An audit event cannot be removed.")
