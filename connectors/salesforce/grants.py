"""What a login yields, by password or by OAuth: the right to call one organisation's API."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Grant:
    """A session of one user; ids with 18 characters, ``instance_url`` like ``https://host``."""

    session_id: str = field(repr=False)
    instance_url: str
    user_id: str
    organisation_id: str


@dataclass(frozen=True)
class Tokens:
    """What a sign-in brings: the grant, and the refresh token that is good from now on.

    ``refresh_token`` is "" where none came: with a password, or where the old one stays good.
    """

    grant: Grant
    refresh_token: str = field(default="", repr=False)
