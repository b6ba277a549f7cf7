"""`manage.py account_create`: make a customer's account and invite its first administrator."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from acton_connector.accounts import services
from acton_connector.accounts.models import Role
from acton_connector.accounts.scope import account_scope


class Command(BaseCommand):
    """Makes the account and prints the invitation's link; nothing is sent."""

    help = "Make an account and print the invitation link of its first administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the account's name, its place in URLs, the administrator and the time zone."""
        parser.add_argument("--name", required=True, help="what people read")
        parser.add_argument("--slug", required=True, help="the account's place in URLs: /a/SLUG/")
        parser.add_argument("--administrator", required=True, metavar="EMAIL")
        parser.add_argument("--time-zone", default="UTC", help="IANA name, such as Europe/Berlin")

    @transaction.atomic
    def handle(
        self,
        *_args: Any,
        name: str,
        slug: str,
        administrator: str,
        time_zone: str,
        **_options: Any,
    ) -> None:
        """Make both or neither."""
        try:
            validate_email(administrator)
            account = services.create_account(name=name, slug=slug, time_zone=time_zone)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        with account_scope(account):
            _, token = services.invite_person(
                account=account, email=administrator, role=Role.ADMINISTRATOR, actor=None
            )
        link = settings.PUBLIC_BASE_URL + reverse("accept_invitation", args=[token])
        self.stdout.write(f"Give this link to {administrator}; it opens once, within 7 days:")
        self.stdout.write(link)
