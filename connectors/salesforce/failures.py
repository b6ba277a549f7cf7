"""From what requests and urllib3 raise on the way to Salesforce to our errors."""

import ssl

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
)

from connectors.salesforce.bodies import timeout_error
from connectors.salesforce.errors import (
    CertificateError,
    HostError,
    NetworkError,
    ProtocolError,
    SalesforceError,
    UnreachableError,
)
from connectors.salesforce.sockets import PrivateAddressError

# The first kind found among an error's causes decides.
_KINDS: tuple[tuple[type[BaseException], type[SalesforceError], str, str], ...] = (
    (
        PrivateAddressError,
        HostError,
        "PRIVATE_ADDRESS",
        "The host leads to an address inside the network.",
    ),
    (
        ssl.SSLCertVerificationError,
        CertificateError,
        "CERTIFICATE_REFUSED",
        "The host's certificate is not valid for it.",
    ),
    (
        NameResolutionError,
        UnreachableError,
        "HOST_NOT_FOUND",
        "The host's name cannot be resolved.",
    ),
    (
        NewConnectionError,
        UnreachableError,
        "CONNECTION_FAILED",
        "No connection to the host came about.",
    ),
    (
        ConnectTimeoutError,
        UnreachableError,
        "CONNECTION_FAILED",
        "No connection to the host came about in time.",
    ),
    # requests itself will not send such a URL or header.
    (requests.exceptions.InvalidURL, ProtocolError, "REQUEST_UNSENDABLE", "The URL is not valid."),
    (
        requests.exceptions.InvalidHeader,
        ProtocolError,
        "REQUEST_UNSENDABLE",
        "A header is not valid.",
    ),
)


def translate(error: requests.RequestException) -> SalesforceError:
    """Turn what requests raises into one of our errors."""
    causes = _causes(error)
    for kind, error_class, code, message in _KINDS:
        if any(isinstance(cause, kind) for cause in causes):
            return error_class(code, message)
    if any(isinstance(cause, TimeoutError | requests.Timeout) for cause in causes):
        return timeout_error(causes)
    return NetworkError("CONNECTION_BROKEN", "The connection broke.")


def _causes(error: BaseException) -> list[BaseException]:
    """Return the error and all that led to it, urllib3's way of nesting them included."""
    chain: list[BaseException] = []
    rest: list[BaseException | None] = [error]
    while rest:
        current = rest.pop(0)
        if current is None or current in chain:
            continue
        chain.append(current)
        nested = [part for part in current.args if isinstance(part, BaseException)]
        reason = current.reason if isinstance(current, MaxRetryError) else None
        rest += [*nested, reason, current.__cause__, current.__context__]
    return chain
