"""The coming week of an account's schedules: what starts when, for how long, and what collides.

One sync runs at a time, so one that starts while another still runs waits for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby, takewhile

from acton_connector.accounts.database_clock import read_database_time
from acton_connector.accounts.models import Account
from sync.models import SyncJob
from sync.queue.expectations import usual_lengths
from sync.schedules.due_times import iter_starts

DAYS = 7
# What nobody has measured yet is planned with so long.
ASSUMED_LENGTH = timedelta(minutes=10)


@dataclass(frozen=True)
class PlannedStart:
    """A sync to come: `length` is the usual one, or what is assumed where none is known yet."""

    job: SyncJob
    start: datetime
    length: timedelta
    overlaps: bool = False

    @property
    def end(self) -> datetime:
        """When the sync is usually done."""
        return self.start + self.length

    @property
    def times(self) -> str:
        """From when to when, on the account's clock."""
        return f"{self.start:%H:%M} – {self.end:%H:%M}"  # noqa: RUF001 - a dash between times

    @property
    def first_minute(self) -> int:
        """Where the sync begins in the picture of its day, in minutes of the account's clock."""
        return self.start.hour * 60 + self.start.minute

    @property
    def minutes(self) -> int:
        """How wide the sync is in the picture: never so narrow that nobody sees it."""
        return max(8, round(self.length.total_seconds() / 60))


@dataclass(frozen=True)
class Day:
    """One day of the calendar, with its starts in the account's zone, in their order."""

    day: date
    starts: Sequence[PlannedStart]


@dataclass(frozen=True)
class Schedules:
    """The jobs of an account that start by themselves, by the names of their lists, as of `now`.

    `usual_lengths` tells how long the sync of each takes, where that is known.
    """

    account: Account
    now: datetime
    jobs: Sequence[SyncJob]
    usual_lengths: Mapping[int, timedelta]

    def length_of(self, job: SyncJob) -> timedelta:
        """Return with how long the job's sync is planned."""
        return self.usual_lengths.get(job.pk, ASSUMED_LENGTH)


def read_schedules(account: Account) -> Schedules:
    """Return the schedules of the account in scope, but for those that are paused."""
    scheduled = SyncJob.objects.exclude(frequency="").filter(pause_reason="")
    jobs = list(scheduled.select_related("list", "account").order_by("list__name", "pk"))
    lengths = usual_lengths(job.pk for job in jobs)
    return Schedules(account, read_database_time(account.pk), jobs, lengths)


def list_days(schedules: Schedules) -> list[Day]:
    """Return the days of an account from now until this time in a week.

    Of the first day what is still to come, of the last one what is then over: each start of the
    week is there once. Days without a sync are there as well.
    """
    zone = schedules.account.zone
    now = schedules.now.astimezone(zone)
    first = now.date()
    end = now + timedelta(days=DAYS)
    planned = [
        PlannedStart(job, start.astimezone(zone), schedules.length_of(job))
        for job in schedules.jobs
        if job.schedule is not None
        for start in takewhile(lambda at: at < end, iter_starts(job, job.schedule, now))
    ]
    starts = mark_overlaps(planned)
    by_day = {day: list(some) for day, some in groupby(starts, key=lambda each: each.start.date())}
    return [
        Day(day, by_day.get(day, []))
        for day in (first + timedelta(days=n) for n in range(DAYS + 1))
    ]


def mark_overlaps(planned: Iterable[PlannedStart]) -> list[PlannedStart]:
    """Return the starts in their order, those marked that meet another one."""
    starts = sorted(planned, key=lambda each: (each.start, each.job.pk))
    meeting: set[int] = set()
    longest: int | None = None  # the place of the one so far that ends last
    for place, each in enumerate(starts):
        if longest is not None and each.start < starts[longest].end:
            meeting |= {longest, place}
        if longest is None or each.end > starts[longest].end:
            longest = place
    return [replace(each, overlaps=place in meeting) for place, each in enumerate(starts)]
