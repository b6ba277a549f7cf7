"""`manage.py audit_verify`: prove that nobody edited, removed or moved an audit event."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from acton_connector.accounts.audit import GENESIS, find_break
from acton_connector.accounts.models import Account, AuditEvent
from acton_connector.accounts.scope import account_scope


class Command(BaseCommand):
    """Recomputes the chain of an account and prints its head.

    The chain alone cannot tell that its newest events were cut off. Keep the printed head outside
    the database and give it back with --head the next time: then that shows, too.
    """

    help = "Verify the audit log of an account."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the account and a head that was printed earlier."""
        parser.add_argument("--account", required=True, metavar="SLUG")
        parser.add_argument("--head", metavar="SEQUENCE:HASH", help="as printed by an earlier run")

    def handle(self, *_args: Any, account: str, head: str | None, **_options: Any) -> None:
        """Print the head; fail with the place of the first event that is wrong."""
        found = Account.objects.filter(slug=account).first()
        if found is None:
            raise CommandError(f"There is no account {account!r}.")
        with account_scope(found):
            events = AuditEvent.objects.order_by("sequence")
            place = find_break(events.iterator())
            if place is not None:
                raise CommandError(f"The audit log of {account} is broken at event {place}.")
            if head is not None and not _contains(head):
                raise CommandError(f"The audit log of {account} does not hold the head {head}.")
            last = events.last()
        newest = f"{last.sequence}:{last.hash}" if last else f"0:{GENESIS}"
        self.stdout.write(f"The audit log of {account} is sound. Its head: {newest}")


def _contains(head: str) -> bool:
    sequence, _, digest = head.partition(":")
    if not sequence.isdigit():
        return False
    if int(sequence) == 0:
        return digest == GENESIS
    return AuditEvent.objects.filter(sequence=int(sequence), hash=digest).exists()
