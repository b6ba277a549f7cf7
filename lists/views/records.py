"""A list's grid, a record's page, and the editing of one cell."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from connectors.models import SalesforceField
from lists import selectors, services
from lists.forms import CellForm, GridForm
from lists.grid import EMAIL, read_page
from lists.models import ListColumn, ListRecord, MarketingList, SystemUsage
from lists.rows import Cell, make_cell, make_rows


@require_safe
@account_view(*MARKETING)
def list_records(request: AccountRequest, list_id: int) -> HttpResponse:
    """Show a list's records: sorted, searched, fifty a page."""
    marketing_list = get_object_or_404(MarketingList, pk=list_id)
    columns = list(marketing_list.columns.all())
    form = GridForm(
        {"search_in": EMAIL, **request.GET.dict()},
        columns=columns,
        record_count=marketing_list.record_count,
    )
    query = form.to_query(request.GET.get("sort", EMAIL))
    page = read_page(marketing_list, form.columns, query, request.GET.get("page"))
    context = {
        "list": marketing_list,
        "columns": columns,
        "form": form,
        "query": query,
        "page": page,
        "rows": list(
            make_rows(page, columns, selectors.map_mirrored_fields(marketing_list, columns))
        ),
        "email_key": next((c.key for c in columns if c.system_usage == SystemUsage.EMAIL), ""),
        # During an import the list's own count lags behind.
        "total": max(marketing_list.record_count, page.paginator.count),
    }
    return render(request, "lists/list_records.html", context)


@require_safe
@account_view(*MARKETING)
def record_detail(request: AccountRequest, list_id: int, record_id: UUID) -> HttpResponse:
    """Show all values of a record, and what Salesforce has where they were changed here."""
    marketing_list = get_object_or_404(MarketingList, pk=list_id)
    columns = list(marketing_list.columns.all())
    record = get_object_or_404(ListRecord, list_id=list_id, record_id=record_id)
    (row,) = make_rows([record], columns, selectors.map_mirrored_fields(marketing_list, columns))
    context = {"list": marketing_list, "record": record, "row": row}
    return render(request, "lists/record_detail.html", context)


@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def record_edit_cell(
    request: AccountRequest, list_id: int, record_id: UUID, key: str
) -> HttpResponse:
    """Edit one cell: in the grid as a fragment, elsewhere on a page of its own."""
    columns = ListColumn.objects.select_related("list")
    column = get_object_or_404(columns, list_id=list_id, key=key)
    record = get_object_or_404(ListRecord, list_id=list_id, record_id=record_id)
    field = selectors.find_mirrored_field(column)
    if request.htmx and "cancel" in request.GET:
        return _render_cell(request, record, column, field)
    form = CellForm(
        request.POST if request.method == "POST" else None,
        column=column,
        field=field,
        initial={"value": record.data.get(key)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            record = services.edit_value(
                record=record,
                column=column,
                value=form.cleaned_data["value"],
                actor=request.user,
            )
        except ListRecord.DoesNotExist as error:
            raise Http404 from error
        except ValidationError as error:
            form.add_error("value", error.messages)
        else:
            if request.htmx:
                return _render_cell(request, record, column, field)
            return redirect("record_detail", request.account.slug, list_id, record_id)
    return _render_form(request, record, column, field, form)


def _render_cell(
    request: AccountRequest,
    record: ListRecord,
    column: ListColumn,
    field: SalesforceField | None,
) -> HttpResponse:
    context = {"list": column.list, "cell": _make_cell(record, column, field)}
    return render(request, "lists/_cell.html", context)


def _render_form(
    request: AccountRequest,
    record: ListRecord,
    column: ListColumn,
    field: SalesforceField | None,
    form: CellForm,
) -> HttpResponse:
    template = "lists/_cell_form.html" if request.htmx else "lists/record_edit_cell.html"
    context = {
        "list": column.list,
        "record": record,
        "cell": _make_cell(record, column, field),
        "form": form,
    }
    return render(request, template, context)


def _make_cell(record: ListRecord, column: ListColumn, field: SalesforceField | None) -> Cell:
    is_in_salesforce = record.salesforce_id is not None
    obstacle = selectors.find_edit_obstacle(column, field, is_in_salesforce=is_in_salesforce)
    return make_cell(record, column, obstacle)
