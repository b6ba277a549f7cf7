"""Import of a campaign or a report: choose one of many, name the list, finish."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from connectors.clients import open_client
from connectors.models import Feature
from connectors.salesforce import (
    NotFoundError,
    SalesforceClient,
    SalesforceError,
    find_campaigns,
    find_reports,
    normalise_id,
)
from connectors.selectors import get_usable_connection
from connectors.usage import UsageMeter
from lists.models import ListKind
from sync.errors import SyncError
from sync.forms import NameForm, SourceSearchForm
from sync.forms.imports import CHOSEN_SOURCES, suggest_name
from sync.setup.chosen import find_chosen
from sync.setup.same_import import find_same_import
from sync.views.catalogue import render_not_connected
from sync.views.imports import HEADING, show_started

SHOWN_AT_ONCE = 50


@require_safe
@account_view(*MARKETING)
def list_import_choose(request: AccountRequest, chosen_kind: str) -> HttpResponse:
    """Show the campaigns or the reports whose name holds what was searched for."""
    source = _read_kind(chosen_kind)
    find = find_campaigns if source == ListKind.CAMPAIGN else find_reports
    form = SourceSearchForm(request.GET)
    search = form.cleaned_data["q"] if form.is_valid() else ""
    try:
        with _page_client() as client:
            found = find(client, search, limit=SHOWN_AT_ONCE + 1)
    except SalesforceError as problem:
        return render_not_connected(request, heading=HEADING, problem=problem)
    context = {
        "source": source,
        "form": form,
        "search": search,
        "found": found[:SHOWN_AT_ONCE],
        "has_more": len(found) > SHOWN_AT_ONCE,
        "shown_at_once": SHOWN_AT_ONCE,
    }
    return render(request, "sync/list_import_choose.html", context)


@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def list_import_finish(request: AccountRequest, chosen_kind: str, source_id: str) -> HttpResponse:
    """Name the list and start the import; all fields come along (S79)."""
    source = _read_kind(chosen_kind)
    try:
        with _page_client() as client:
            chosen = find_chosen(client, source, _read_id(source_id))
    except NotFoundError as problem:
        raise Http404 from problem
    except SalesforceError as problem:
        return render_not_connected(request, heading=HEADING, problem=problem)
    form = NameForm(
        request.POST if request.method == "POST" else None,
        initial={"name": suggest_name(chosen.name)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            run = chosen.start_import(
                account=request.account, name=form.cleaned_data["name"], actor=request.user
            )
        except SyncError as error:
            form.add_error(None, error.sentence)
        else:
            return show_started(request, run)
    if request.method == "POST":
        name = request.POST.get("name", "")
        same = find_same_import(actor=request.user, kind=source, name=name, source_id=chosen.id)
        if same is not None:
            return show_started(request, same)
    context = {"source": source, "chosen": chosen, "form": form}
    return render(request, "sync/list_import_finish.html", context)


def _read_kind(kind: str) -> ListKind:
    if kind not in CHOSEN_SOURCES:
        raise Http404
    return ListKind(kind)


def _read_id(source_id: str) -> str:
    try:
        return normalise_id(source_id)
    except ValueError as error:
        raise Http404 from error


@contextmanager
def _page_client() -> Iterator[SalesforceClient]:
    """Open a client for a page that a person looks at: it does not wait for passing faults."""
    connection = get_usable_connection()
    with (
        UsageMeter(feature=Feature.SETUP) as meter,
        open_client(connection, meter=meter, retry_seconds=0) as client,
    ):
        yield client
