"""What is set up: a job for each list, its schedule, and how far its pulls have come."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from acton_connector.accounts.scope import AccountOwned
from sync.schedules.schedule import (
    EVERY_DAY,
    LAST_DAY,
    EveryHours,
    OnDayOfMonth,
    OnWeekdays,
    Schedule,
)

SHORTEST_INTERVAL_HOURS = 4
LONGEST_INTERVAL_HOURS = 24 * 31


class JobKind(models.TextChoices):
    """What a job keeps in step."""

    LIST = "list", "List"

    @property
    def priority(self) -> int:
        """Where runs of the kind stand in their account's queue: the lowest number comes first."""
        return {JobKind.LIST: 10}[self]


class Frequency(models.TextChoices):
    """How often a job starts by itself; a job without one starts by hand alone."""

    HOURS = "hours", "Every few hours"
    DAILY = "daily", "Daily"
    WEEKLY = "weekly", "Weekly"
    MONTHLY = "monthly", "Monthly"


class DuplicateAction(models.TextChoices):
    """What becomes of a record that a duplicate rule of Salesforce refuses."""

    SET_ASIDE = "set_aside", "Set the record aside and show the IDs of the matches"
    LINK = "link", "Link a new record to its match where there is exactly one; set others aside"
    SAVE = "save", "Save it all the same, as a second record of the same person"


class PersonKind(models.TextChoices):
    """What somebody whom Salesforce does not know becomes there."""

    LEAD = "Lead", "Lead"
    CONTACT = "Contact", "Contact"


SCHEDULE_COLUMNS = ("start_time", "every_hours", "start_date", "weekdays", "day_of_month")


def _is_whole(frequency: str, *columns: str) -> Q:
    """Return the condition that a job of a frequency has these columns and no others."""
    nulls = {f"{name}__isnull": name not in columns for name in SCHEDULE_COLUMNS}
    return Q(frequency=frequency, **nulls)


def pack_weekdays(days: frozenset[int]) -> int:
    """Return the number that stands for some days of the week in a job's row."""
    return sum(1 << day for day in days)


def unpack_weekdays(packed: int | None) -> frozenset[int]:
    """Return the days that a number stands for, every day for none."""
    return EVERY_DAY if packed is None else frozenset(d for d in EVERY_DAY if packed >> d & 1)


class SyncJob(AccountOwned):
    """How a list and Salesforce are kept in step, and when.

    Nothing is selected until a person selects it. `next_due_at` is the queue: it is null for a
    job that nobody scheduled or that is paused, and the tick starts what lies in the past.

        (no schedule) --> scheduled --> paused (a person must look) --> scheduled
    """

    kind = models.CharField(max_length=20, choices=JobKind.choices, default=JobKind.LIST)
    list = models.OneToOneField(
        "lists.MarketingList", on_delete=models.CASCADE, related_name="sync_job"
    )

    push_add = models.BooleanField(default=False)
    push_add_as = models.CharField(
        max_length=20,
        choices=PersonKind.choices,
        blank=True,
        help_text="Of a campaign's list: what an unknown person becomes; blank: nobody is added.",
    )
    push_update = models.BooleanField(default=False)
    use_assignment_rule = models.BooleanField(default=False)
    duplicates = models.CharField(
        max_length=20, choices=DuplicateAction.choices, default=DuplicateAction.SET_ASIDE
    )
    pull_add = models.BooleanField(default=False)
    pull_update = models.BooleanField(default=False)
    remove_missing = models.BooleanField(default=False)

    frequency = models.CharField(max_length=10, choices=Frequency.choices, blank=True)
    start_time = models.TimeField(null=True, blank=True)
    every_hours = models.PositiveIntegerField(null=True, blank=True)
    start_date = models.DateField(
        null=True, blank=True, help_text="The day from which the hours are counted."
    )
    weekdays = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The sum of a power of 2 for each day: Monday is 1."
    )
    day_of_month = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="31 is the last day, whatever the month."
    )
    next_due_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.TextField(blank=True)
    last_started_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(every_hours__isnull=True)
                | Q(every_hours__range=(SHORTEST_INTERVAL_HOURS, LONGEST_INTERVAL_HOURS)),
                name="sync_syncjob_at_least_four_hours_apart",
            ),
            models.CheckConstraint(
                condition=_is_whole(Frequency.HOURS, "start_time", "every_hours", "start_date")
                | _is_whole(Frequency.DAILY, "start_time")
                | _is_whole(Frequency.WEEKLY, "start_time", "weekdays")
                | _is_whole(Frequency.MONTHLY, "start_time", "day_of_month")
                | _is_whole(""),
                name="sync_syncjob_schedule_is_whole",
            ),
            models.CheckConstraint(
                condition=(Q(weekdays__isnull=True) | Q(weekdays__range=(1, 127)))
                & (Q(day_of_month__isnull=True) | Q(day_of_month__range=(1, LAST_DAY))),
                name="sync_syncjob_days_are_days",
            ),
            models.CheckConstraint(
                condition=Q(next_due_at__isnull=True) | ~Q(frequency="") & Q(pause_reason=""),
                name="sync_syncjob_due_means_scheduled_and_not_paused",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_due_at"],
                condition=Q(next_due_at__isnull=False),
                name="sync_syncjob_due",
            ),
            # Finds the starts that are still to come, once the clock was set back.
            models.Index(fields=["last_started_at"], name="sync_syncjob_last_started"),
        ]

    def __str__(self) -> str:
        return f"Sync of {self.list}"

    @property
    def schedule(self) -> Schedule | None:
        """When the job starts by itself; None where it does not."""
        if self.start_time is None:
            return None
        if self.every_hours is not None and self.start_date is not None:
            return EveryHours(self.every_hours, self.start_time, self.start_date)
        if self.day_of_month is not None:
            return OnDayOfMonth(self.start_time, self.day_of_month)
        return OnWeekdays(self.start_time, unpack_weekdays(self.weekdays))

    @schedule.setter
    def schedule(self, schedule: Schedule | None) -> None:
        self.frequency, self.start_time = "", None
        self.every_hours = self.start_date = self.weekdays = self.day_of_month = None
        match schedule:
            case EveryHours():
                self.frequency, self.start_time = Frequency.HOURS, schedule.start_time
                self.every_hours, self.start_date = schedule.hours, schedule.start_date
            case OnWeekdays(weekdays=weekdays) if weekdays == EVERY_DAY:
                self.frequency, self.start_time = Frequency.DAILY, schedule.start_time
            case OnWeekdays():
                self.frequency, self.start_time = Frequency.WEEKLY, schedule.start_time
                self.weekdays = pack_weekdays(schedule.weekdays)
            case OnDayOfMonth():
                self.frequency, self.start_time = Frequency.MONTHLY, schedule.start_time
                self.day_of_month = schedule.day


class Timetable(models.Model):
    """One row: by which zone data and when all the next starts were last known to be true."""

    zone_data = models.CharField(max_length=64)
    looked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="sync_timetable_is_one")
        ]

    def __str__(self) -> str:
        return f"Timetable as of {self.looked_at}"


class PullCursor(AccountOwned):
    """How far the pulls of a job have come: the next one reads what changed since.

    It moves when a pull ended whole and nothing that it found missing is still in the list.
    `reached_at` is a SystemModstamp, by Salesforce's clock; the other two are when the run that
    moved the cursor, and the last one that read everything, began, by the database's. `covers`
    is what those pulls took over: a job that wants more than that reads everything once.
    """

    job = models.OneToOneField(SyncJob, on_delete=models.CASCADE, related_name="cursor")
    reached_at = models.DateTimeField()
    read_at = models.DateTimeField()
    whole_read_at = models.DateTimeField()
    covers = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(whole_read_at__lte=models.F("read_at")),
                name="sync_pullcursor_changes_follow_a_whole_read",
            )
        ]

    def __str__(self) -> str:
        return f"Cursor of {self.job}"
