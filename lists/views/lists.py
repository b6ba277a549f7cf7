"""What is done with a whole list: rename, move, delete, export."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from acton_connector.accounts.audit import record_event
from lists import selectors, services
from lists.errors import InUseError
from lists.export import iter_csv
from lists.forms import DeleteListForm, ListNameForm, MoveListForm
from lists.models import MarketingList


@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def list_rename(request: AccountRequest, list_id: int) -> HttpResponse:
    """Give a list another name."""
    marketing_list = get_object_or_404(MarketingList, pk=list_id)
    title = str(marketing_list)
    form = ListNameForm(request.POST if request.method == "POST" else None, initial={"name": title})
    if request.method == "POST" and form.is_valid():
        try:
            services.rename_list(
                marketing_list=marketing_list, name=form.cleaned_data["name"], actor=request.user
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, f"The list is called “{marketing_list}” now.")
            return redirect("marketing_lists", request.account.slug)
    context = {"form": form, "list": marketing_list, "title": title}
    return render(request, "lists/list_rename.html", context)


@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def list_move(request: AccountRequest, list_id: int) -> HttpResponse:
    """Move a list to another folder."""
    marketing_list = get_object_or_404(MarketingList.objects.select_related("folder"), pk=list_id)
    form = MoveListForm(
        request.POST if request.method == "POST" else None,
        initial={"folder": marketing_list.folder_id},
    )
    if request.method == "POST" and form.is_valid():
        folder = form.cleaned_data["folder"]
        services.move_list(marketing_list=marketing_list, folder=folder, actor=request.user)
        messages.success(request, f"“{marketing_list}” is in “{folder}” now.")
        return redirect("marketing_lists", request.account.slug)
    return render(request, "lists/list_move.html", {"form": form, "list": marketing_list})


@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def list_delete(request: AccountRequest, list_id: int) -> HttpResponse:
    """Delete a list once its name was typed."""
    marketing_list = get_object_or_404(MarketingList, pk=list_id)
    form = DeleteListForm(
        request.POST if request.method == "POST" else None, marketing_list=marketing_list
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.delete_list(marketing_list=marketing_list, actor=request.user)
        except InUseError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, f"The list “{marketing_list}” is deleted.")
            return redirect("marketing_lists", request.account.slug)
    context = {
        "form": form,
        "list": marketing_list,
        "unsent": selectors.count_unsent_changes(marketing_list),
    }
    return render(request, "lists/list_delete.html", context)


@require_POST
@account_view(*MARKETING)
def list_export(request: AccountRequest, list_id: int) -> StreamingHttpResponse:
    """Send a list as a CSV file; by POST, because the audit log keeps who took it."""
    marketing_list = get_object_or_404(MarketingList, pk=list_id)
    record_event(
        actor=request.user,
        action="list.exported",
        subject=marketing_list,
        after={"records": marketing_list.record_count},
    )
    name = slugify(marketing_list.name, allow_unicode=True) or "list"
    return StreamingHttpResponse(
        iter_csv(marketing_list),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, f"{name}.csv")},
    )
