"""How many API calls the organisation has left."""

from dataclasses import dataclass

from connectors.salesforce.client import SalesforceClient, field_of


@dataclass(frozen=True)
class ApiLimits:
    """API calls of the organisation, all its applications together, per rolling 24 hours."""

    daily_maximum: int
    daily_remaining: int


def read_api_limits(client: SalesforceClient) -> ApiLimits:
    """Return the organisation's daily API calls (one API call)."""
    daily = field_of(client.salesforce.limits(), "DailyApiRequests")
    return ApiLimits(
        daily_maximum=field_of(daily, "Max"), daily_remaining=field_of(daily, "Remaining")
    )
