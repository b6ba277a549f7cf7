"""What the dashboard tells a marketing person to do next, the most pressing first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse

from acton_connector.accounts.models import Account
from connectors.models import Connection, ConnectionState
from connectors.remedies import find_remedy
from sync.machine.disk import find_full_disk
from sync.models import RunState, SyncJob
from sync.selectors import Freshness
from sync.setup.aside import count_unseen_by_list


@dataclass(frozen=True)
class NextStep:
    """One thing to do: `url` leads to the place, empty where another person has to do it."""

    title: str
    text: str
    url: str = ""
    label: str = ""


def list_next_steps(
    *,
    account: Account,
    connection: Connection | None,
    freshness: Sequence[Freshness],
    may_connect: bool,
) -> list[NextStep]:
    """Return what keeps the account's lists from being in step with Salesforce."""
    if connection is None or connection.state != ConnectionState.CONNECTED:
        return [*_free_the_disk(), _connect(account, connection, may_connect=may_connect)]
    if not freshness:
        return [
            *_free_the_disk(),
            NextStep(
                "Import your first list",
                "Bring in all leads or all contacts of the organisation.",
                reverse("list_import", args=[account.slug]),
                "Import",
            ),
        ]
    return [
        *_free_the_disk(),
        *_look_at_runs(account, freshness),
        *_look_at_fields(account, freshness),
        *_set_up_syncs(account),
    ]


def _free_the_disk() -> Iterator[NextStep]:
    if disk := find_full_disk():
        yield NextStep(
            f"The application's disk is {disk.percent} % full",
            "Syncs stop when it is full, and go on when there is room. Let whoever runs the "
            "application free space.",
        )


def _connect(account: Account, connection: Connection | None, *, may_connect: bool) -> NextStep:
    if connection is None:
        title, text = "Connect Salesforce", "Lists and syncs begin with a connected organisation."
    else:
        title = "Put the connection to Salesforce right"
        text = connection.reason or "It was disconnected; no sync runs until then."
    if not may_connect:
        return NextStep(title, f"{text} An administrator of the account does that.")
    if connection and connection.state == ConnectionState.PAUSED:
        remedy = find_remedy(connection.reason_code)
        if not remedy.is_posted:
            return NextStep(
                title, text, reverse(remedy.url_name, args=[account.slug]), remedy.label
            )
    url = reverse("salesforce_connection", args=[account.slug])
    return NextStep(title, text, url, "Open the connection" if connection else "Connect Salesforce")


def _look_at_runs(account: Account, freshness: Sequence[Freshness]) -> Iterator[NextStep]:
    for row in freshness:
        run = row.last_run
        if run is None:
            continue
        url = reverse("run_detail", args=[account.slug, run.pk])
        if run.state == RunState.FAILED:
            yield NextStep(
                f"Look at the failed run of “{row.list}”",
                f"{run.message} {run.advice}".strip(),
                url,
                "Open the run",
            )
        elif run.removals_held and not run.is_active:
            yield NextStep(
                f"Check the held removals of “{row.list}”",
                f"{run.removals_held:,} records were not found in Salesforce and are kept for now.",
                url,
                "Open the run",
            )


def _look_at_fields(account: Account, freshness: Sequence[Freshness]) -> Iterator[NextStep]:
    waiting = count_unseen_by_list()
    for row in freshness:
        if count := waiting.get(row.list.pk, 0):
            fields = "1 field was" if count == 1 else f"{count:,} fields were"
            yield NextStep(
                f"Look at the fields of “{row.list}”",
                f"{fields} removed, hidden or changed in Salesforce, and set aside here.",
                reverse("sync_setup", args=[account.slug, row.list.pk]),
                "Sync Setup",
            )


def _set_up_syncs(account: Account) -> Iterator[NextStep]:
    without_options = SyncJob.objects.filter(
        push_add=False, push_update=False, pull_add=False, pull_update=False, remove_missing=False
    )
    for job in without_options.select_related("list").order_by("list__name"):
        yield NextStep(
            f"Set up the sync of “{job.list}”",
            "It was imported once; choose what goes to and comes from Salesforce, and when.",
            reverse("sync_setup", args=[account.slug, job.list_id]),
            "Sync Setup",
        )
