"""What the marks say: a sentence for each promise that was broken."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from sync.models import AccountLease, SyncRun
from tests.scenarios.races.ground import INTERVAL

READ = "SELECT id, at, account_id, run_id, fence, event, live_until FROM race_mark ORDER BY at, id"


@dataclass(frozen=True)
class Mark:
    """A row of the witness; of a grant also until when the holder before was alive."""

    number: int
    at: datetime
    account: int
    run: int
    fence: int
    event: str
    live_until: datetime | None

    def __str__(self):
        return f"{self.event} by fence {self.fence} of account {self.account} at {self.at:%T.%f}"


def read_marks():
    with connection.cursor() as cursor:
        cursor.execute(READ)
        rows = cursor.fetchall()
    return [Mark(i, as_time(at), *rest, as_time(until)) for i, at, *rest, until in rows]


def as_time(value):
    """SQLite gives text."""
    if isinstance(value, str):
        value = parse_datetime(value)
    return value if value is None or value.tzinfo else timezone.make_aware(value)


def find_broken_promises(ground):
    marks = read_marks()
    by_account = defaultdict(list)
    for mark in marks:
        by_account[mark.account].append(mark)
    broken = [sentence for of_one in by_account.values() for sentence in check_account(of_one)]
    return broken + check_fences(by_account) + check_intervals(marks, ground)


def check_account(marks):
    """One holder at a time, by the database's time: no write of a fence behind a later grant."""
    under_fence = [mark for mark in marks if mark.event != "won"]
    for before, after in pairwise(under_fence):
        if after.fence < before.fence:
            yield f"A stale fence wrote: {after}, after {before}."
        if after.fence == before.fence and after.run != before.run:
            yield f"Two runs had one fence: {before}, {after}."
    for mark in marks:
        if mark.live_until and mark.live_until > mark.at:
            yield f"The holder before was alive until {mark.live_until:%T.%f}: {mark}."


def check_fences(by_account):
    """Each grant was won by one process, and an account's fences are 1, 2, 3 ... without a gap."""
    broken = []
    for account, last in AccountLease.objects.values_list("account_id", "fence"):
        expected = list(range(1, last + 1))
        for event in ("granted", "won"):
            fences = sorted(m.fence for m in by_account[account] if m.event == event)
            if fences != expected:
                broken.append(f"Account {account}: {event} {fences} instead of 1 to {last}.")
    return broken


def check_intervals(marks, ground):
    """A job never starts within four hours of its start before, resumed runs apart."""
    granted = {}
    for mark in marks:
        if mark.event == "granted":
            granted.setdefault(mark.run, mark.at)
    starts = {job: [at] if at else [] for job, at in ground.started_before.items()}
    told = {job: list(times) for job, times in starts.items()}
    for run, job, started_at in SyncRun.objects.unscoped().values_list("pk", "job", "started_at"):
        if run in granted:
            starts[job].append(granted[run])
            told[job].append(started_at)
    return [
        f"Job {job} started at {after}, {after - before} after its start at {before}."
        for job, times in (*starts.items(), *told.items())
        for before, after in pairwise(sorted(times))
        if after - before < INTERVAL
    ]
