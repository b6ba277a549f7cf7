"""The one table from Salesforce's codes to our errors, with our sentence on what to do.

REST writes ``INVALID_FIELD``, Bulk API 2.0 partly ``INVALIDENTITY``, OAuth
``inactive_user``: codes are compared without underscores and case.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from connectors.salesforce import errors
from connectors.salesforce.errors import SalesforceError


@dataclass(frozen=True)
class Rule:
    """What a code means: the class of its error, and our advice unless the class has it."""

    error: type[SalesforceError]
    advice: str = ""


_TRANSIENT = Rule(errors.TransientError)
_SCHEMA = Rule(errors.SchemaError)
_QUERY = Rule(errors.QueryError)
_TOO_LARGE = Rule(errors.TooLargeError)
_DAILY_LIMIT = Rule(errors.LimitError)
_EXPIRED = Rule(errors.ResultsExpiredError)

_LET_THE_APP_IN = (
    "An administrator of Salesforce has blocked the External Client App, or has not approved the "
    "connected user for it. Allow it in Salesforce's Setup, then test the connection."
)
_SET_THE_APP_UP = (
    "Salesforce does not know the External Client App (any more): set it up there again and enter "
    "its consumer key. Salesforce takes up to ten minutes to know a new app."
)
_GIVE_THE_APP_SCOPES = (
    "Give the External Client App the scopes “Manage user data via APIs (api)” and “Perform "
    "requests at any time (refresh_token, offline_access)”, then start again."
)

_RULES: dict[str, Rule] = {
    # Signing in
    "INVALID_LOGIN": Rule(
        errors.AuthenticationError,
        "Check user name, password and security token; an administrator can unlock the user. "
        "Enter them again: it is not tried again by itself, as that would lock the user.",
    ),
    "LOGIN_MUST_USE_SECURITY_TOKEN": Rule(
        errors.AuthenticationError,
        "Enter the security token, or reset it in Salesforce under Settings > Reset My Security "
        "Token and enter the new one.",
    ),
    "PASSWORD_LOCKOUT": Rule(
        errors.AuthenticationError,
        "Salesforce has locked the user: unlock it under Setup > Users, then connect again.",
    ),
    "INVALID_OPERATION_WITH_EXPIRED_PASSWORD": Rule(
        errors.AuthenticationError,
        "The password has expired: set a new one in Salesforce and connect again with it.",
    ),
    "INACTIVE_USER": Rule(
        errors.AuthenticationError,
        "The user is frozen or not active: an administrator can activate it under Setup > Users.",
    ),
    "USER_LOCKED_OUT": Rule(
        errors.AuthenticationError,
        "Salesforce has locked the user: unlock it under Setup > Users, then connect again.",
    ),
    "LOGIN_DURING_RESTRICTED_DOMAIN": Rule(
        errors.AuthenticationError,
        "Add this server's public IP address to the login IP ranges of the user's profile.",
    ),
    "LOGIN_DURING_RESTRICTED_TIME": Rule(errors.LoginHoursError),
    "ORG_LOCKED": Rule(errors.AuthenticationError, "Salesforce has locked the organisation."),
    "INACTIVE_ORG": Rule(errors.AuthenticationError, "The organisation is not active any more."),
    "INVALID_SESSION_ID": Rule(
        errors.AuthenticationError,
        "Salesforce refused the session, and a fresh one too: connect again.",
    ),
    "INVALID_OPERATION": Rule(
        errors.AuthenticationError,
        "Signing in with a password is switched off in this organisation: "
        "connect with Salesforce (OAuth, by an External Client App) instead.",
    ),
    "LOGIN_RETIRED": Rule(
        errors.AuthenticationError,
        "Salesforce does not let anybody sign in with a password any more: "
        "connect with Salesforce (OAuth, by an External Client App) instead.",
    ),
    "LOGIN_RATE_EXCEEDED": Rule(
        errors.LimitError, "The user signed in too often within an hour; the next run tries again."
    ),
    # Allowing access by OAuth, and refreshing it
    "INVALID_GRANT": Rule(
        errors.AuthenticationError,
        "The access that was allowed has ended: somebody revoked it in Salesforce, it was not used "
        "for too long, or an answer with its next token got lost on the way. Reconnect: log in to "
        "Salesforce and allow it once more.",
    ),
    "INVALID_CLIENT": Rule(
        errors.AuthenticationError,
        "The consumer secret is not the app's (any more): enter the one that Salesforce shows.",
    ),
    "INVALID_CLIENT_ID": Rule(errors.AccessError, _SET_THE_APP_UP),
    "OAUTH_EC_APP_NOT_FOUND": Rule(errors.AccessError, _SET_THE_APP_UP),
    "INVALID_APP_ACCESS": Rule(errors.AccessError, _LET_THE_APP_IN),
    "OAUTH_APP_BLOCKED": Rule(errors.AccessError, _LET_THE_APP_IN),
    "OAUTH_APP_ACCESS_DENIED": Rule(errors.AccessError, _LET_THE_APP_IN),
    "ACCESS_DENIED": Rule(
        errors.AuthorizationError, "Start again, and choose Allow when Salesforce asks."
    ),
    "INVALID_SCOPE": Rule(errors.AuthorizationError, _GIVE_THE_APP_SCOPES),
    "NO_REFRESH_TOKEN": Rule(errors.AuthorizationError, _GIVE_THE_APP_SCOPES),
    "REDIRECT_URI_MISMATCH": Rule(
        errors.AuthorizationError,
        "Enter the callback URL in the External Client App exactly as this page shows it.",
    ),
    "SERVER_ERROR": _TRANSIENT,
    "TEMPORARILY_UNAVAILABLE": _TRANSIENT,
    "UNKNOWN_ERROR": _TRANSIENT,  # Salesforce: "retry your request"
    # Access to the API
    "INSUFFICIENT_ACCESS": Rule(
        errors.AccessError,
        'Give the user the permissions "API Enabled" and "Use Any API Auth", and sign it in with '
        "multi-factor authentication where the organisation asks for that.",
    ),
    "API_DISABLED_FOR_ORG": Rule(
        errors.AccessError,
        "The edition has no API: it needs Enterprise Edition or higher, or the API add-on.",
    ),
    "API_CURRENTLY_DISABLED": Rule(
        errors.AccessError, 'Give the connected user the permission "API Enabled".'
    ),
    "FORBIDDEN": Rule(errors.AccessError),
    "FUNCTIONALITY_NOT_ENABLED": Rule(
        errors.AccessError, "Switch the feature on in Salesforce's Setup, then connect again."
    ),
    "TXN_SECURITY_NO_ACCESS": Rule(
        errors.AccessError, "A transaction security policy blocks the connected user."
    ),
    "TXN_SECURITY_METERING_ERROR": _TRANSIENT,
    "UNSUPPORTED_API_VERSION": Rule(errors.VersionError),
    "INVALID_VERSION": Rule(errors.VersionError),
    # Limits and service
    "REQUEST_LIMIT_EXCEEDED": _DAILY_LIMIT,
    "LIMIT_EXCEEDED": _DAILY_LIMIT,
    "EXCEEDED_QUOTA": _DAILY_LIMIT,
    "STORAGE_LIMIT_EXCEEDED": Rule(errors.StorageLimitError),
    "SERVER_UNAVAILABLE": _TRANSIENT,
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": _TRANSIENT,
    "UNKNOWN_EXCEPTION": Rule(errors.ServerError),
    "UNABLE_TO_LOCK_ROW": Rule(errors.RowLockError),
    "QUERY_TIMEOUT": _TOO_LARGE,
    "OPERATION_TOO_LARGE": _TOO_LARGE,
    "EXCEEDED_ID_LIMIT": _TOO_LARGE,
    "QUERY_TOO_COMPLICATED": _TOO_LARGE,
    "URI_TOO_LONG": _TOO_LARGE,
    # Queries and results
    "MALFORMED_QUERY": _QUERY,
    "INVALID_QUERY_FILTER_OPERATOR": _QUERY,
    "JSON_PARSER_ERROR": _QUERY,
    "MALFORMED_ID": _QUERY,
    "METHOD_NOT_ALLOWED": _QUERY,
    "UNSUPPORTED_MEDIA_TYPE": _QUERY,
    "API_ERROR": _QUERY,
    "INVALID_QUERY_LOCATOR": _EXPIRED,
    "INVALID_LOCATOR": _EXPIRED,
    "INVALID_JOB": _EXPIRED,
    # The job was made by another release of this application, which spoke another version.
    "API_VERSION_MISMATCH": _EXPIRED,
    "INVALID_JOB_STATE": Rule(errors.BulkJobError),
    # The organisation's set-up
    "INVALID_FIELD": _SCHEMA,
    "INVALID_TYPE": _SCHEMA,
    "INVALID_ENTITY": _SCHEMA,
    "INVALID_FIELD_FOR_INSERT_UPDATE": _SCHEMA,
    # Single records
    "REQUIRED_FIELD_MISSING": Rule(
        errors.RecordError, "Fill the required field, or give it a default value in Salesforce."
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Rule(
        errors.RecordError, "A validation rule in Salesforce refuses the record; correct it."
    ),
    "STRING_TOO_LONG": Rule(errors.RecordError, "Shorten the value: the field is shorter."),
    "INVALID_EMAIL_ADDRESS": Rule(errors.RecordError, "Correct the e-mail address."),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Rule(
        errors.RecordError, "Use one of the picklist's values, or add this one in Salesforce."
    ),
    "FIELD_INTEGRITY_EXCEPTION": Rule(errors.RecordError),
    "NUMBER_OUTSIDE_VALID_RANGE": Rule(errors.RecordError, "Use a number that the field holds."),
    "INVALID_CROSS_REFERENCE_KEY": Rule(
        errors.RecordError, "The record, or one that it refers to, does not exist (any more)."
    ),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Rule(
        errors.RecordError, "Let the connected user see the record that this one refers to."
    ),
    "INSUFFICIENT_ACCESS_OR_READONLY": Rule(
        errors.RecordError, "Let the connected user edit this record (sharing, field security)."
    ),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Rule(
        errors.RecordError, "A trigger in Salesforce fails on this record; tell its developer."
    ),
    "CANNOT_EXECUTE_FLOW_TRIGGER": Rule(
        errors.RecordError, "A flow in Salesforce fails on this record; tell its builder."
    ),
    "INACTIVE_OWNER_OR_USER": Rule(errors.RecordError, "Give the record an owner who is active."),
    "TRANSFER_REQUIRES_READ": Rule(errors.RecordError, "The new owner may not see such records."),
    "ENTITY_IS_LOCKED": Rule(errors.RecordError, "An approval process has locked the record."),
    "DELETE_FAILED": Rule(errors.RecordError),
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": Rule(
        errors.RecordError, "Another record of the same request was refused; correct that one."
    ),
    "DUPLICATE_VALUE": Rule(errors.DuplicateError),
    "DUPLICATE_EXTERNAL_ID": Rule(errors.MultipleMatchesError),
    "DUPLICATES_DETECTED": Rule(
        errors.DuplicateError, "A duplicate rule found a match; merge the records in Salesforce."
    ),
    "ENTITY_IS_DELETED": Rule(errors.DeletedRecordError),
    "CANNOT_UPDATE_CONVERTED_LEAD": Rule(errors.ConvertedLeadError),
    "MULTIPLE_MATCHES": Rule(errors.MultipleMatchesError),
    "NOT_FOUND": Rule(errors.NotFoundError),
}

_BY_KEY = {code.replace("_", ""): rule for code, rule in _RULES.items()}

# What an answer without a readable code means: the edge and proxies send such.
_STATUS_CODES = {
    HTTPStatus.MULTIPLE_CHOICES: "MULTIPLE_MATCHES",
    HTTPStatus.UNAUTHORIZED: "INVALID_SESSION_ID",
    HTTPStatus.FORBIDDEN: "FORBIDDEN",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.METHOD_NOT_ALLOWED: "METHOD_NOT_ALLOWED",
    HTTPStatus.GONE: "UNSUPPORTED_API_VERSION",
    HTTPStatus.REQUEST_URI_TOO_LONG: "URI_TOO_LONG",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "URI_TOO_LONG",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "OPERATION_TOO_LARGE",
    HTTPStatus.INTERNAL_SERVER_ERROR: "UNKNOWN_EXCEPTION",
    # Salesforce's edge also says 406, 420 and 429 while an instance starts.
    HTTPStatus.NOT_ACCEPTABLE: "SERVER_UNAVAILABLE",
    420: "SERVER_UNAVAILABLE",
    HTTPStatus.TOO_MANY_REQUESTS: "SERVER_UNAVAILABLE",
    HTTPStatus.BAD_GATEWAY: "SERVER_UNAVAILABLE",
    HTTPStatus.SERVICE_UNAVAILABLE: "SERVER_UNAVAILABLE",
    HTTPStatus.GATEWAY_TIMEOUT: "SERVER_UNAVAILABLE",
}


def code_of_status(status: int) -> str:
    """Return the code that stands for a bare HTTP status."""
    return _STATUS_CODES.get(status, f"HTTP_{status}")


def error_from_code(
    code: str,
    message: str,
    *,
    fields: Iterable[str] = (),
    status: int | None = None,
    unknown: type[SalesforceError] = SalesforceError,
) -> SalesforceError:
    """Build the error for one of Salesforce's codes.

    ``unknown`` is the class of a code that the table does not hold: the base class
    for a call, which ends the run; RecordError for a row, which is set aside.
    """
    rule = _BY_KEY.get(code.upper().replace("_", ""), Rule(unknown))
    # One code, two limits: the daily one lasts hours, the concurrent one seconds.
    if rule is _DAILY_LIMIT and "concurrent" in message.lower():
        rule = Rule(errors.ConcurrencyError)
    return rule.error(code, message, advice=rule.advice, fields=fields, status=status)


def row_error(code: str, message: str, fields: Iterable[str] = ()) -> SalesforceError:
    """Build the error of one record of many."""
    return error_from_code(code, message, fields=fields, unknown=errors.RecordError)
