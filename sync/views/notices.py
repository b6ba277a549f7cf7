"""Sync > Notices: what is wrong, what was, and who was told."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from sync.notices.models import NoticeKind
from sync.notices.selectors import list_closed_notices, list_open_notices

ROWS_PER_PAGE = 25


@require_safe
@account_view(*MARKETING)
def notices(request: AccountRequest) -> HttpResponse:
    """Show the open notices, and those that are over by pages."""
    context = {
        "open_notices": list_open_notices(),
        "page": Paginator(list_closed_notices(), ROWS_PER_PAGE).get_page(request.GET.get("page")),
        # The page that it leads to is for administrators.
        "administrators_kind": NoticeKind.CONNECTION_PAUSED.value,
    }
    return render(request, "sync/notices.html", context)
