"""Everything that is read of accounts, members and invitations."""

from django.db.models import QuerySet
from django.utils import timezone

from acton_connector.accounts.models import Account, AuditEvent, Invitation, Membership, User
from acton_connector.accounts.services import hash_token


def find_home_account(user: User) -> Account | None:
    """Return the account that a person lands in: the one joined first."""
    membership = user.memberships.select_related("account").order_by("pk").first()
    return membership.account if membership else None


def find_open_invitation(token: str) -> Invitation | None:
    """Return the invitation that a link's token opens, None when it is used, old or unknown.

    The visitor has no account yet, so the look-up is not scoped: the token is the key.
    """
    return (
        Invitation.objects.unscoped()
        .select_related("account")
        .filter(token_hash=hash_token(token), accepted_at=None, expires_at__gt=timezone.now())
        .first()
    )


def list_members(account: Account) -> QuerySet[Membership]:
    """Return an account's members in the order of their addresses."""
    return Membership.objects.filter(account=account).select_related("user").order_by("user__email")


def list_open_invitations() -> QuerySet[Invitation]:
    """Return the invitations of the account in scope that can still be used."""
    return Invitation.objects.filter(accepted_at=None, expires_at__gt=timezone.now())


def list_audit_events() -> QuerySet[AuditEvent]:
    """Return the audit events of the account in scope, newest first."""
    return AuditEvent.objects.all()
