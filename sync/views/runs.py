"""Sync > Runs, a run's page, and the state of a list's last run."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from acton_connector.accounts.access import (
    ADMINISTRATORS,
    MARKETING,
    AccountRequest,
    account_view,
)
from sync import selectors, services
from sync.errors import SyncError
from sync.filters import RunFilter
from sync.forms import ReleaseRemovalsForm
from sync.models import RecordIssue, SyncJob, SyncRun
from sync.preview_report import read_report
from sync.previews import has_saved_options
from sync.queue.expectations import find_queued, list_queue
from sync.setup.aside import count_unseen_by_list

ROWS_PER_PAGE = 50
ISSUES_SHOWN = 10
CONFLICTS = "conflicts"


@require_safe
@account_view(*MARKETING)
def runs(request: AccountRequest) -> HttpResponse:
    """Show the runs, newest first, with their place in the queue."""
    run_filter = RunFilter(request.GET, queryset=selectors.list_runs(), request=request)
    page = Paginator(run_filter.qs, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    waiting = list_queue(request.account.pk) if any(run.is_idle for run in page) else []
    places = {queued.run.pk: queued for queued in waiting}
    rows = [(run, places.get(run.pk)) for run in page]
    context = {"filter": run_filter, "page": page, "rows": rows}
    return render(request, "sync/runs.html", context)


@require_safe
@account_view(*MARKETING)
def run_detail(request: AccountRequest, run_id: int) -> HttpResponse:
    """Show one run; its moving part alone where the page asks for news."""
    run = _get_run(run_id)
    template = "sync/_run_progress.html" if request.htmx else "sync/run_detail.html"
    return render(request, template, _describe(request, run, ReleaseRemovalsForm(run=run)))


def _describe(
    request: AccountRequest, run: SyncRun, release_form: ReleaseRemovalsForm
) -> dict[str, Any]:
    cause = request.GET.get("cause", "")
    return {
        "run": run,
        "queued": find_queued(run) if run.is_idle else None,
        "steps": selectors.list_steps(run),
        "causes": [] if cause or request.GET.get("show") else _list_causes(run),
        "cause": cause,
        "issues": _page_of_issues(request, run, cause) if cause else None,
        **_describe_conflicts(request, run),
        "release_form": release_form,
        # A later run has looked again at what is missing.
        "can_release": selectors.find_last_run(run.job.list_id) == run,
        **(_describe_preview(run) if run.is_dry_run else {}),
    }


def _describe_preview(run: SyncRun) -> dict[str, Any]:
    return {
        "report": read_report(run),
        "is_as_saved": has_saved_options(run),
        "next_allowed": selectors.next_allowed_start(run.job),
    }


@dataclass(frozen=True)
class Cause:
    """What befell several records, with the first of them."""

    cause: selectors.IssueCause
    issues: list[RecordIssue]

    @property
    def has_more(self) -> bool:
        """Whether the page shows only some of the records."""
        return self.cause.count > len(self.issues)


def _list_causes(run: SyncRun) -> list[Cause]:
    return [
        Cause(cause, list(selectors.list_issues(run, cause.code)[:ISSUES_SHOWN]))
        for cause in selectors.issues_by_cause(run)
    ]


def _describe_conflicts(request: AccountRequest, run: SyncRun) -> dict[str, Any]:
    """Return the first values that both sides had changed, or a page of all that are kept."""
    found = selectors.list_conflicts(run)
    if request.GET.get("show") == CONFLICTS:
        page = Paginator(found, ROWS_PER_PAGE).get_page(request.GET.get("page"))
        return {"conflicts": page, "all_conflicts": page}
    return {"conflicts": found[:ISSUES_SHOWN] if run.conflicts_found else []}


def _page_of_issues(request: AccountRequest, run: SyncRun, cause: str) -> Page[RecordIssue]:
    found = Paginator(selectors.list_issues(run, cause), ROWS_PER_PAGE)
    return found.get_page(request.GET.get("page"))


@require_POST
@account_view(*MARKETING)
def run_cancel(request: AccountRequest, run_id: int) -> HttpResponse:
    """Stop a waiting or running run."""
    run = _get_run(run_id)
    try:
        services.cancel_run(run=run, actor=request.user)
        what = "Nothing was changed." if run.is_dry_run else "What it had done stays."
        messages.success(request, f"The run is cancelled. {what}")
    except SyncError as error:
        messages.error(request, error.sentence)
    return redirect("run_detail", request.account.slug, run_id)


@require_POST
@account_view(*ADMINISTRATORS)
def run_release_removals(request: AccountRequest, run_id: int) -> HttpResponse:
    """Remove the records that a run held back, once the administrator typed how many they are."""
    run = _get_run(run_id)
    form = ReleaseRemovalsForm(request.POST, run=run)
    if not form.is_valid():
        return render(request, "sync/run_detail.html", _describe(request, run, form), status=422)
    try:
        services.release_removals(run=run, actor=request.user)
        messages.success(request, "The removals are released; the run goes on with them.")
    except SyncError as error:
        messages.error(request, error.sentence)
    return redirect("run_detail", request.account.slug, run_id)


@require_safe
@account_view(*MARKETING)
def list_sync_state(request: AccountRequest, list_id: int) -> HttpResponse:
    """Show how a list's last run ended and when the next is due; a fragment for other pages."""
    try:
        job = selectors.get_job(list_id)
    except SyncJob.DoesNotExist as error:
        raise Http404 from error
    run = selectors.find_last_run(list_id)
    context = {
        "job": job,
        "run": run,
        "queued": find_queued(run) if run and run.is_idle else None,
        "aside_count": count_unseen_by_list().get(list_id, 0),
    }
    return render(request, "sync/_list_sync_state.html", context)


def _get_run(run_id: int) -> SyncRun:
    try:
        return selectors.get_run(run_id)
    except SyncRun.DoesNotExist as error:
        raise Http404 from error
