"""What the sync's commands have in common: whom they work for, and how a run is told."""

import time
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError, CommandParser

from acton_connector.accounts.models import Account
from connectors.selectors import find_connection, is_usable
from sync.engine.runner import execute_run
from sync.models import RunState, SyncJob, SyncRun
from sync.preview_report import read_report, to_lines
from sync.queue.waiting import find_first

SECONDS_BETWEEN_LOOKS = 1.0

COUNTERS = (
    "records_read",
    "records_added",
    "records_updated",
    "records_unchanged",
    "records_overruled",
    "records_upheld",
    "conflicts_found",
    "records_removed",
    "records_pushed_new",
    "records_pushed_changed",
    "records_linked",
    "records_failed",
    "characters_replaced",
    "removals_held",
    "api_calls",
)


def add_account_argument(parser: CommandParser) -> None:
    """Declare `--account`."""
    parser.add_argument("--account", required=True, help="the account's name in addresses")


def get_account(slug: str) -> Account:
    """Return the account; raise CommandError where there is none."""
    account = Account.objects.filter(slug=slug).first()
    if account is None:
        raise CommandError(f"There is no account {slug!r}.")
    return account


def get_job(list_name: str) -> SyncJob:
    """Return the job of a list of the account in scope; raise CommandError where there is none."""
    jobs = SyncJob.objects.select_related("list", "account")
    job = jobs.filter(list__name__iexact=list_name).first()
    if job is None:
        raise CommandError(f"There is no list {list_name!r}.")
    return job


def split_names(text: str | None) -> list[str]:
    """Return the names of a list like "FirstName,LastName"."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


@dataclass(frozen=True)
class Outcome:
    """How a run ended, for a person and for a program."""

    run: SyncRun

    @property
    def is_good(self) -> bool:
        """Whether the run did what was asked, perhaps with records set aside."""
        return self.run.state in (RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_ERRORS)

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as a JSON object."""
        run, found = self.run, self.run.result
        started = run.started_at or run.queued_at
        ended = run.finished_at or started
        return {
            "run": run.pk,
            "list": run.job.list.name,
            "kind": run.kind,
            "state": run.state,
            "read_since": run.read_since.isoformat() if run.read_since else None,
            "read_reason": run.read_reason,
            **{name: getattr(run, name) for name in COUNTERS},
            **({**found["counts"], "dry_run": found} if found else {}),
            "seconds": round((ended - started).total_seconds(), 3),
            "warnings": run.warnings,
            "failure_reason": run.failure_reason,
            "message": run.message,
            "advice": run.advice,
        }

    def to_text(self) -> str:
        """Return the outcome in lines."""
        run = self.run
        counts = ", ".join(
            f"{getattr(run, name):,} {name.removeprefix('records_').replace('_', ' ')}"
            for name in COUNTERS
            if getattr(run, name)
        )
        lines = [f"{run.get_kind_display()} of {run.job.list}: {run.get_state_display()}"]
        report = read_report(run)
        lines += [counts] if report is None else to_lines(report)
        lines += [f"{each['text']} {each['advice']}".strip() for each in run.warnings]
        return "\n".join(line for line in [*lines, run.message, run.advice] if line)


def execute_in_foreground(run: SyncRun) -> Outcome:
    """Do a queued run in this process and return its outcome.

    Runs that come before it in the account's queue are done first, as a worker would. While a
    worker has the account, or took this run, the command waits its turn.
    One that waits for calls to Salesforce is left to the workers.
    Raises CommandError when the connection stops being usable: then nothing would ever end.
    """
    while True:
        execute_run(find_first(run.account_id) or run.pk)
        run = SyncRun.objects.select_related("job__list").get(pk=run.pk)
        if not run.is_active or run.state == RunState.WAITING_FOR_ALLOWANCE:
            return Outcome(run)
        connection = find_connection()
        if connection is None or not is_usable(connection):
            reason = connection.reason if connection else ""
            raise CommandError(f"Run {run.pk} waits for the connection to Salesforce. {reason}")
        time.sleep(SECONDS_BETWEEN_LOOKS)
