"""Everything that is read of connections, fields and API usage."""

from datetime import datetime

from django.db.models import Exists, Max, OuterRef, QuerySet, Sum
from django.db.models.functions import Now

from acton_connector.accounts.database_clock import read_database_time
from acton_connector.accounts.models import Account
from acton_connector.accounts.scope import current_account_id
from connectors.budget import WINDOW, ApiBudget, Reading, find_room_at, oldest_hour
from connectors.errors import NotConnectedError
from connectors.fields import UNLISTABLE_TYPES, FieldChoice
from connectors.models import ApiUsage, Connection, ConnectionState, Feature, SalesforceField


def find_connection() -> Connection | None:
    """Return the connection of the account in scope, whatever its state."""
    return Connection.objects.first()


def is_usable(connection: Connection | None) -> bool:
    """Whether Salesforce may be called through `connection`."""
    return connection is not None and connection.state == ConnectionState.CONNECTED


def has_usable_connection() -> Exists:
    """Return the condition, for rows of all accounts, that the account of a row is connected."""
    return Exists(
        Connection.objects.unscoped().filter(
            account_id=OuterRef("account_id"), state=ConnectionState.CONNECTED
        )
    )


def get_usable_connection() -> Connection:
    """Return the account's connection; raise NotConnectedError when it may not be used."""
    connection = find_connection()
    if connection is None or connection.state != ConnectionState.CONNECTED:
        raise NotConnectedError.for_connection(connection)
    return connection


def get_api_budget() -> ApiBudget:
    """Return how the account in scope stands with its calls of the last 24 hours."""
    return _read_budget()[0]


def find_room_for_calls(needed: int = 1) -> datetime:
    """Return from when on calls of the account in scope fit into its share, now at the earliest.

    Told without asking Salesforce, by the database's clock.
    """
    budget, told_at, now = _read_budget()
    hours = _in_window(now).values_list("hour").annotate(calls=Sum("our_calls"))
    return find_room_at(budget, hours, told_at=told_at, now=now, needed=needed)


def list_calls_by_feature() -> list[tuple[str, int]]:
    """Return what the calls of the last 24 hours were for, the most frequent first."""
    counted = (
        _in_window(read_database_time(current_account_id()))
        .values_list("feature")
        .annotate(calls=Sum("our_calls"))
        .order_by("-calls", "feature")
    )
    return [(str(Feature(feature).label), calls) for feature, calls in counted]


def _read_budget() -> tuple[ApiBudget, datetime | None, datetime]:
    """Return the budget, when Salesforce told its part of it, and the database's time."""
    account = Account.objects.annotate(database_time=Now()).get(pk=current_account_id())
    now = account.database_time
    calls = _in_window(now).aggregate(calls=Sum("our_calls"))["calls"] or 0
    told = Connection.objects.filter(api_told_at__gt=now - WINDOW, api_told_at__lte=now).first()
    reading = Reading(told.api_used, told.api_limit, told.api_ours) if told else None
    budget = ApiBudget(calls, account.api_budget_percent, reading)
    return budget, told.api_told_at if told else None, now


def _in_window(now: datetime) -> QuerySet[ApiUsage]:
    return ApiUsage.objects.filter(hour__gt=oldest_hour(now))


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
