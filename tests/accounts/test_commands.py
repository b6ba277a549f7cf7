"""The operator's commands."""

import pytest
from django.core.management import CommandError, call_command

from acton_connector.accounts.models import Account, AuditEvent, Invitation, Role
from acton_connector.accounts.selectors import find_open_invitation


def create_account(**changes: str) -> None:
    options = {"name": "Acme", "slug": "acme", "administrator": "ada@example.com"}
    call_command("account_create", **{**options, **changes})


def test_account_create_prints_a_link_that_lets_the_first_administrator_in(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    create_account(time_zone="Europe/Berlin")
    link = capsys.readouterr().out.split()[-1]
    assert link.startswith("http://127.0.0.1:8000/invitations/")
    invitation = find_open_invitation(link.rstrip("/").rpartition("/")[2])
    assert invitation is not None
    assert (invitation.email, invitation.role) == ("ada@example.com", Role.ADMINISTRATOR)
    assert (invitation.account.slug, invitation.account.time_zone) == ("acme", "Europe/Berlin")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slug": "not a slug"}, "slug"),
        ({"time_zone": "Mars/Olympus"}, "not a time zone"),
        ({"administrator": "nobody"}, "valid email"),
    ],
)
def test_account_create_makes_nothing_when_a_value_cannot_be(db: None, changes, words) -> None:
    with pytest.raises(CommandError, match=words):
        create_account(**changes)
    assert not Account.objects.exists()
    assert not Invitation.objects.unscoped().exists()


def test_account_create_refuses_a_slug_that_is_taken(db: None) -> None:
    create_account()
    with pytest.raises(CommandError, match="already exists"):
        create_account()


@pytest.mark.requirement("S82")
def test_account_limits_raises_what_is_given_and_is_in_the_audit_log(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("account_limits", "--account=example", "--max-scheduled-syncs=25")
    account.refresh_from_db()
    assert account.max_scheduled_syncs == 25
    assert "Scheduled syncs: 25" in capsys.readouterr().out
    assert AuditEvent.objects.get().action == "account.limits_changed"


def test_account_limits_shows_without_changing_when_none_is_given(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("account_limits", "--account=example")
    assert "Shortest interval between syncs of a list: 4 hours" in capsys.readouterr().out
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("option", ["--api-budget-percent=101", "--max-scheduled-syncs=-1"])
def test_account_limits_refuses_a_value_that_cannot_be(account: Account, option: str) -> None:
    with pytest.raises(CommandError):
        call_command("account_limits", "--account=example", option)
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("command", ["account_limits", "audit_verify"])
def test_command_names_the_account_that_is_not_there(db: None, command: str) -> None:
    with pytest.raises(CommandError, match="no account 'nowhere'"):
        call_command(command, account="nowhere")
