"""The refusals of the Analytics API, by the codes that it uses."""

from salesforce_simulator.organisation.errors import SalesforceError

UNAVAILABLE = "The data you're trying to access is unavailable."


def bad_request(message: str) -> SalesforceError:
    """Return the refusal of a report that cannot be run or saved as it is asked for."""
    return SalesforceError("BAD_REQUEST", message)


def forbidden(message: str) -> SalesforceError:
    """Return the refusal of what the user may not see, or not as often."""
    return SalesforceError("FORBIDDEN", message)


def unavailable() -> SalesforceError:
    """Return the answer to a report or a run that is not there."""
    return SalesforceError("NOT_FOUND", UNAVAILABLE)


def unsupported() -> SalesforceError:
    """Return the refusal of joined reports, which the API knows and does not run."""
    return SalesforceError("UNSUPPORTED", "Joined reports aren't supported by this API.")
