"""A logged-in user."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Session:
    """What a session id stands for.

    `user` holds the user's fields by name (TimeZoneSidKey, LocaleSidKey, Email,
    Name, ProfileId and so on). With `password_expired` the only call allowed is
    the one that sets a new password. `client_id` names the connected app that
    the session was opened through, and `scopes` what the app may do with it;
    None means everything, as after a log-in by password.
    """

    id: str
    user_id: str
    username: str
    organisation_id: str
    user: dict[str, Any] = field(default_factory=dict)
    password_expired: bool = False
    seconds_valid: int = 7200
    client_id: str | None = None
    scopes: frozenset[str] | None = None
