"""Which roles may open a view: the one gate in front of everything under `/a/<account>/`."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from acton_connector.accounts.models import Account, Membership, Role, User
from acton_connector.accounts.scope import account_scope

P = ParamSpec("P")

EVERYONE = (Role.ADMINISTRATOR, Role.MARKETER, Role.SALES)
MARKETING = (Role.ADMINISTRATOR, Role.MARKETER)
ADMINISTRATORS = (Role.ADMINISTRATOR,)


class AccountRequest(HttpRequest):
    """A request of a logged-in member, inside the account's scope."""

    user: User
    account: Account
    membership: Membership
    htmx: HtmxDetails


def account_view(
    *roles: Role,
) -> Callable[
    [Callable[Concatenate[AccountRequest, P], HttpResponseBase]],
    Callable[..., HttpResponseBase],
]:
    """Let members with one of `roles` open the view, inside their account's scope.

    Someone who is not a member gets 404, as if the account did not exist; a member with another
    role gets 403. A view under `/a/` without this decorator fails: it is handed an account slug
    that it does not take, and any query of a customer's table raises.
    """

    def decorate(
        view: Callable[Concatenate[AccountRequest, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @login_required
        @functools.wraps(view)
        def gate(request: Any, account_slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = _find_membership(request.user, account_slug)
            if membership is None:
                raise Http404
            # Set before the role is judged: a refusal still shows the account's own menu.
            request.membership, request.account = membership, membership.account
            if membership.role not in roles:
                raise PermissionDenied
            with account_scope(membership.account):
                return view(request, *args, **kwargs)

        gate.allowed_roles = frozenset(roles)  # type: ignore[attr-defined]  # read by the URL matrix
        return gate

    return decorate


def _find_membership(user: User, account_slug: str) -> Membership | None:
    return (
        Membership.objects.select_related("account")
        .filter(account__slug=account_slug, user=user)
        .first()
    )
