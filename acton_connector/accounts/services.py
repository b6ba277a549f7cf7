"""Everything that changes accounts, members and invitations."""

import hashlib
import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import Account, Invitation, Membership, Role, User
from acton_connector.accounts.scope import account_scope
from acton_connector.accounts.signals import limits_changed, time_zone_changed

INVITATION_LIFETIME = timedelta(days=7)


def hash_token(token: str) -> str:
    """Return what is stored of an invitation's token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_account(*, name: str, slug: str, time_zone: str = "UTC") -> Account:
    """Make a customer's account; raise ValidationError where a value cannot be."""
    account = Account(name=name, slug=slug, time_zone=time_zone)
    account.full_clean()
    account.save()
    with account_scope(account):
        record_event(actor=None, action="account.created", subject=account)
    return account


@transaction.atomic
def add_member(*, account: Account, user: User, role: str, actor: User | None) -> Membership:
    """Give `user` a role in the account in scope."""
    membership, _ = Membership.objects.update_or_create(
        account=account, user=user, defaults={"role": role}
    )
    record_event(actor=actor, action="member.added", subject=user.email, after={"role": role})
    return membership


@transaction.atomic
def invite_person(
    *, account: Account, email: str, role: str, actor: User | None
) -> tuple[Invitation, str]:
    """Invite an address; return the invitation and the token that its link carries.

    A newer invitation replaces an open one. Raises ValidationError when the address is a member.
    """
    email = email.strip().lower()
    lock_account(account.pk)
    if Membership.objects.filter(account=account, user__email=email).exists():
        raise ValidationError(f"{email} is a member of this account already.")
    Invitation.objects.filter(email=email, accepted_at=None).delete()
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        account=account,
        email=email,
        role=role,
        token_hash=hash_token(token),
        invited_by=actor,
        expires_at=timezone.now() + INVITATION_LIFETIME,
    )
    invitation.save()
    record_event(actor=actor, action="member.invited", subject=email, after={"role": role})
    return invitation, token


@transaction.atomic
def accept_invitation(*, invitation: Invitation, user: User) -> Membership:
    """Turn an open invitation into a membership of `user`.

    Raises ValidationError when the invitation was used, replaced or too old meanwhile: exactly one
    acceptance wins.
    """
    with account_scope(invitation.account_id):
        _claim(invitation)
        return add_member(account=invitation.account, user=user, role=invitation.role, actor=user)


@transaction.atomic
def accept_invitation_as_new_person(*, invitation: Invitation, name: str, password: str) -> User:
    """Make the person that was invited, and a member of the account; errors as above."""
    with account_scope(invitation.account_id):
        _claim(invitation)
        user = User.objects.create_user(invitation.email, password, name=name)
        add_member(account=invitation.account, user=user, role=invitation.role, actor=user)
    return user


def _claim(invitation: Invitation) -> None:
    now = timezone.now()
    won = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, expires_at__gt=now).update(
        accepted_at=now
    )
    if not won:
        raise ValidationError("This invitation was used already, or is too old.")


@transaction.atomic
def change_role(*, membership: Membership, role: str, actor: User) -> None:
    """Give a member another role; raise ValidationError for the last administrator."""
    membership = _lock_membership(membership)
    before = membership.role
    if role != Role.ADMINISTRATOR:
        _keep_an_administrator(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    record_event(
        actor=actor,
        action="member.role_changed",
        subject=membership.user.email,
        before={"role": before},
        after={"role": role},
    )


@transaction.atomic
def remove_member(*, membership: Membership, actor: User) -> None:
    """Take a person out of the account; raise ValidationError for the last administrator."""
    membership = _lock_membership(membership)
    _keep_an_administrator(membership)
    record_event(
        actor=actor,
        action="member.removed",
        subject=membership.user.email,
        before={"role": membership.role},
    )
    membership.delete()


def lock_account(account_id: int) -> Account:
    """Return the account, locked until the transaction ends."""
    return Account.objects.select_for_update(no_key=True).get(pk=account_id)


def _lock_membership(membership: Membership) -> Membership:
    # Of two administrators who demote each other, the second must see what the first has done.
    lock_account(membership.account_id)
    current = Membership.objects.select_related("user").filter(pk=membership.pk).first()
    if current is None:
        raise ValidationError("This person is no member any more.")
    return current


def _keep_an_administrator(membership: Membership) -> None:
    others = Membership.objects.filter(
        account_id=membership.account_id, role=Role.ADMINISTRATOR
    ).exclude(pk=membership.pk)
    if membership.role == Role.ADMINISTRATOR and not others.exists():
        raise ValidationError("An account keeps at least one administrator.")


@transaction.atomic
def change_limits(*, account: Account, limits: dict[str, int]) -> None:
    """Set limits of an account by their fields' names; for the operator alone.

    Raises ValidationError for a value that cannot be. What stays as it was is not told to the log.
    """
    account = lock_account(account.pk)
    before = {name: getattr(account, name) for name in limits}
    changed = {name: value for name, value in limits.items() if value != before[name]}
    if not changed:
        return
    for name, value in changed.items():
        setattr(account, name, value)
    account.full_clean()
    account.save(update_fields=list(changed))
    with account_scope(account):
        record_event(
            actor=None,
            action="account.limits_changed",
            subject=account,
            before={name: before[name] for name in changed},
            after=changed,
        )
        limits_changed.send(sender=Account, account=account, names=frozenset(changed))


@transaction.atomic
def change_time_zone(*, account: Account, time_zone: str, actor: User) -> None:
    """Set the account's time zone; raise ValidationError for an unknown one."""
    before = account.time_zone
    account.time_zone = time_zone
    account.full_clean()
    account.save(update_fields=["time_zone"])
    record_event(
        actor=actor,
        action="account.time_zone_changed",
        subject=account,
        before={"time_zone": before},
        after={"time_zone": time_zone},
    )
    time_zone_changed.send(sender=Account, account=account)
