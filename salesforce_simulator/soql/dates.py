"""Dates that are relative to today, in the user's time zone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from salesforce_simulator.organisation.clock import to_stamp

_MONTHS_PER_YEAR = 12
_MONTHS_PER_QUARTER = 3
_DAYS_PER_WEEK = 7
_NINETY = 90

Span = tuple[date, date]


def relative_span(word: str, count: int | None, today: date) -> Span | None:
    """Return the first day of a date literal and the day after its last, or None.

    `word` is in upper case, such as LAST_N_DAYS with a `count`, or THIS_MONTH.
    Weeks begin on Sunday; the fiscal year is the calendar year.
    """
    word = word.replace("FISCAL_", "")
    if word in _DAYS:
        first, last = _DAYS[word]
        return today + timedelta(first), today + timedelta(last)
    if count is not None:
        return _counted(word, count, today)
    relation, _, unit = word.partition("_")
    steps = {"LAST": -1, "THIS": 0, "NEXT": 1}
    if relation in steps and unit in _STARTS:
        start = _STARTS[unit]
        return start(today, steps[relation]), start(today, steps[relation] + 1)
    return None


def _counted(word: str, n: int, today: date) -> Span | None:
    """Return the span of a literal with a number, such as LAST_N_WEEKS:3."""
    if word == "N_DAYS_AGO":
        return today - timedelta(n), today - timedelta(n - 1)
    if word == "LAST_N_DAYS":
        return today - timedelta(n - 1), today + timedelta(1)
    if word == "NEXT_N_DAYS":
        return today + timedelta(1), today + timedelta(n + 1)
    parts = word.split("_")
    unit = next((part.removesuffix("S") for part in parts if part.removesuffix("S") in _STARTS), "")
    if unit not in _STARTS:
        return None
    start = _STARTS[unit]
    spans = {
        f"LAST_N_{unit}S": (-n, 0),
        f"NEXT_N_{unit}S": (1, n + 1),
        f"N_{unit}S_AGO": (-n, 1 - n),
    }
    if word not in spans:
        return None
    first, end = spans[word]
    return start(today, first), start(today, end)


def _week(today: date, steps: int) -> date:
    sunday = today - timedelta((today.weekday() + 1) % _DAYS_PER_WEEK)
    return sunday + timedelta(_DAYS_PER_WEEK * steps)


def _month(today: date, steps: int) -> date:
    year, month = divmod(today.year * _MONTHS_PER_YEAR + today.month - 1 + steps, _MONTHS_PER_YEAR)
    return date(year, month + 1, 1)


def _quarter(today: date, steps: int) -> date:
    first = _month(today, -((today.month - 1) % _MONTHS_PER_QUARTER))
    return _month(first, _MONTHS_PER_QUARTER * steps)


def _year(today: date, steps: int) -> date:
    return date(today.year + steps, 1, 1)


_DAYS = {
    "TODAY": (0, 1),
    "YESTERDAY": (-1, 0),
    "TOMORROW": (1, 2),
    "LAST_90_DAYS": (1 - _NINETY, 1),
    "NEXT_90_DAYS": (1, _NINETY + 1),
}
_STARTS: dict[str, Callable[[date, int], date]] = {
    "WEEK": _week,
    "MONTH": _month,
    "QUARTER": _quarter,
    "YEAR": _year,
}


def start_of_day(day: date, zone: ZoneInfo) -> str:
    """Return the moment at which a day begins for the user, as records keep it."""
    return to_stamp(datetime.combine(day, time(), zone).astimezone(UTC))
