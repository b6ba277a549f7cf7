"""The queue of an account."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from sync.queue.expectations import list_queue


@require_safe
@account_view(*MARKETING)
def queue(request: AccountRequest) -> HttpResponse:
    """Show what runs and what waits, in order; the rows alone where the page asks for news."""
    template = "sync/_queue.html" if request.htmx else "sync/queue.html"
    return render(request, template, {"queue": list_queue(request.account.pk)})
