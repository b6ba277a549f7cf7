"""What every page knows: the account it stands in."""

from typing import Any

from django.http import HttpRequest

from acton_connector.accounts.models import Role


def account(request: HttpRequest) -> dict[str, Any]:
    """Return the account and the person's role, where the page belongs to an account."""
    membership = getattr(request, "membership", None)
    if membership is None:
        return {}
    return {
        "account": membership.account,
        "membership": membership,
        "is_administrator": membership.role == Role.ADMINISTRATOR,
        "is_marketing": membership.role in (Role.ADMINISTRATOR, Role.MARKETER),
    }
