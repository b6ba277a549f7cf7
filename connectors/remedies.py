"""What a person does about a paused connection: one step for each reason."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Remedy:
    """The next step: a button's label and where it leads, or what it posts to if `is_posted`."""

    label: str
    url_name: str
    is_posted: bool = False


# What was entered here is not what Salesforce wants.
ENTER_ANEW = Remedy("Update credentials", "salesforce_update_credentials")
# What was entered is right, but the access that a person allowed has ended.
ALLOW_AGAIN = Remedy("Reconnect", "salesforce_reconnect", is_posted=True)
# Salesforce takes no password.
USE_AN_APP = Remedy("Connect with Salesforce", "salesforce_oauth")
# Something is to be changed in Salesforce or on this server; what was entered stays right.
LOOK_AGAIN = Remedy("Test the connection", "salesforce_test", is_posted=True)

_MENDED_ELSEWHERE = frozenset(
    {
        # the user
        "USER_LOCKED_OUT",
        "PASSWORD_LOCKOUT",
        "INACTIVE_USER",
        "LOGIN_DURING_RESTRICTED_DOMAIN",
        # its permissions
        "INSUFFICIENT_ACCESS",
        "API_CURRENTLY_DISABLED",
        "FORBIDDEN",
        "TXN_SECURITY_NO_ACCESS",
        # the organisation
        "ORG_LOCKED",
        "INACTIVE_ORG",
        "API_DISABLED_FOR_ORG",
        "FUNCTIONALITY_NOT_ENABLED",
        # the External Client App
        "INVALID_APP_ACCESS",
        "OAUTH_APP_BLOCKED",
        "OAUTH_APP_ACCESS_DENIED",
        # this application
        "UNSUPPORTED_API_VERSION",
        "INVALID_VERSION",
        "UNREADABLE_SECRETS",
    }
)
_OF_ONE_CODE = {
    "INVALID_GRANT": ALLOW_AGAIN,
    "INVALID_OPERATION": USE_AN_APP,
    "LOGIN_RETIRED": USE_AN_APP,
}


def find_remedy(reason_code: str) -> Remedy:
    """Return the one step that puts a connection right that was paused for this reason.

    Where the reason is not known, entering everything anew is what always helps.
    """
    code = reason_code.upper()
    if code in _MENDED_ELSEWHERE:
        return LOOK_AGAIN
    return _OF_ONE_CODE.get(code, ENTER_ANEW)
