"""Sync Setup: both halves, the schedule, more columns, and Run Now."""

from datetime import datetime
from itertools import islice

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from acton_connector.accounts.database_clock import read_database_time, read_day
from acton_connector.accounts.models import Role
from sync import selectors, services
from sync.errors import IntervalError, SyncError
from sync.forms import AddColumnsForm, OverrideForm, SyncSetupForm
from sync.forms.pickers import ColumnChoice
from sync.forms.schedule import ScheduleForm
from sync.models import Direction, SyncJob
from sync.schedules.due_times import iter_starts
from sync.setup.aside import list_aside
from sync.setup.saving import keep_first_day
from sync.views.catalogue import load_catalogue, load_columns, render_not_connected

NEXT_STARTS = 5


@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def sync_setup(request: AccountRequest, list_id: int) -> HttpResponse:
    """Show a list's set-up; save all of it or nothing."""
    job = _get_job(list_id)
    if job.list.is_from_file and not job.list.mapped_object:
        return redirect("sync_mapping", request.account.slug, list_id)
    columns, catalogue = load_columns(job.list)
    if catalogue.problem and not catalogue.choices:
        return render_not_connected(request, heading=job.list.sync_label, problem=catalogue.problem)
    form = _make_setup_form(request, job, columns)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_setup(
                job=job, setup=form.to_setup(read_day(job.account)), actor=request.user
            )
        except SyncError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, f"The sync of “{job.list}” is saved.")
            return redirect("sync_setup", request.account.slug, list_id)
    return _render_setup(request, job, form, catalogue.problem)


@require_POST
@account_view(*MARKETING)
def sync_preview(request: AccountRequest, list_id: int) -> HttpResponse:
    """Tell what a sync with the set-up in the form would do; nothing of it is saved."""
    job = _get_job(list_id)
    if job.list.is_from_file and not job.list.mapped_object:
        return redirect("sync_mapping", request.account.slug, list_id)
    columns, catalogue = load_columns(job.list)
    form = _make_setup_form(request, job, columns)
    if form.is_valid():
        try:
            run = services.preview(
                job=job, actor=request.user, setup=form.to_setup(read_day(job.account))
            )
        except SyncError as error:
            form.add_error(None, error.sentence)
        else:
            return redirect("run_detail", request.account.slug, run.pk)
    return _render_setup(request, job, form, catalogue.problem)


def _make_setup_form(
    request: AccountRequest, job: SyncJob, columns: list[ColumnChoice]
) -> SyncSetupForm:
    return SyncSetupForm(
        request.POST if request.method == "POST" else None,
        job=job,
        columns=columns,
        selected={
            direction: selectors.selected_column_ids(job, direction) for direction in Direction
        },
        clearing=selectors.clearing_column_ids(job),
        rules=selectors.chosen_rules(job),
    )


def _render_setup(
    request: AccountRequest, job: SyncJob, form: SyncSetupForm, problem: Exception | None
) -> HttpResponse:
    context = {
        "job": job,
        "list": job.list,
        "form": form,
        "aside": list_aside(job.list),
        "problem": problem,
        "scheduled": selectors.count_scheduled(),
        "next_starts": _preview(form, job),
        "next_allowed": selectors.next_allowed_start(job),
        "last_run": selectors.find_last_run(job.list_id),
    }
    return render(request, "sync/sync_setup.html", context)


@require_safe
@account_view(*MARKETING)
def sync_schedule_preview(request: AccountRequest, list_id: int) -> HttpResponse:
    """Show when a schedule that is not saved yet would start; a fragment."""
    job = _get_job(list_id)
    form = ScheduleForm(request.GET, job=job, initial={})
    return render(request, "sync/_next_starts.html", {"next_starts": _preview(form, job)})


def _preview(form: ScheduleForm, job: SyncJob) -> list[datetime]:
    """Return the next starts of the schedule in the form, empty without a whole one."""
    now = read_database_time(job.account_id)
    schedule = keep_first_day(job.schedule, form.make_schedule(read_day(job.account)))
    if schedule is None:
        return []
    return list(islice(iter_starts(job, schedule, now), NEXT_STARTS))


@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def sync_add_columns(request: AccountRequest, list_id: int) -> HttpResponse:
    """Add fields as columns of an imported list; their values arrive at the next sync."""
    job = _get_job(list_id)
    # All fields come automatically (S79), or the columns are those of a file.
    if job.list.takes_all_fields or job.list.is_from_file:
        raise Http404
    catalogue = load_catalogue(job.list.sobject_type)
    if catalogue.problem:
        return render_not_connected(request, heading="Add List Columns", problem=catalogue.problem)
    present = job.list.columns.exclude(salesforce_field="").values_list(
        "salesforce_field", flat=True
    )
    form = AddColumnsForm(
        request.POST if request.method == "POST" else None,
        choices=catalogue.choices,
        present=present,
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.add_columns(job=job, fields=form.cleaned_data["columns"], actor=request.user)
        except SyncError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(
                request, "The columns are added. Their values arrive at the next sync."
            )
            return redirect("sync_setup", request.account.slug, list_id)
    return render(
        request, "sync/sync_add_columns.html", {"form": form, "job": job, "list": job.list}
    )


@require_POST
@account_view(*MARKETING)
def sync_run_now(request: AccountRequest, list_id: int) -> HttpResponse:
    """Start a sync by hand; inside the interval an administrator gives a reason."""
    job = _get_job(list_id)
    form = OverrideForm(request.POST) if "reason" in request.POST else None
    if form is not None and not form.is_valid():
        return _render_refusal(request, job, form)
    reason = form.cleaned_data["reason"] if form else ""
    try:
        run = services.run_now(job=job, actor=request.user, override_reason=reason)
    except IntervalError as error:
        return _render_refusal(request, job, OverrideForm(), error)
    except SyncError as error:
        messages.error(request, error.sentence)
        return redirect("sync_setup", request.account.slug, list_id)
    return redirect("run_detail", request.account.slug, run.pk)


def _render_refusal(
    request: AccountRequest, job: SyncJob, form: OverrideForm, error: IntervalError | None = None
) -> HttpResponse:
    context = {
        "job": job,
        "list": job.list,
        "form": form,
        "sentence": error.sentence if error else "",
        "allowed_at": error.allowed_at if error else selectors.next_allowed_start(job),
        "may_override": request.membership.role == Role.ADMINISTRATOR,
    }
    return render(request, "sync/run_refused.html", context, status=409)


def _get_job(list_id: int) -> SyncJob:
    try:
        return selectors.get_job(list_id)
    except SyncJob.DoesNotExist as error:
        raise Http404 from error
