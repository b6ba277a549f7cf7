"""A CSV file as a list of its own: its import, and what its columns are in Salesforce."""

from dataclasses import asdict
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from connectors.selectors import list_required_fields
from lists.models import ListKind
from lists.uploads import UploadError
from lists.uploads.services import say_too_large
from lists.views.upload import RESULT, hand_over_when_too_large
from sync.errors import SyncError
from sync.forms.files import FileImportForm, MappingForm, ObjectForm
from sync.forms.imports import suggest_name
from sync.models import PersonKind, SyncJob
from sync.selectors import get_job
from sync.setup.files import (
    has_linked_records,
    import_file,
    list_writable_fields,
    map_columns,
    propose_mapping,
)
from sync.views.catalogue import load_catalogue, render_not_connected


@account_view(*MARKETING)
def refuse_file(request: AccountRequest) -> HttpResponse:
    """Say that the request is too large. Nothing of it is read, and no list is made."""
    return _show_import(
        request, _name_form(None), (say_too_large(),), HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    )


@hand_over_when_too_large(refuse_file)
@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def list_import_file(request: AccountRequest) -> HttpResponse:
    """Name the list and take its file; Salesforce is not asked for anything yet."""
    form = _name_form(request)
    if request.method != "POST" or not form.is_valid():
        return _show_import(request, form)
    file = form.cleaned_data["file"]
    try:
        job, uploaded = import_file(
            account=request.account,
            name=form.cleaned_data["name"],
            file=file.file,
            size=file.size,
            actor=request.user,
        )
    except UploadError as error:
        return _show_import(request, form, error.sentences)
    except SyncError as error:
        form.add_error(None, error.sentence)
        return _show_import(request, form)
    request.session[RESULT] = {"list_id": job.list_id, **asdict(uploaded)}
    messages.success(request, f"“{job.list}” is in the Default Folder.")
    return redirect("list_upload", request.account.slug, job.list_id)


def _name_form(request: AccountRequest | None) -> FileImportForm:
    if request is None or request.method != "POST":
        return FileImportForm(initial={"name": suggest_name(ListKind.FILE.label)})
    return FileImportForm(request.POST, request.FILES)


def _show_import(
    request: AccountRequest,
    form: FileImportForm,
    sentences: tuple[str, ...] = (),
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {"form": form, "sentences": sentences}
    return render(request, "sync/list_import_file.html", context, status=status)


@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def sync_mapping(request: AccountRequest, file_list_id: int) -> HttpResponse:
    """Choose what a file's people become, and which field each column fills."""
    job = _get_file_job(file_list_id)
    sobject_type = _read_object(request, job)
    catalogue = load_catalogue(sobject_type)
    if catalogue.problem and not catalogue.choices:
        return render_not_connected(request, heading=job.list.sync_label, problem=catalogue.problem)
    fields, columns = list_writable_fields(sobject_type), list(job.list.columns.all())
    present = {column.pk: column.salesforce_field for column in columns}
    is_mapped = job.list.mapped_object == sobject_type
    form = MappingForm(
        request.POST if request.method == "POST" else None,
        columns=columns,
        fields=fields,
        proposed=present if is_mapped else propose_mapping(columns, fields),
    )
    if request.method == "POST" and form.is_valid():
        try:
            map_columns(
                job=job, sobject_type=sobject_type, fields=form.to_mapping(), actor=request.user
            )
        except SyncError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(
                request, "The columns are joined with Salesforce. Choose now what is pushed."
            )
            return redirect("sync_setup", request.account.slug, file_list_id)
    context = {
        "list": job.list,
        "object": PersonKind(sobject_type),
        "object_form": ObjectForm(initial={"object": sobject_type}),
        "form": form,
        "required": list_required_fields(sobject_type),
        "is_linked": has_linked_records(job.list),
        "problem": catalogue.problem,
    }
    return render(request, "sync/sync_mapping.html", context)


def _read_object(request: AccountRequest, job: SyncJob) -> str:
    """Return the object that is chosen on the page, else the one that was chosen before."""
    asked = (request.POST if request.method == "POST" else request.GET).get("object", "")
    return asked if asked in PersonKind.values else job.list.mapped_object or PersonKind.LEAD


def _get_file_job(list_id: int) -> SyncJob:
    try:
        job = get_job(list_id)
    except SyncJob.DoesNotExist as error:
        raise Http404 from error
    if not job.list.is_from_file:
        raise Http404
    return job
