"""`manage.py account_limits`: show and change what the guide limits, per account."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from acton_connector.accounts import services
from acton_connector.accounts.limits import LIMITS, list_limits
from acton_connector.accounts.models import Account


class Command(BaseCommand):
    """Sets the limits that are given and prints all of them. Each change is in the audit log."""

    help = "Show an account's limits and set those that are given."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the account and an option per limit."""
        parser.add_argument("--account", required=True, metavar="SLUG")
        for limit in LIMITS:
            option = "--" + limit.name.replace("_", "-")
            parser.add_argument(option, type=int, metavar="N", help=limit.label)

    def handle(self, *_args: Any, account: str, **options: Any) -> None:
        """Change, then tell how the limits stand."""
        found = Account.objects.filter(slug=account).first()
        if found is None:
            raise CommandError(f"There is no account {account!r}.")
        given = {name: options[name] for name in _names() if options[name] is not None}
        try:
            services.change_limits(account=found, limits=given)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        found.refresh_from_db()
        for item in list_limits(found):
            self.stdout.write(f"{item.limit.label}: {item.value}{item.limit.unit}")


def _names() -> list[str]:
    return [limit.name for limit in LIMITS]
