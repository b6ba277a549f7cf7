"""The one clock that schedules, leases, intervals and API usage are told by."""

from datetime import date, datetime

from django.db.models.functions import Now

from acton_connector.accounts.models import Account


def read_database_time(account_id: int) -> datetime:
    """Return the database's time, so that hosts whose clocks differ agree."""
    account = Account.objects.annotate(database_time=Now()).get(pk=account_id)
    return account.database_time


def read_day(account: Account) -> date:
    """Return the day that it is in the account's zone."""
    return read_database_time(account.pk).astimezone(account.zone).date()
