"""From OAuth's errors to ours: one code stands for several cases, which its text tells apart."""

from connectors.salesforce.error_rules import error_from_code
from connectors.salesforce.errors import LoginHoursError, SalesforceError

# Salesforce's texts under `invalid_grant` that are not about the token.
_CODES_OF_TEXTS = {
    "inactive user": "INACTIVE_USER",
    "login rate exceeded": "LOGIN_RATE_EXCEEDED",
}
_HOURS_OR_ADDRESS = "ip restricted or invalid login hours"


def error_from_oauth(code: str, description: str, *, status: int | None = None) -> SalesforceError:
    """Build the error for OAuth's ``error`` and ``error_description``.

    A user outside of the login hours passes by itself; since the same words stand for a refused
    IP address, nothing is paused for it: the token stays good either way.
    """
    text = description.strip().lower()
    if text == _HOURS_OR_ADDRESS:
        advice = (
            "Widen the login hours of the user's profile, or add this server's public IP address "
            "to the profile's login IP ranges."
        )
        return LoginHoursError(code, description, advice=advice, status=status)
    known = _CODES_OF_TEXTS.get(text, code) if code == "invalid_grant" else code
    return error_from_code(known, description or code, status=status)
