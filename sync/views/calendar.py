"""The calendar of an account's schedules."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from sync.calendar.stagger import apply_proposal, propose
from sync.calendar.week import list_days, read_schedules
from sync.errors import SyncError


@require_safe
@account_view(*MARKETING)
def calendar(request: AccountRequest) -> HttpResponse:
    """Show the starts of the coming week, what overlaps, and how to stagger it."""
    schedules = read_schedules(request.account)
    days = list_days(schedules)
    context = {
        "jobs": [(job, schedules.usual_lengths.get(job.pk)) for job in schedules.jobs],
        "days": days,
        "overlaps": sum(start.overlaps for day in days for start in day.starts),
        "proposal": propose(schedules),
        "marks": range(0, 24 * 60, 180),
    }
    return render(request, "sync/calendar.html", context)


@require_POST
@account_view(*MARKETING)
def calendar_stagger(request: AccountRequest) -> HttpResponse:
    """Save the start times that were proposed."""
    try:
        proposal = apply_proposal(
            account=request.account, key=request.POST.get("key", ""), actor=request.user
        )
    except SyncError as error:
        messages.error(request, error.sentence)
    else:
        count = len(proposal.moves)
        what = "1 schedule has" if count == 1 else f"{count} schedules have"
        messages.success(request, f"{what} another start time.")
    return redirect("calendar", request.account.slug)
