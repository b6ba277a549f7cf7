"""The account in scope, and models that cannot be read without one.

The scope fails closed: a query of a customer's table outside any account raises, and
`unscoped()` is the only, visible way around it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from acton_connector.accounts.models import Account

_account_id: ContextVar[int | None] = ContextVar("account_id", default=None)

OwnedModel = TypeVar("OwnedModel", bound=models.Model)


class NoAccountInScopeError(RuntimeError):
    """A customer's table was queried while no account was in scope."""


class WrongAccountError(RuntimeError):
    """A row of one account was about to be written in another account's scope."""


@contextmanager
def account_scope(account: "Account | int") -> Iterator[None]:
    """Let queries inside the block see the rows of `account` (an Account or its id)."""
    token = _account_id.set(account if isinstance(account, int) else account.pk)
    try:
        yield
    finally:
        _account_id.reset(token)


def current_account_id() -> int:
    """Return the id of the account in scope; raise NoAccountInScopeError where there is none."""
    account_id = _account_id.get()
    if account_id is None:
        raise NoAccountInScopeError(
            "No account is in scope. Enter one with account_scope(account), or say unscoped()."
        )
    return account_id


class AccountScopedManager(models.Manager[OwnedModel]):
    """Sees the rows of the account in scope and no other."""

    def get_queryset(self) -> models.QuerySet[OwnedModel]:
        """Return the rows of the account in scope; raise NoAccountInScopeError without one."""
        return super().get_queryset().filter(account_id=current_account_id())

    def unscoped(self) -> models.QuerySet[OwnedModel]:
        """Return the rows of every account: for the queue and for operators' commands alone."""
        return super().get_queryset()


class AccountOwned(models.Model):
    """A row that belongs to one customer."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")

    objects: ClassVar[AccountScopedManager[Self]] = AccountScopedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row; raise WrongAccountError when it belongs to an account out of scope."""
        if self.account_id != current_account_id():
            raise WrongAccountError(
                f"A {self._meta.label} of account {self.account_id} was saved "
                f"in the scope of account {current_account_id()}."
            )
        super().save(*args, **kwargs)
