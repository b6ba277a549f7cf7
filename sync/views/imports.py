"""Contacts > Marketing Lists > Import: the source, then the name and the columns."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from connectors.errors import NotConnectedError
from connectors.selectors import get_usable_connection
from lists.models import ListKind
from sync import services
from sync.errors import SyncError
from sync.forms import ListImportForm, SourceForm
from sync.forms.imports import OBJECT_SOURCES
from sync.models import SyncRun
from sync.setup.same_import import find_same_import
from sync.views.catalogue import load_catalogue, render_not_connected

HEADING = "Import"


@require_safe
@account_view(*MARKETING)
def list_import(request: AccountRequest) -> HttpResponse:
    """Choose where the new list comes from."""
    form = SourceForm(request.GET if "source" in request.GET else None)
    source = form.cleaned_data["source"] if form.is_valid() else ""
    if source == ListKind.FILE:  # needs no connection
        return redirect("list_import_file", request.account.slug)
    try:
        get_usable_connection()
    except NotConnectedError as problem:
        return render_not_connected(request, heading=HEADING, problem=problem)
    if source:
        step = "list_import_fields" if source in OBJECT_SOURCES else "list_import_choose"
        return redirect(step, request.account.slug, source)
    return render(request, "sync/list_import.html", {"form": form})


@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def list_import_fields(request: AccountRequest, kind: str) -> HttpResponse:
    """Name the list, choose its columns, and start the import."""
    if kind not in OBJECT_SOURCES:
        raise Http404
    source = ListKind(kind)
    catalogue = load_catalogue(source.sobject_type)
    if catalogue.problem:
        return render_not_connected(request, heading=HEADING, problem=catalogue.problem)
    form = ListImportForm(
        request.POST if request.method == "POST" else None, kind=source, choices=catalogue.choices
    )
    if request.method == "POST" and form.is_valid():
        try:
            run = services.import_list(
                account=request.account,
                kind=source,
                name=form.cleaned_data["name"],
                fields=form.cleaned_data["columns"],
                actor=request.user,
            )
        except SyncError as error:
            form.add_error(None, error.sentence)
        else:
            return show_started(request, run)
    if request.method == "POST":
        same = find_same_import(
            actor=request.user,
            kind=source,
            name=request.POST.get("name", ""),
            fields=request.POST.getlist("columns"),
        )
        if same is not None:
            return show_started(request, same)
    return render(request, "sync/list_import_fields.html", {"form": form, "source": source})


def show_started(request: AccountRequest, run: SyncRun) -> HttpResponse:
    """Lead to the run that fills a new list."""
    messages.success(
        request, f"“{run.job.list}” is in the Default Folder. Its records are on their way."
    )
    return redirect("run_detail", request.account.slug, run.pk)
