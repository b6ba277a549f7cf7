"""The pages of people and accounts, through their URLs."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from acton_connector.accounts import services
from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import Account, AuditEvent, Membership, Role, User
from acton_connector.accounts.scope import account_scope
from tests.factories import PASSWORD, MembershipFactory, UserFactory

ClientOf = Callable[..., Client]

ADMINISTRATORS_PAGES = ["account_settings", "audit_log"]


def page(name: str, *args: object) -> str:
    return reverse(name, args=["example", *args])


@pytest.mark.threat("T1")
@pytest.mark.parametrize("name", ADMINISTRATORS_PAGES)
def test_page_is_for_administrators_of_the_account_alone(
    name, administrator, marketer, salesperson, outsider, client_of: ClientOf
) -> None:
    people = (administrator, marketer, salesperson, outsider)
    statuses = [client_of(user).get(page(name)).status_code for user in people]
    assert statuses == [200, 403, 403, 404]


@pytest.mark.parametrize("name", ADMINISTRATORS_PAGES)
def test_page_asks_a_stranger_to_sign_in(name: str, account: Account, client: Client) -> None:
    response = client.get(page(name))
    assert response.status_code == 302
    assert response["Location"].startswith("/people/login/?next=")


@pytest.mark.threat("T2")
def test_member_of_another_account_cannot_be_changed_through_ours(
    administrator, outsider, client_of: ClientOf
) -> None:
    theirs = Membership.objects.get(user=outsider)
    client = client_of(administrator)
    for url in (page("change_member_role", theirs.pk), page("remove_member", theirs.pk)):
        assert client.post(url, {"role": Role.SALES}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.role == Role.ADMINISTRATOR


@pytest.mark.threat("T9")
def test_post_is_refused_without_its_token(administrator, marketer, client_of: ClientOf) -> None:
    client = client_of(administrator, csrf=True)
    membership = Membership.objects.get(user=marketer)
    response = client.post(page("remove_member", membership.pk))
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()
    assert Membership.objects.filter(pk=membership.pk).exists()


@pytest.mark.threat("T9")
def test_get_changes_no_member(administrator, marketer, client_of: ClientOf) -> None:
    membership = Membership.objects.get(user=marketer)
    for name in ("change_member_role", "remove_member"):
        assert client_of(administrator).get(page(name, membership.pk)).status_code == 405


def test_administrator_changes_a_role_and_removes_a_member(
    administrator, marketer, client_of: ClientOf
) -> None:
    membership = Membership.objects.get(user=marketer)
    client = client_of(administrator)
    client.post(page("change_member_role", membership.pk), {"role": Role.SALES})
    membership.refresh_from_db()
    assert membership.role == Role.SALES
    client.post(page("remove_member", membership.pk))
    assert not Membership.objects.filter(pk=membership.pk).exists()
    assert client_of(marketer).get(reverse("home")).status_code == 403


def test_last_administrator_is_told_why_the_role_stays(administrator, client_of: ClientOf) -> None:
    membership = Membership.objects.get(user=administrator)
    response = client_of(administrator).post(
        page("change_member_role", membership.pk), {"role": Role.SALES}, follow=True
    )
    assert "keeps at least one administrator" in response.content.decode()


def test_limits_are_shown_to_administrators(administrator, client_of: ClientOf) -> None:
    html = client_of(administrator).get(page("account_settings")).content.decode()
    assert "Shortest interval between syncs of a list" in html
    assert "4 hours" in html


def test_times_are_told_in_the_accounts_zone_once_it_is_changed(
    account: Account, administrator, client_of: ClientOf
) -> None:
    client = client_of(administrator)
    client.post(page("account_settings"), {"time_zone": "Asia/Kolkata"})
    account.refresh_from_db()
    assert account.time_zone == "Asia/Kolkata"
    html = client.get(page("audit_log")).content.decode()
    assert re.search(r'<time datetime="[^"]+\+05:30" title="[^"]+ Asia/Kolkata">', html)
    assert "account.time_zone_changed" in html


def test_unknown_time_zone_is_refused_in_the_form(administrator, client_of: ClientOf) -> None:
    response = client_of(administrator).post(page("account_settings"), {"time_zone": "Mars"})
    assert response.status_code == 200
    assert "Select a valid choice" in response.content.decode()


@pytest.mark.threat("T17")
def test_audit_log_shows_hostile_values_as_text(administrator, client_of: ClientOf) -> None:
    hostile = "<script>alert(1)</script>"
    record_event(actor=administrator, action="x", subject=hostile, after={hostile: hostile})
    html = client_of(administrator).get(page("audit_log")).content.decode()
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)") == 3


def invited_link() -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/invitations/\S+)", mail.outbox[-1].body)
    assert found
    return found[1]


@pytest.fixture
def link(administrator: User, client_of: ClientOf) -> str:
    response = client_of(administrator).post(
        page("invite_member"), {"email": "new@example.com", "role": Role.MARKETER}
    )
    assert response.status_code == 302
    return invited_link()


def join(client: Client, link: str, **changes: str) -> int:
    answers = {"name": "New Person", "password": PASSWORD, **changes}
    return client.post(link, answers).status_code


def test_invited_person_joins_through_the_mailed_link(link: str, client: Client) -> None:
    assert mail.outbox[-1].to == ["new@example.com"]
    assert "Join Example Company" in client.get(link).content.decode()
    assert join(client, link) == 302
    membership = Membership.objects.get(user__email="new@example.com")
    assert (membership.role, membership.user.name) == (Role.MARKETER, "New Person")
    assert client.get(reverse("home")).status_code == 302


def test_invitation_opens_once(link: str, client: Client) -> None:
    assert join(client, link) == 302
    response = Client().get(link)
    assert response.status_code == 404
    assert "Ask for a new invitation" in response.content.decode()
    assert join(Client(), link) == 404


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012", "new@example.com"])
def test_weak_password_is_refused(link: str, client: Client, password: str) -> None:
    assert join(client, link, password=password) == 200
    assert not User.objects.filter(email="new@example.com").exists()


def test_person_with_a_password_signs_in_to_join(link: str, client_of: ClientOf) -> None:
    person = UserFactory(email="new@example.com")
    assert Client().get(link)["Location"] == f"/people/login/?next={link}"
    client = client_of(person)
    assert client.get(link).status_code == 200
    assert client.post(link).status_code == 302
    assert Membership.objects.get(user=person).role == Role.MARKETER


def test_invitation_is_not_given_to_somebody_else_who_is_signed_in(
    link: str, outsider: User, client_of: ClientOf
) -> None:
    UserFactory(email="new@example.com")
    response = client_of(outsider).post(link)
    assert "This invitation is for somebody else" in response.content.decode()
    assert not Membership.objects.filter(user=outsider, account__slug="example").exists()


def test_invitation_of_a_member_is_refused_in_the_form(
    administrator, marketer, client_of: ClientOf
) -> None:
    response = client_of(administrator).post(
        page("invite_member"), {"email": marketer.email, "role": Role.SALES}
    )
    assert "member of this account already" in response.content.decode()
    assert mail.outbox == []


def test_person_without_an_account_is_told_what_to_do(db: None, client_of: ClientOf) -> None:
    response = client_of(UserFactory()).get(reverse("home"))
    assert response.status_code == 403
    assert "Ask an administrator to invite you" in response.content.decode()


def test_nobody_signs_up_or_changes_their_address(account, marketer, client_of: ClientOf) -> None:
    response = Client().post("/people/signup/", {"email": "a@example.com", "password1": PASSWORD})
    assert response.status_code == 200
    assert not User.objects.filter(email="a@example.com").exists()
    changed = {"email": "boss@example.com", "action_add": ""}
    assert client_of(marketer).post("/people/email/", changed).status_code == 404


def test_event_of_another_account_is_not_in_the_log(
    administrator, other_account: Account, client_of: ClientOf
) -> None:
    with account_scope(other_account):
        services.add_member(account=other_account, user=UserFactory(), role="sales", actor=None)
        assert AuditEvent.objects.count() == 1
    html = client_of(administrator).get(page("audit_log")).content.decode()
    assert "No changes yet" in html


def test_menu_holds_what_the_role_may_open(account, client_of: ClientOf) -> None:
    shown = {}
    for role in Role:
        client = client_of(MembershipFactory(role=role).user)
        html = client.get(page("account_settings")).content.decode()
        assert 'id="menu"' in html
        shown[role] = [name for name in ADMINISTRATORS_PAGES if f'href="{page(name)}"' in html]
    assert shown == {
        Role.ADMINISTRATOR: ADMINISTRATORS_PAGES,
        Role.MARKETER: [],
        Role.SALES: [],
    }


@pytest.mark.threat("T7")
@pytest.mark.parametrize("url", ["/people/login/", "/a/example/settings/account/", "/nothing/"])
def test_no_page_can_be_framed_or_run_inline_code(url, administrator, client_of) -> None:
    client = client_of(administrator if url.startswith("/a/") else None)
    policy = client.get(url)["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
