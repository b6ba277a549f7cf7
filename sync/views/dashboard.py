"""The dashboard: how the connection, the lists and the runs stand, and what to do next."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from acton_connector.accounts.access import EVERYONE, AccountRequest, account_view
from acton_connector.accounts.models import Role
from connectors.models import Connection, ConnectionState
from connectors.selectors import find_connection, get_api_budget, list_calls_by_feature
from sync import selectors
from sync.next_steps import list_next_steps
from sync.notices.selectors import count_open_notices
from sync.selectors import DayOfRuns

DAYS = 14


@require_safe
@account_view(*EVERYONE)
def dashboard(request: AccountRequest) -> HttpResponse:
    """Show the account's front page; sales people see the connection alone."""
    connection = find_connection()
    context: dict[str, Any] = {
        "connection": connection,
        "connection_state": ConnectionState(connection.state) if connection else None,
    }
    if request.membership.role != Role.SALES:
        context |= _describe_syncs(request, connection)
    return render(request, "sync/dashboard.html", context)


def _describe_syncs(request: AccountRequest, connection: Connection | None) -> dict[str, Any]:
    freshness = selectors.list_freshness()
    days = selectors.runs_per_day(request.account, DAYS)
    return {
        "budget": get_api_budget(),
        "calls_by_feature": list_calls_by_feature(),
        "freshness": freshness,
        "open_notices": count_open_notices(),
        "next_due": selectors.find_next_due(),
        "days": days,
        "has_runs": any(day.succeeded or day.with_errors or day.failed for day in days),
        "chart": _chart(days),
        "causes": selectors.errors_by_cause(),
        "next_steps": list_next_steps(
            account=request.account,
            connection=connection,
            freshness=freshness,
            may_connect=request.membership.role == Role.ADMINISTRATOR,
        ),
    }


def _chart(days: Sequence[DayOfRuns]) -> dict[str, list[Any]]:
    return {
        "days": [f"{day.day.day} {day.day:%b}" for day in days],
        "succeeded": [day.succeeded for day in days],
        "with_errors": [day.with_errors for day in days],
        "failed": [day.failed for day in days],
    }
