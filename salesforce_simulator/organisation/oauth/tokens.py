"""The token endpoint's answer: Salesforce's signature over it, and the id token."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from salesforce_simulator.organisation.oauth.grants import Granted, Place
from salesforce_simulator.organisation.oauth.signing_key import SigningKey

_ID_TOKEN_SECONDS = 120


def identity_url(server: str, organisation_id: str, user_id: str) -> str:
    """Return the URL that names a user and tells about him."""
    return f"{server}/id/{organisation_id}/{user_id}"


def token_reply(granted: Granted, place: Place, key: SigningKey, now: datetime) -> dict[str, Any]:
    """Return the answer's JSON; times are texts of milliseconds, and nothing says when it expires.

    The JWT bearer flow gets neither issued_at nor signature, as there is no
    secret in it.
    """
    session = granted.session
    identity = identity_url(place.server, session.organisation_id, session.user_id)
    reply: dict[str, Any] = {"access_token": session.id}
    if granted.refresh_token is not None:
        reply["refresh_token"] = granted.refresh_token
    issued_at = str(int(now.timestamp() * 1000))
    if granted.is_signed:
        reply["signature"] = signature(granted.app.client_secret, identity, issued_at)
    reply["scope"] = " ".join(granted.scopes)
    if "openid" in granted.scopes:
        reply["id_token"] = key.sign(_id_claims(granted, place, identity, now))
    reply |= {"instance_url": place.instance_url, "id": identity, "token_type": "Bearer"}
    if granted.is_signed:
        reply["issued_at"] = issued_at
    return reply


def signature(client_secret: str, identity: str, issued_at: str) -> str:
    """Return base64 of HMAC-SHA256 over identity URL and time, keyed with the consumer secret."""
    text = (identity + issued_at).encode()
    return base64.b64encode(hmac.digest(client_secret.encode(), text, "sha256")).decode()


def _id_claims(granted: Granted, place: Place, identity: str, now: datetime) -> dict[str, Any]:
    seconds = int(now.timestamp())
    digest = hashlib.sha256(granted.session.id.encode()).digest()
    claims = {
        "at_hash": base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("="),
        "sub": identity,
        "aud": granted.app.client_id,
        "iss": place.server,
        "iat": seconds,
        "exp": seconds + _ID_TOKEN_SECONDS,
    }
    return {**claims, "nonce": granted.nonce} if granted.nonce is not None else claims
