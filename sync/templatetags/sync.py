"""Tags of the sync's pages: `{% load sync %}`."""

import uuid
from datetime import timedelta
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html
from django.utils.safestring import SafeString

from acton_connector.accounts.templatetags.kit import state_badge
from sync.models import RecordIssue, RunKind, RunState, Step, SyncRun
from sync.queue.expectations import QueuedRun, WaitsFor
from sync.selectors import StepView

register = template.Library()

STEP_COLOURS = {
    "waiting": "secondary",
    "next": "orange",
    "running": "blue",
    "done": "green",
    "stopped": "orange",
}
SENTENCES = {
    RunState.QUEUED: "It starts as soon as a worker is free.",
    RunState.RUNNING: "It is at work.",
    RunState.INTERRUPTED: "Its worker fell silent. It goes on by itself from where it stood.",
    RunState.WAITING_FOR_ALLOWANCE: "It waits until there are calls to Salesforce for it again.",
    RunState.SUCCEEDED: "Everything went well.",
    RunState.SUCCEEDED_WITH_ERRORS: "It is done, and something needs a look.",
    RunState.FAILED: "It could not be finished.",
    RunState.CANCELLED: "Somebody cancelled it. What it had done stays.",
}
PREVIEW_SENTENCES = {
    RunState.INTERRUPTED: "Its worker fell silent. It begins anew by itself.",
    RunState.SUCCEEDED: "Nothing was changed, neither here nor in Salesforce.",
    RunState.SUCCEEDED_WITH_ERRORS: "Nothing was changed. Something needs a look before a sync.",
    RunState.FAILED: "It ended early. Nothing was changed.",
    RunState.CANCELLED: "Somebody cancelled it. Nothing was changed.",
}
# What waits for a worker says so by its state.
WAITS = {
    WaitsFor.CONNECTION: "It {starts} when the connection to Salesforce is put right.",
    WaitsFor.INTERVAL: "It {starts} when the interval since the list's last sync is over.",
    WaitsFor.RUNS: "Number {place} in the account's queue: it {starts} after those before it.",
}


@register.simple_tag
def run_badge(run: SyncRun) -> SafeString:
    """Show a run's state as a badge."""
    return state_badge(RunState(run.state))


@register.filter
def duration(length: timedelta) -> str:
    """Tell how long something takes, no more exactly than anybody needs."""
    if length < timedelta(minutes=1):
        return f"{max(round(length.total_seconds()), 1)} s"
    hours, minutes = divmod(round(length / timedelta(minutes=1)), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


@register.simple_tag
def step_badge(step: StepView) -> SafeString:
    """Show how far a step of a run is."""
    return format_html(
        '<span class="badge bg-{0}-lt text-{0}-lt-fg">{1}</span>',
        STEP_COLOURS[step.state],
        step.state,
    )


@register.simple_tag
def run_sentence(run: SyncRun, queued: QueuedRun | None) -> str:
    """Tell in a sentence or two how a run stands; `queued` is its place in the queue, if any."""
    goes_on = f"will go on with “{run.next_step.label}”" if run.next_step else ""
    if queued is not None and queued.waits_for in WAITS:
        place = intcomma(queued.position)
        return WAITS[queued.waits_for].format(place=place, starts=goes_on or "starts")
    return f"{_sentence(run)} It {goes_on}." if goes_on else _sentence(run)


def _sentence(run: SyncRun) -> str:
    if run.state == RunState.RUNNING and run.step:
        return f"{Step(run.step).label}."
    if run.is_dry_run and run.state in PREVIEW_SENTENCES:
        return PREVIEW_SENTENCES[RunState(run.state)]
    if run.state == RunState.SUCCEEDED and run.kind == RunKind.IMPORT:
        return "The import is complete."
    return SENTENCES[RunState(run.state)]


@register.inclusion_tag("components/progress.html")
def run_progress(run: SyncRun) -> dict[str, Any]:
    """Show how much of Salesforce is read; a bar without an end for the other steps."""
    is_reading = run.step == Step.PULL
    return {
        "id": "run-progress-bar",
        "label": Step(run.step).label if run.step else "Starting",
        "value": run.records_read if is_reading else 0,
        "maximum": run.records_expected if is_reading else 0,
    }


@register.filter
def counters(run: SyncRun) -> list[tuple[str, int]]:
    """Return a run's counts with what the pages call them."""
    counts = [
        ("Read from Salesforce", run.records_read),
        ("Added to the list", run.records_added),
        ("Updated in the list", run.records_updated),
        ("Unchanged", run.records_unchanged),
    ]
    if run.kind == RunKind.SYNC:
        counts += [
            ("Edits here overruled", run.records_overruled),
            ("Edits here kept against Salesforce", run.records_upheld),
            ("Removed from the list", run.records_removed),
            ("Added to Salesforce", run.records_pushed_new),
            ("Updated in Salesforce", run.records_pushed_changed),
            ("Matched with existing records", run.records_linked),
            ("Followed to a merged record or contact", run.records_followed),
        ]
    return [*counts, ("Set aside", run.records_failed)]


@register.simple_tag
def replaced_characters(run: SyncRun) -> str:
    """Say in a sentence what a run has replaced, because no database can hold it (F74)."""
    count = run.characters_replaced
    what = f"{intcomma(count)} characters that were" if count > 1 else "One character that was"
    return (
        f"{what} read from Salesforce cannot be kept: a zero byte, or half of a character. "
        f"The list shows � in {'their' if count > 1 else 'its'} place."
    )


@register.simple_tag
def changed_here(run: SyncRun) -> str:
    """Return how many records of the list a run added, changed or removed."""
    return intcomma(run.records_added + run.records_updated + run.records_removed)


@register.simple_tag
def sent(run: SyncRun) -> str:
    """Return how many records a run added or changed in Salesforce."""
    return intcomma(run.records_pushed_new + run.records_pushed_changed)


@register.filter
def list_record_id(issue: RecordIssue) -> uuid.UUID | None:
    """Return the id of the list's record that an issue is about, None where there is none."""
    try:
        return uuid.UUID(issue.record_key)
    except ValueError:  # Salesforce's id
        return None
