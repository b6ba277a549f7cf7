"""JWT bearer assertions: an app proves who it is with its certificate's key."""

from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.types import Options

from salesforce_simulator.organisation.oauth.apps import App
from salesforce_simulator.organisation.oauth.errors import OAuthError

_FARTHEST_END = timedelta(minutes=5)
# Clocks differ; Salesforce lets them by a few minutes.
_SKEW = timedelta(minutes=3)
_FIRST_MILLISECONDS = 1e11  # as seconds this is the year 5138
_SIGNATURE_ALONE: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
_LOGIN_HOST = "https://login.salesforce.com"
_SANDBOX_LOGIN_HOST = "https://test.salesforce.com"


def issuer(assertion: str) -> str:
    """Return the consumer key in an assertion that is not verified yet; OAuthError if none."""
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError as problem:
        raise invalid_assertion() from problem
    return str(claims.get("iss", ""))


def subject(assertion: str, app: App, *, now: datetime, server: str, is_sandbox: bool) -> str:
    """Verify an app's assertion and return the user name in it.

    `exp` may be a number or a text of digits and lies at most five minutes
    ahead; Salesforce's own command line counts it in milliseconds. The
    audience is the log-in host of this kind of organisation, its own address
    `server`, or its token endpoint. OAuthError for everything else.
    """
    claims = _verified(assertion, app)
    audience = claims.get("aud")
    login_host = _SANDBOX_LOGIN_HOST if is_sandbox else _LOGIN_HOST
    if audience not in {login_host, server, f"{server}/services/oauth2/token"}:
        raise OAuthError("invalid_grant", "audience is invalid")
    end = _end(claims)
    if not now - _SKEW < end <= now + _FARTHEST_END + _SKEW:
        raise invalid_assertion()
    return str(claims.get("sub") or claims.get("prn") or "")


def _verified(assertion: str, app: App) -> dict[str, Any]:
    if app.certificate is None:
        raise OAuthError("invalid_client", "invalid client credentials")
    public_key = x509.load_pem_x509_certificate(app.certificate.encode()).public_key()
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise invalid_assertion()
    try:
        return jwt.decode(assertion, public_key, algorithms=["RS256"], options=_SIGNATURE_ALONE)
    except jwt.InvalidTokenError as problem:
        raise invalid_assertion() from problem


def _end(claims: dict[str, Any]) -> datetime:
    try:
        end = float(claims["exp"])
        seconds = end if end < _FIRST_MILLISECONDS else end / 1000
        return datetime.fromtimestamp(seconds).astimezone()
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as problem:
        raise invalid_assertion() from problem


def invalid_assertion() -> OAuthError:
    """Return the answer to an assertion that does not hold."""
    return OAuthError("invalid_grant", "invalid assertion")
