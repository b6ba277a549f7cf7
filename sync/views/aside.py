"""A column that is set aside: what a person decides about it on the Sync Setup page."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from lists.models import ListColumn
from sync.errors import SyncError
from sync.forms.aside import AsideForm


@require_POST
@account_view(*MARKETING)
def sync_column_aside(request: AccountRequest, list_id: int, column_id: int) -> HttpResponse:
    """Give a column that is set aside another field or its new type, or leave it aside."""
    column = ListColumn.objects.filter(list_id=list_id, pk=column_id).select_related("list").first()
    if column is None:
        raise Http404
    form = AsideForm(request.POST)
    if form.is_valid():
        try:
            messages.success(request, form.decide(column=column, actor=request.user))
        except SyncError as error:
            messages.error(request, error.sentence)
    else:
        messages.error(
            request, " ".join(str(each) for found in form.errors.values() for each in found)
        )
    return redirect("sync_setup", request.account.slug, list_id)
