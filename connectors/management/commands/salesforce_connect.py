"""`manage.py salesforce_connect`: connect an account's organisation from a terminal."""

import getpass
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from acton_connector.accounts.models import Account
from acton_connector.accounts.scope import account_scope
from connectors import services
from connectors.credentials import Credentials
from connectors.network import allowed_hosts
from connectors.salesforce import SalesforceError, check_host


class Command(BaseCommand):
    """Connects, or replaces the credentials of a connection."""

    help = (
        "Connects an account to Salesforce. Password and security token come from "
        "SALESFORCE_PASSWORD and SALESFORCE_SECURITY_TOKEN, or from standard input, one line each; "
        "arguments would show in the list of processes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments; none of them is secret."""
        parser.add_argument("--account", required=True, help="the account's name in addresses")
        parser.add_argument(
            "--login-url", required=True, help="login.salesforce.com, test..., or your My Domain"
        )
        parser.add_argument("--username", required=True, help="the Salesforce user name")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Connect; raise CommandError (exit status 1) with Salesforce's reason and our advice."""
        account = Account.objects.filter(slug=options["account"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['account']!r}.")
        try:
            # Before the password is asked for: it is never typed for a wrong address.
            login_host = check_host(options["login_url"], allowed_hosts())
            password, security_token = _read_secrets()
            credentials = Credentials(login_host, options["username"], password, security_token)
            with account_scope(account):
                connection = services.connect(account=account, credentials=credentials, actor=None)
        except SalesforceError as error:
            raise CommandError(f"{error.message}\n{error.advice} ({error.code})") from error
        self.stdout.write(
            f"Connected {account} to {connection.organization_name} "
            f"({connection.edition}, {connection.organization_id}) as {connection.username}."
        )


def _read_secrets() -> tuple[str, str]:
    if "SALESFORCE_PASSWORD" in os.environ:
        return os.environ["SALESFORCE_PASSWORD"], os.environ.get("SALESFORCE_SECURITY_TOKEN", "")
    if sys.stdin.isatty():
        return getpass.getpass("Password: "), getpass.getpass("Security token (empty for none): ")
    return sys.stdin.readline().rstrip("\r\n"), sys.stdin.readline().rstrip("\r\n")
