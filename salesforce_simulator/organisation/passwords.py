"""New passwords: who may choose one for whom, and what it has to be like."""

import hmac

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.organisation.users import Users

_SHORTEST = 8


def set_password(
    users: Users, session: Session, user_id: str, new: str, *, manages_users: bool
) -> None:
    """Give a user a password; his security token changes with it.

    One's own is free, another's takes the permission "Manage Users". Raises
    INVALID_ID_FIELD, INSUFFICIENT_ACCESS and INVALID_NEW_PASSWORD.
    """
    row = users.find_id(user_id)
    if row is None:
        raise SalesforceError("INVALID_ID_FIELD", f"invalid user id: {user_id}")
    if row.id != session.user_id and not manages_users:
        raise SalesforceError("INSUFFICIENT_ACCESS", "insufficient access rights on object id")
    _check(new, row.password)
    users.set_password(row.id, new)


def change_own_password(users: Users, session: Session, old: str, new: str) -> None:
    """Change one's own password, which has to be known; INVALID_OLD_PASSWORD otherwise."""
    row = users.get(session.username)
    if not hmac.compare_digest(old.encode(), row.password.encode()):
        raise SalesforceError("INVALID_OLD_PASSWORD", "invalid old password")
    _check(new, row.password)
    users.set_password(row.id, new)


def _check(new: str, old: str) -> None:
    """Hold a new password to the policy that organisations begin with."""
    if len(new) < _SHORTEST:
        message = f"Your password must be at least {_SHORTEST} characters long."
        raise SalesforceError("INVALID_NEW_PASSWORD", message)
    if new.isalpha() or new.isdigit():
        message = "Your password must include letters and numbers"
        raise SalesforceError("INVALID_NEW_PASSWORD", message)
    if new == old:
        raise SalesforceError("INVALID_NEW_PASSWORD", "invalid repeated password")
