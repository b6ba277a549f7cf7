"""What the database holds of API calls, for tests that begin with some."""

from datetime import timedelta

from django.db.models import F, Sum

from acton_connector.accounts.database_clock import read_database_time
from acton_connector.accounts.scope import current_account_id
from connectors.budget import start_of_hour
from connectors.models import ApiUsage, Connection, Feature


def put_usage(*, ours: int, used: int, limit: int, feature: str = Feature.SYNCS) -> None:
    """Let `ours` calls of this hour be the only ones, and Salesforce have told its part now."""
    now = read_database_time(current_account_id())
    usage = ApiUsage(hour=start_of_hour(now), feature=feature, our_calls=ours)
    ApiUsage.objects.all().delete()
    usage.account_id = Connection.objects.get().account_id
    usage.save()
    Connection.objects.update(api_used=used, api_limit=limit, api_ours=ours, api_told_at=now)


def count_our_calls() -> int:
    """Return all calls that are stored for the account in scope."""
    return ApiUsage.objects.aggregate(calls=Sum("our_calls"))["calls"] or 0


def age_calls(hours: int) -> None:
    """Let the calls that are stored be `hours` older; unique hours stay apart as they move."""
    for usage in ApiUsage.objects.order_by("hour"):
        ApiUsage.objects.filter(pk=usage.pk).update(hour=F("hour") - timedelta(hours=hours))
