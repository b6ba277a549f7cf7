"""Random text for session ids, refresh tokens, codes and consumer keys."""

import secrets


def new_token(size: int) -> str:
    """Return text made of `size` random bytes, in the alphabet that Salesforce's tokens have.

    That is letters, digits, underscore and full stop. Clients recognise a session id by it, and
    blacken it in their logs.
    """
    return secrets.token_urlsafe(size).replace("-", ".")
