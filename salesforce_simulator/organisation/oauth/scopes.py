"""What an app may ask for, and what its user reads on the consent page."""

from collections.abc import Collection

SCOPES = {
    "api": "Manage user data via APIs (api)",
    "refresh_token": "Perform requests at any time (refresh_token, offline_access)",
    "offline_access": "Perform requests at any time (refresh_token, offline_access)",
    "openid": "Access unique user identifiers (openid)",
    "id": "Access the identity URL service (id, profile, email, address, phone)",
    "profile": "Access the identity URL service (id, profile, email, address, phone)",
    "email": "Access the identity URL service (id, profile, email, address, phone)",
    "address": "Access the identity URL service (id, profile, email, address, phone)",
    "phone": "Access the identity URL service (id, profile, email, address, phone)",
    "web": "Manage user data via Web browsers (web)",
    "full": "Full access (full)",
    "chatter_api": "Access Connect REST API resources (chatter_api)",
    "visualforce": "Access Visualforce applications (visualforce)",
    "lightning": "Access Lightning applications (lightning)",
    "content": "Access content resources (content)",
    "custom_permissions": "Access custom permissions (custom_permissions)",
    "wave_api": "Manage CRM Analytics data (wave_api)",
}
_REFRESH = frozenset({"refresh_token", "offline_access"})
_IDENTITY = frozenset({"id", "profile", "email", "address", "phone"})


def may_ask(allowed: Collection[str], scope: str) -> bool:
    """Tell whether an app that has `allowed` may ask for `scope`; `full` leaves refreshing out."""
    if scope in allowed:
        return True
    if scope in _REFRESH:
        return not _REFRESH.isdisjoint(allowed)
    if scope in _IDENTITY and "id" in allowed:
        return True
    return scope in SCOPES and "full" in allowed


def allows_refresh(scopes: Collection[str]) -> bool:
    """Tell whether scopes bring a refresh token."""
    return not _REFRESH.isdisjoint(scopes)


def without_refresh(scopes: Collection[str]) -> tuple[str, ...]:
    """Return what a flow that brings no refresh token leaves of scopes."""
    return tuple(scope for scope in scopes if scope not in _REFRESH)


def sentences(scopes: Collection[str]) -> list[str]:
    """Return what the consent page says of scopes, each sentence once."""
    return list(dict.fromkeys(SCOPES[scope] for scope in scopes))
