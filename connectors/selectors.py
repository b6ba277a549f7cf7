"""Everything that is read of connections, fields and API usage."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

from acton_connector.accounts.models import Account
from connectors.errors import NotConnectedError
from connectors.fields import UNLISTABLE_TYPES, FieldChoice
from connectors.models import ApiUsage, Connection, ConnectionState, SalesforceField
from connectors.usage import today


def find_connection() -> Connection | None:
    """Return the connection of the account in scope, whatever its state."""
    return Connection.objects.first()


def is_usable(connection: Connection | None) -> bool:
    """Whether Salesforce may be called through `connection`."""
    return connection is not None and connection.state == ConnectionState.CONNECTED


def get_usable_connection() -> Connection:
    """Return the account's connection; raise NotConnectedError when it may not be used."""
    connection = find_connection()
    if connection is None or connection.state != ConnectionState.CONNECTED:
        raise NotConnectedError.for_connection(connection)
    return connection


@dataclass(frozen=True)
class ApiBudget:
    """The calls of today, and how many of them may be ours.

    Salesforce's limit counts the last 24 hours of the whole organisation. Our share is a
    percentage of what the organisation's other programs leave of it (F15). All None where
    Salesforce has not told the limit yet.
    """

    our_calls: int
    organization_used: int | None
    organization_limit: int | None
    our_share: int | None

    @property
    def remaining(self) -> int | None:
        """How many calls of our share are left."""
        return None if self.our_share is None else max(0, self.our_share - self.our_calls)

    @property
    def is_exhausted(self) -> bool:
        """Whether our share is used up."""
        return self.remaining == 0


def get_api_budget(account: Account) -> ApiBudget:
    """Return how the account in scope stands with its calls today."""
    usage = ApiUsage.objects.filter(day=today()).first()
    if usage is None or not usage.organization_limit:
        return ApiBudget(usage.our_calls if usage else 0, None, None, None)
    # Calls of ours from before midnight count as others' here: the share errs on the safe side.
    used_by_others = max(0, usage.organization_used - usage.our_calls)
    left = max(0, usage.organization_limit - used_by_others)
    return ApiBudget(
        our_calls=usage.our_calls,
        organization_used=usage.organization_used,
        organization_limit=usage.organization_limit,
        our_share=left * account.api_budget_percent // 100,
    )


def list_fields(sobject_type: str) -> QuerySet[SalesforceField]:
    """Return an object's fields as last described, ordered by label."""
    return SalesforceField.objects.filter(sobject_type=sobject_type)


def find_described_at(sobject_type: str) -> datetime | None:
    """Return when an object was last described, None where it never was."""
    described_at: datetime | None = list_fields(sobject_type).aggregate(at=Max("described_at"))[
        "at"
    ]
    return described_at


def list_field_choices(sobject_type: str) -> list[FieldChoice]:
    """Return the fields that can be columns of a list, with what the picker tells of them."""
    return [
        FieldChoice(field)
        for field in list_fields(sobject_type).exclude(data_type__in=UNLISTABLE_TYPES)
    ]


def list_required_fields(sobject_type: str) -> list[SalesforceField]:
    """Return the fields without which a record cannot be created."""
    return list(list_fields(sobject_type).filter(is_required=True))
