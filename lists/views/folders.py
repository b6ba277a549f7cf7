"""Contacts > Marketing Lists: the folders and what is done with them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from lists import selectors, services
from lists.errors import InUseError
from lists.forms import FolderForm
from lists.models import Folder


@require_safe
@account_view(*MARKETING)
def marketing_lists(request: AccountRequest) -> HttpResponse:
    """Show the folders with their lists."""
    folders = selectors.list_folders()
    has_lists = any(folder.lists.all() for folder in folders)
    context = {"folders": folders, "has_lists": has_lists}
    return render(request, "lists/marketing_lists.html", context)


@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def folder_add(request: AccountRequest) -> HttpResponse:
    """Add a folder."""
    form = FolderForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            folder = services.add_folder(
                account=request.account, name=form.cleaned_data["name"], actor=request.user
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, f"The folder “{folder}” is added.")
            return redirect("marketing_lists", request.account.slug)
    return render(request, "lists/folder_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def folder_rename(request: AccountRequest, folder_id: int) -> HttpResponse:
    """Give a folder another name."""
    folder = get_object_or_404(Folder, pk=folder_id)
    form = FolderForm(
        request.POST if request.method == "POST" else None, initial={"name": folder.name}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.rename_folder(
                folder=folder, name=form.cleaned_data["name"], actor=request.user
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, f"The folder is called “{folder}” now.")
            return redirect("marketing_lists", request.account.slug)
    return render(request, "lists/folder_form.html", {"form": form, "is_rename": True})


@require_POST
@account_view(*MARKETING)
def folder_delete(request: AccountRequest, folder_id: int) -> HttpResponse:
    """Delete an empty folder."""
    folder = get_object_or_404(Folder, pk=folder_id)
    try:
        services.delete_folder(folder=folder, actor=request.user)
        messages.success(request, f"The folder “{folder}” is deleted.")
    except InUseError as error:
        messages.error(request, error.sentence)
    return redirect("marketing_lists", request.account.slug)
