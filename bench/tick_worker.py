"""A process of the tick's benchmark: makes the jobs, lets some be due, or does a measured tick."""

from datetime import datetime, timedelta

import django

from bench.measuring import measure, read_task, report

django.setup()

from django.core.management import call_command  # noqa: E402 - needs Django's app registry
from django.utils import timezone  # noqa: E402

from acton_connector.accounts.models import Account  # noqa: E402
from connectors.models import Connection, ConnectionState  # noqa: E402
from lists.models import Folder, ListKind, MarketingList  # noqa: E402
from sync.models import SyncJob  # noqa: E402
from sync.queue.tick import tick  # noqa: E402
from sync.schedules.schedule import EveryHours, OnDayOfMonth, OnWeekdays, Schedule  # noqa: E402

AT_ONCE = 2_000
ZONES = ["UTC", "America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata"]


def seed(accounts: int, jobs: int) -> None:
    """Make connected accounts in many zones, and lists with schedules of every kind."""
    call_command("migrate", verbosity=0)
    now = timezone.now()
    Account.objects.bulk_create(
        (
            Account(name=f"Account {n}", slug=f"account-{n}", time_zone=ZONES[n % len(ZONES)])
            for n in range(accounts)
        ),
        batch_size=AT_ONCE,
    )
    ids = list(Account.objects.values_list("pk", flat=True))
    Connection.objects.unscoped().bulk_create(
        (
            Connection(
                account_id=account_id,
                login_host="login.salesforce.com",
                state=ConnectionState.CONNECTED,
                organization_id="00D000000000001AAA",
                state_changed_at=now,
                verified_at=now,
            )
            for account_id in ids
        ),
        batch_size=AT_ONCE,
    )
    Folder.objects.unscoped().bulk_create(
        (Folder(account_id=account_id, name="Default", is_default=True) for account_id in ids),
        batch_size=AT_ONCE,
    )
    folders = dict(Folder.objects.unscoped().values_list("account_id", "pk"))
    owners = [ids[number % accounts] for number in range(jobs)]
    MarketingList.objects.unscoped().bulk_create(
        (
            MarketingList(
                account_id=owner, folder_id=folders[owner], name=f"List {n}", kind=ListKind.LEADS
            )
            for n, owner in enumerate(owners)
        ),
        batch_size=AT_ONCE,
    )
    lists = MarketingList.objects.unscoped().values_list("pk", "account_id")
    SyncJob.objects.unscoped().bulk_create(
        (
            _make_job(SyncJob(account_id=owner, list_id=list_id, pull_add=True), n, now)
            for n, (list_id, owner) in enumerate(lists)
        ),
        batch_size=AT_ONCE,
    )


def _make_job(job: SyncJob, number: int, now: datetime) -> SyncJob:
    """Give a job one of many schedules, whose last slot was at `now` in one zone or another."""
    at = now.replace(second=0, microsecond=0).time()
    days = frozenset({number % 7, (number + 3) % 7})
    schedules: list[Schedule] = [
        *(EveryHours(hours, at, now.date()) for hours in (4, 6, 8, 12, 24, 48)),
        OnWeekdays(at),
        OnWeekdays(at, days),
        OnDayOfMonth(at, number % 31 + 1),
    ]
    job.schedule = schedules[number % len(schedules)]
    job.next_due_at = now + timedelta(days=1, minutes=number % 1440)
    return job


def make_due(due: int) -> None:
    """Let the first `due` jobs be due since a moment."""
    first = SyncJob.objects.unscoped().order_by("pk").values_list("pk", flat=True)[:due]
    jobs = SyncJob.objects.unscoped().filter(pk__in=list(first))
    jobs.update(next_due_at=timezone.now() - timedelta(seconds=5))


def do_measured_tick() -> None:
    """Do a tick as a worker does that has done one before: all its modules and data are there."""
    due = SyncJob.objects.unscoped().filter(next_due_at__lte=timezone.now())
    jobs = SyncJob.objects.unscoped().filter(pk__in=list(due.values_list("pk", flat=True)))
    jobs.update(next_due_at=timezone.now() + timedelta(days=1))
    tick()
    jobs.update(next_due_at=timezone.now() - timedelta(seconds=5))
    measure(lambda: {"queued": tick()})


if __name__ == "__main__":
    task = read_task()
    match task["work"]:
        case "seed":
            seed(task["accounts"], task["jobs"])
            report({})
        case "make due":
            make_due(task["due"])
            report({})
        case "tick":
            do_measured_tick()
