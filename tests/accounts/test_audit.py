"""The audit log's chain."""

import pytest
from django.core.management import CommandError, call_command

from acton_connector.accounts.audit import SYSTEM, find_break, hash_event, record_event
from acton_connector.accounts.models import Account, AuditEvent, User
from acton_connector.accounts.scope import account_scope


def chain() -> list[AuditEvent]:
    return list(AuditEvent.objects.order_by("sequence"))


@pytest.fixture
def three_events(administrator: User) -> None:
    for name in ("first", "second", "third"):
        record_event(
            actor=administrator,
            action="list.renamed",
            subject=name,
            before={"name": "Ä", "count": 1},
            after={"name": name, "count": None},
        )


def test_chain_is_sound_after_several_events(three_events: None) -> None:
    assert [event.sequence for event in chain()] == [1, 2, 3]
    assert find_break(chain()) is None


def test_chain_is_sound_when_the_actor_is_gone(three_events: None, administrator: User) -> None:
    administrator.delete()
    assert find_break(chain()) is None


def test_event_names_the_application_when_nobody_acted(account: Account) -> None:
    event = record_event(actor=None, action="run.started", subject=account)
    assert (event.actor_name, event.subject) == (SYSTEM, "Example Company")


@pytest.mark.threat("T24")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("actor_name", "mallory@example.com"),
        ("action", "list.deleted"),
        ("subject", "other"),
        ("before", {"name": "B", "count": 1}),
        ("after", None),
        ("created_at", "2020-01-01T00:00:00Z"),
        ("previous_hash", "f" * 64),
        ("hash", "f" * 64),
        ("sequence", 9),
    ],
)
def test_chain_breaks_when_an_event_is_edited(three_events: None, field: str, value) -> None:
    AuditEvent.objects.filter(sequence=2).update(**{field: value})
    assert find_break(chain()) == 2


@pytest.mark.threat("T24")
def test_chain_breaks_behind_an_event_that_was_edited_and_hashed_anew(three_events: None) -> None:
    event = chain()[1]
    event.subject = "forged"
    AuditEvent.objects.filter(sequence=2).update(subject="forged", hash=hash_event(event))
    assert find_break(chain()) == 3


@pytest.mark.threat("T24")
@pytest.mark.parametrize("sequence", [1, 2])
def test_chain_breaks_when_an_event_is_deleted(three_events: None, sequence: int) -> None:
    AuditEvent.objects.filter(sequence=sequence).delete()
    assert find_break(chain()) == sequence


@pytest.mark.threat("T24")
def test_chain_breaks_when_two_events_change_places(three_events: None) -> None:
    for old, new in ((1, 100), (2, 1), (100, 2)):
        AuditEvent.objects.filter(sequence=old).update(sequence=new)
    assert find_break(chain()) == 1


@pytest.mark.threat("T24")
def test_event_cannot_be_saved_again_or_deleted(three_events: None) -> None:
    event = chain()[0]
    with pytest.raises(RuntimeError):
        event.save()
    with pytest.raises(RuntimeError):
        event.delete()
    assert find_break(chain()) is None


def test_accounts_have_chains_of_their_own(three_events: None, other_account: Account) -> None:
    with account_scope(other_account):
        assert record_event(actor=None, action="a", subject="b").sequence == 1
        assert find_break(chain()) is None


@pytest.mark.threat("T24")
def test_audit_verify_prints_the_head_and_fails_when_an_event_was_edited(
    three_events: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("audit_verify", account="example")
    assert f"3:{chain()[-1].hash}" in capsys.readouterr().out
    AuditEvent.objects.filter(sequence=2).update(subject="x")
    with pytest.raises(CommandError, match="broken at event 2"):
        call_command("audit_verify", account="example")


@pytest.mark.threat("T24")
def test_audit_verify_fails_when_the_newest_events_were_cut_off(three_events: None) -> None:
    head = f"3:{chain()[-1].hash}"
    call_command("audit_verify", account="example", head=head)
    AuditEvent.objects.filter(sequence=3).delete()
    call_command("audit_verify", account="example")
    with pytest.raises(CommandError, match="does not hold the head"):
        call_command("audit_verify", account="example", head=head)
