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


def is_date_literal(word: str, *, counted: bool) -> bool:
    """Tell whether there is such a date literal, with a number behind it or without."""
    if not counted:
        return word in _PLAIN
    return word in _COUNTED


def relative_span(word: str, count: int | None, today: date) -> Span | None:
    """Return the first day of a date literal and the day after its last, or None.

    `word` is in upper case, such as LAST_N_DAYS with a `count`, or THIS_MONTH.
    Weeks begin on Sunday; the fiscal year is the calendar year. OverflowError
    where the calendar ends.
    """
    if count is None:
        if word not in _PLAIN:
            return None
        start, first, end = _PLAIN[word]
        return start(today, first), start(today, end)
    if word not in _COUNTED:
        return None
    start, steps = _COUNTED[word]
    first, end = steps(count)
    return start(today, first), start(today, end)


def _day(today: date, steps: int) -> date:
    return today + timedelta(steps)


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


_Start = Callable[[date, int], date]
_STARTS: dict[str, _Start] = {
    "WEEK": _week,
    "MONTH": _month,
    "QUARTER": _quarter,
    "YEAR": _year,
    "FISCAL_QUARTER": _quarter,
    "FISCAL_YEAR": _year,
}
# A literal is a unit of time, and from which to before which of them it reaches; 0 is the present.
_PLAIN: dict[str, tuple[_Start, int, int]] = {
    "TODAY": (_day, 0, 1),
    "YESTERDAY": (_day, -1, 0),
    "TOMORROW": (_day, 1, 2),
    "LAST_90_DAYS": (_day, 1 - _NINETY, 1),
    "NEXT_90_DAYS": (_day, 1, _NINETY + 1),
    **{f"LAST_{unit}": (start, -1, 0) for unit, start in _STARTS.items()},
    **{f"THIS_{unit}": (start, 0, 1) for unit, start in _STARTS.items()},
    **{f"NEXT_{unit}": (start, 1, 2) for unit, start in _STARTS.items()},
}
_COUNTED: dict[str, tuple[_Start, Callable[[int], tuple[int, int]]]] = {
    "LAST_N_DAYS": (_day, lambda n: (1 - n, 1)),
    "NEXT_N_DAYS": (_day, lambda n: (1, n + 1)),
    "N_DAYS_AGO": (_day, lambda n: (-n, 1 - n)),
    **{f"LAST_N_{unit}S": (start, lambda n: (-n, 0)) for unit, start in _STARTS.items()},
    **{f"NEXT_N_{unit}S": (start, lambda n: (1, n + 1)) for unit, start in _STARTS.items()},
    **{f"N_{unit}S_AGO": (start, lambda n: (-n, 1 - n)) for unit, start in _STARTS.items()},
}


def start_of_day(day: date, zone: ZoneInfo) -> str:
    """Return the moment at which a day begins for the user, as records keep it."""
    return to_stamp(datetime.combine(day, time(), zone).astimezone(UTC))
