"""When a list is synced: by hand, or by a schedule in the account's time zone."""

from calendar import day_name
from datetime import date, time
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from sync.job_models import Frequency, unpack_weekdays
from sync.models import LONGEST_INTERVAL_HOURS, SyncJob
from sync.schedules.schedule import LAST_DAY, EveryHours, OnDayOfMonth, OnWeekdays, Schedule

MANUAL = "manual"
WEEKDAYS = [(str(number), name) for number, name in enumerate(day_name)]
DAYS_OF_MONTH = [(str(day), str(day)) for day in range(1, LAST_DAY)] + [(str(LAST_DAY), "Last day")]
# What each frequency needs beside itself.
NEEDED = {
    MANUAL: (),
    Frequency.HOURS: ("every_hours", "start_time"),
    Frequency.DAILY: ("start_time",),
    Frequency.WEEKLY: ("weekdays", "start_time"),
    Frequency.MONTHLY: ("day_of_month", "start_time"),
}
DETAILS = ("every_hours", "weekdays", "day_of_month", "start_time")


class ScheduleForm(forms.Form):
    """How often a list is synced, and at what time of the day."""

    frequency = forms.ChoiceField(
        label="When",
        choices=[(MANUAL, "Only when somebody presses Run Now"), *Frequency.choices],
        widget=forms.RadioSelect,
    )
    every_hours = forms.IntegerField(label="Every (hours)", required=False)
    weekdays = forms.MultipleChoiceField(
        label="On", choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple, required=False
    )
    day_of_month = forms.ChoiceField(
        label="Day of the month",
        choices=DAYS_OF_MONTH,
        required=False,
        help_text="A month without that day has its sync on its last day.",
    )
    start_time = forms.TimeField(
        label="Start time",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, data: Any = None, *, job: SyncJob, initial: dict[str, Any]) -> None:
        super().__init__(data, initial={**read_schedule(job), **initial})
        shortest = job.account.min_sync_interval_hours
        hours = self.fields["every_hours"]
        hours.widget.attrs |= {"min": shortest, "max": LONGEST_INTERVAL_HOURS}
        hours.validators += [
            MinValueValidator(
                shortest, f"At least {shortest} hours lie between two syncs of a list."
            ),
            MaxValueValidator(LONGEST_INTERVAL_HOURS),
        ]
        hours.help_text = f"At least {shortest}."
        self.fields[
            "start_time"
        ].help_text = f"In the account's time zone, {job.account.time_zone}."

    def clean(self) -> dict[str, Any]:
        """Ask for every part of the chosen frequency, and drop the parts of the others."""
        values = super().clean() or self.cleaned_data
        needed = NEEDED.get(values.get("frequency", ""), ())
        for name in DETAILS:
            if name not in needed:
                values[name] = None
                self.errors.pop(name, None)
            elif not values.get(name) and values.get(name) != time(0) and name not in self.errors:
                self.add_error(name, "A recurring sync needs this.")
        return values

    def make_schedule(self, today: date) -> Schedule | None:
        """Return the schedule that the form shows; None where nothing recurs, or part is unsound.

        `today` is the day in the account's zone from which hours are counted.
        """
        self.is_valid()  # fills cleaned_data, also beside what is wrong
        values = self.cleaned_data if self.is_bound else self.initial
        frequency = values.get("frequency", "")
        if not NEEDED.get(frequency) or any(values.get(n) is None for n in NEEDED[frequency]):
            return None
        start = values["start_time"]
        match frequency:
            case Frequency.HOURS:
                return EveryHours(values["every_hours"], start, today)
            case Frequency.WEEKLY:
                days = frozenset(int(day) for day in values["weekdays"])
                return OnWeekdays(start, days) if days else None
            case Frequency.MONTHLY:
                return OnDayOfMonth(start, int(values["day_of_month"]))
        return OnWeekdays(start)


def read_schedule(job: SyncJob) -> dict[str, Any]:
    """Return what the form shows of a job, with a proposal for each part that it has not."""
    return {
        "frequency": job.frequency or MANUAL,
        "every_hours": job.every_hours or 24,
        "weekdays": [str(day) for day in sorted(unpack_weekdays(job.weekdays or 0))],
        "day_of_month": str(job.day_of_month or 1),
        "start_time": job.start_time or time(2),
    }
