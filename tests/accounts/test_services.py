"""Members, invitations, limits and the time zone, below the pages."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from acton_connector.accounts import selectors, services
from acton_connector.accounts.models import AuditEvent, Invitation, Membership, Role, User
from acton_connector.accounts.scope import account_scope
from tests.factories import AccountFactory, MembershipFactory, UserFactory


def race(*actions: Callable[[], object]) -> list[object]:
    """Run actions at the same time; return what each returned or raised."""
    results: list[object] = [None] * len(actions)
    start = threading.Barrier(len(actions))

    def run(place: int, action: Callable[[], object]) -> None:
        try:
            start.wait(5)
            results[place] = action()
        except Exception as error:  # noqa: BLE001 - the caller judges it
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def role_of(user: User) -> str:
    return Membership.objects.get(user=user).role


def test_account_is_not_made_when_its_time_zone_is_unknown(db: None) -> None:
    with pytest.raises(ValidationError, match="not a time zone"):
        services.create_account(name="A", slug="a", time_zone="Mars/Olympus")


def test_last_administrator_stays_administrator(administrator, marketer) -> None:
    membership = Membership.objects.get(user=administrator)
    with pytest.raises(ValidationError, match="at least one administrator"):
        services.change_role(membership=membership, role=Role.SALES, actor=administrator)
    with pytest.raises(ValidationError, match="at least one administrator"):
        services.remove_member(membership=membership, actor=administrator)
    assert role_of(administrator) == Role.ADMINISTRATOR


def test_administrator_can_leave_when_another_one_stays(account, administrator) -> None:
    other = MembershipFactory(role=Role.ADMINISTRATOR)
    services.remove_member(membership=other, actor=administrator)
    assert list(selectors.list_members(account)) == [Membership.objects.get(user=administrator)]


def test_administrator_of_another_account_does_not_count(administrator, outsider) -> None:
    with pytest.raises(ValidationError):
        services.remove_member(
            membership=Membership.objects.get(user=administrator), actor=administrator
        )


def test_last_administrator_stays_when_the_role_was_read_before_it_changed(
    administrator: User,
) -> None:
    stale = Membership.objects.get(user=administrator)
    stale.role = Role.MARKETER  # as a page read it before somebody made them administrator
    with pytest.raises(ValidationError):
        services.change_role(membership=stale, role=Role.SALES, actor=administrator)


@pytest.mark.threat("T3")
@pytest.mark.django_db(transaction=True)
def test_one_administrator_stays_when_two_demote_each_other_at_once() -> None:
    account = AccountFactory()
    first, second = (MembershipFactory(account=account, role=Role.ADMINISTRATOR) for _ in range(2))

    def demote(target: Membership, actor: Membership) -> None:
        with account_scope(account):
            services.change_role(membership=target, role=Role.SALES, actor=actor.user)

    results = race(lambda: demote(first, second), lambda: demote(second, first))

    assert sorted(type(result).__name__ for result in results) == ["NoneType", "ValidationError"]
    assert Membership.objects.filter(account=account, role=Role.ADMINISTRATOR).count() == 1


def test_role_change_is_told_to_the_audit_log_with_before_and_after(
    administrator, marketer
) -> None:
    membership = Membership.objects.get(user=marketer)
    services.change_role(membership=membership, role=Role.SALES, actor=administrator)
    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.subject) == (
        "member.role_changed",
        administrator,
        marketer.email,
    )
    assert (event.before, event.after) == ({"role": "marketer"}, {"role": "sales"})


@pytest.fixture
def invitation(account, administrator) -> Invitation:
    made, _ = services.invite_person(
        account=account, email=" New@Example.com ", role=Role.SALES, actor=administrator
    )
    return made


def test_invitation_makes_a_member_with_its_role(account, invitation) -> None:
    user = services.accept_invitation_as_new_person(
        invitation=invitation, name="New", password="a long enough one"
    )
    assert user.email == "new@example.com"
    assert role_of(user) == Role.SALES
    assert list(selectors.list_open_invitations()) == []


def test_only_the_hash_of_an_invitations_token_is_stored(account, administrator) -> None:
    made, token = services.invite_person(
        account=account, email="a@example.com", role=Role.SALES, actor=administrator
    )
    assert token not in str(made.__dict__)
    assert selectors.find_open_invitation(token) == made
    assert selectors.find_open_invitation(made.token_hash) is None


def test_newer_invitation_closes_the_older_one(account, administrator) -> None:
    tokens = [
        services.invite_person(
            account=account, email="a@example.com", role=Role.SALES, actor=administrator
        )[1]
        for _ in range(2)
    ]
    assert selectors.find_open_invitation(tokens[0]) is None
    assert selectors.find_open_invitation(tokens[1]) is not None


def test_member_is_not_invited_again(account, administrator) -> None:
    with pytest.raises(ValidationError, match="member of this account already"):
        services.invite_person(
            account=account,
            email=administrator.email.upper(),
            role=Role.SALES,
            actor=administrator,
        )


def test_invitation_is_refused_when_it_was_used(invitation) -> None:
    services.accept_invitation(invitation=invitation, user=UserFactory())
    late = UserFactory()
    with pytest.raises(ValidationError, match="used already"):
        services.accept_invitation(invitation=invitation, user=late)
    assert not late.memberships.exists()


def test_invitation_is_refused_when_it_grew_too_old_after_it_was_read(invitation) -> None:
    with (
        time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)),
        pytest.raises(ValidationError, match="too old"),
    ):
        services.accept_invitation(invitation=invitation, user=UserFactory())


def test_nobody_is_made_when_the_invitation_is_refused(invitation) -> None:
    services.accept_invitation(invitation=invitation, user=UserFactory())
    with pytest.raises(ValidationError):
        services.accept_invitation_as_new_person(invitation=invitation, name="N", password="p")
    assert not User.objects.filter(email=invitation.email).exists()


@pytest.mark.threat("T3")
@pytest.mark.django_db(transaction=True)
def test_one_acceptance_wins_when_several_come_at_once() -> None:
    account = AccountFactory()
    with account_scope(account):
        made, _ = services.invite_person(
            account=account, email="a@example.com", role=Role.SALES, actor=None
        )
    people = [UserFactory() for _ in range(4)]

    results = race(
        *[
            lambda user=user: services.accept_invitation(invitation=made, user=user)
            for user in people
        ]
    )

    assert sum(isinstance(result, Membership) for result in results) == 1
    assert sum(isinstance(result, ValidationError) for result in results) == 3
    assert Membership.objects.filter(account=account).count() == 1


def test_time_zone_is_kept_when_the_new_one_is_unknown(account, administrator) -> None:
    with pytest.raises(ValidationError):
        services.change_time_zone(account=account, time_zone="Mars/Olympus", actor=administrator)
    account.refresh_from_db()
    assert account.time_zone == "UTC"
    assert not AuditEvent.objects.exists()


def test_limits_tell_the_audit_log_what_changed_and_nothing_else(account) -> None:
    services.change_limits(
        account=account, limits={"max_scheduled_syncs": 25, "max_sales_users": 10}
    )
    services.change_limits(account=account, limits={"max_scheduled_syncs": 25})
    event = AuditEvent.objects.get()
    assert event.before == {"max_scheduled_syncs": 10}
    assert event.after == {"max_scheduled_syncs": 25}
