"""The account of the demonstration and the person who works in it."""

import os
import secrets
from pathlib import Path

from acton_connector.accounts.models import Account, Role, User
from acton_connector.accounts.scope import account_scope
from acton_connector.accounts.services import add_member, create_account

SLUG = "demo"
EMAIL = "administrator@acme.example"


def find_or_make_account() -> Account:
    """Return the account of the demonstration, made by the first one."""
    account = Account.objects.filter(slug=SLUG).first()
    return account or create_account(
        name="Acme Marketing", slug=SLUG, time_zone="America/Los_Angeles"
    )


def find_or_make_administrator(account: Account, password: str) -> User:
    """Return the administrator, who logs in with `password`."""
    user = User.objects.filter(email=EMAIL).first()
    if user is None:
        user = User.objects.create_user(EMAIL, password, name="Ada Minister")
        with account_scope(account):
            add_member(account=account, user=user, role=Role.ADMINISTRATOR, actor=None)
    return user


def read_or_make_password(path: Path) -> str:
    """Return the administrator's password, made once and kept readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(12))
    return path.read_text()
