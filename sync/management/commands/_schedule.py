"""The schedule of a list, as the arguments of a command."""

from calendar import day_name
from datetime import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from acton_connector.accounts.database_clock import read_day
from acton_connector.accounts.models import Account
from sync.management.commands._shared import split_names
from sync.schedules.schedule import LAST_DAY, EveryHours, OnDayOfMonth, OnWeekdays, Schedule


def add_schedule_arguments(parser: CommandParser) -> None:
    """Declare how often, and from what time on; without them a list is synced by hand."""
    often = parser.add_mutually_exclusive_group()
    often.add_argument("--every", help='hours between two syncs, like "4h"')
    often.add_argument("--daily", action="store_true", help="sync every day")
    often.add_argument("--weekly", help='days of the week, like "mon,thu"')
    often.add_argument("--monthly", help='day of the month, like "15", or "last"')
    parser.add_argument("--start", help='start time in the account\'s zone, like "02:00"')


def read_schedule(account: Account, options: dict[str, Any]) -> Schedule | None:
    """Return the schedule that the arguments name, None for a list that is synced by hand.

    Raises CommandError for one that nobody can read.
    """
    if options["every"]:
        hours, start = _read_hours(options["every"]), _read_time(options["start"])
        return EveryHours(hours, start, read_day(account))
    if options["daily"]:
        return OnWeekdays(_read_time(options["start"]))
    if options["weekly"]:
        return OnWeekdays(_read_time(options["start"]), _read_weekdays(options["weekly"]))
    if options["monthly"]:
        return OnDayOfMonth(_read_time(options["start"]), _read_day(options["monthly"]))
    return None


def _read_hours(text: str) -> int:
    try:
        return int(text.removesuffix("h"))
    except ValueError as error:
        raise CommandError(f"{text!r} is not a number of hours, like 4h.") from error


def _read_weekdays(text: str) -> frozenset[int]:
    numbers = {name[:3].lower(): number for number, name in enumerate(day_name)}
    names = [name.lower() for name in split_names(text)]
    if not names or not {name[:3] for name in names} <= numbers.keys():
        raise CommandError(f"{text!r} are not days of the week, like mon,thu.")
    return frozenset(numbers[name[:3]] for name in names)


def _read_day(text: str) -> int:
    day = LAST_DAY if text == "last" else int(text) if text.isdecimal() else 0
    if not 1 <= day <= LAST_DAY:
        raise CommandError(f"{text!r} is not a day of the month: 1 to 31, or last.")
    return day


def _read_time(text: str | None) -> time:
    if text is None:
        raise CommandError("A schedule needs a start time: --start 02:00.")
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is not a time of the day, like 02:00.") from error
