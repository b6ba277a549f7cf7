"""The signed request that Salesforce sends to an app inside its pages."""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

_ALGORITHM = "HMACSHA256"


def sign(payload: Mapping[str, Any], consumer_secret: str) -> str:
    """Return `SIGNATURE.PAYLOAD`, both in base64; the signature is over the payload's base64."""
    encoded = base64.b64encode(orjson.dumps(payload))
    digest = hmac.digest(consumer_secret.encode(), encoded, "sha256")
    return f"{base64.b64encode(digest).decode()}.{encoded.decode()}"


def envelope(
    user_id: str, now: datetime, client: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the payload around client and context, with the members in Salesforce's order."""
    return {
        "algorithm": _ALGORITHM,
        "issuedAt": issued_at(now),
        "userId": user_id,
        "client": client,
        "context": context,
    }


def issued_at(now: datetime) -> int:
    """Return a moment as Salesforce writes it here: milliseconds, cut to a signed 32-bit number.

    Requests captured in 2014 and 2025 both have it, so an app that checks the
    age has to count in 32 bits too.
    """
    low = int(now.timestamp() * 1000) & 0xFFFFFFFF
    return low - (1 << 32) if low >= 1 << 31 else low
