"""The audit log: an append-only chain per account."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from acton_connector.accounts.models import Account, AuditEvent, User
from acton_connector.accounts.scope import current_account_id

GENESIS = "0" * 64
SYSTEM = "the application"


@transaction.atomic
def record_event(
    *,
    actor: User | None,
    action: str,
    subject: object,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Append an event to the log of the account in scope.

    `actor` is None where the application acted by itself. `before` and `after` hold JSON values
    and never a secret.
    """
    # The account's row is the lock that puts concurrent events in one order. Whoever only refers
    # to the account, as every new row of a customer does, need not wait (no_key).
    account = Account.objects.select_for_update(no_key=True).get(pk=current_account_id())
    last = AuditEvent.objects.order_by("-sequence").first()
    event = AuditEvent(
        account=account,
        sequence=last.sequence + 1 if last else 1,
        actor=actor,
        actor_name=actor.email if actor else SYSTEM,
        action=action,
        subject=str(subject)[:254],
        before=before,
        after=after,
        created_at=timezone.now(),
        previous_hash=last.hash if last else GENESIS,
    )
    event.hash = hash_event(event)
    event.save()
    return event


def hash_event(event: AuditEvent) -> str:
    """Return the SHA-256 over everything the event says and the hash of the one before."""
    content = [
        event.previous_hash,
        event.account_id,
        event.sequence,
        event.actor_name,
        event.action,
        event.subject,
        event.before,
        event.after,
        event.created_at.isoformat(),
    ]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def find_break(events: Iterable[AuditEvent]) -> int | None:
    """Return the place where the chain breaks, or None; `events` come in their order."""
    previous = GENESIS
    for place, event in enumerate(events, start=1):
        sound = (
            event.sequence == place
            and event.previous_hash == previous
            and event.hash == hash_event(event)
        )
        if not sound:
            return place
        previous = event.hash
    return None
