"""The limits of an account, with the words that people read."""

from dataclasses import dataclass

from acton_connector.accounts.models import Account


@dataclass(frozen=True)
class Limit:
    """A limit: the field of `Account` that holds it, its label, and the unit after its value."""

    name: str
    label: str
    unit: str = ""


LIMITS = (
    Limit("max_scheduled_syncs", "Scheduled syncs"),
    Limit("min_sync_interval_hours", "Shortest interval between syncs of a list", " hours"),
    Limit("max_mail_recipients", "Recipients of one e-mail from Salesforce"),
    Limit("max_hot_prospects", "Hot prospects per owner"),
    Limit("max_sales_users", "Sales users"),
    Limit("api_budget_percent", "Our share of Salesforce's API calls", " %"),
    Limit("removal_limit_percent", "Records that one sync may remove without being asked", " %"),
)


@dataclass(frozen=True)
class LimitValue:
    """A limit and what it is set to in one account."""

    limit: Limit
    value: int


def list_limits(account: Account) -> list[LimitValue]:
    """Return every limit of `account` with its value."""
    return [LimitValue(limit, getattr(account, limit.name)) for limit in LIMITS]
