"""The rules of SOQL read once more, plainly, over records that are dictionaries.

Nothing here is shared with what it checks. A date literal is not a span of
moments but a set of days: days, weeks and so on are numbered, and a literal says
which numbers it means, counted from today's.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]


class RecordId(str):
    """An id: a text in which the case of letters matters."""

    __slots__ = ()


@dataclass(frozen=True)
class Moment:
    """When and where a query is asked."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.day(self.now)

    def day(self, value: date) -> date:
        return value.astimezone(self.zone).date() if isinstance(value, datetime) else value


def read(record: Record | None, path: str) -> Any:
    """Follow a path such as `Contact.Account.Name`; None where a parent is missing."""
    for name in path.split("."):
        record = None if record is None else record[name]
    return record


def equal(left: Any, right: Any) -> bool:
    """Null equals null; the case of letters matters in ids alone."""
    if isinstance(left, RecordId):
        return str(left) == right
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return bool(left == right)


def sort_key(value: Any) -> Any:
    """Texts sort by their characters, capital A to Z as small ones."""
    if isinstance(value, str) and not isinstance(value, RecordId):
        return "".join(c.lower() if c.isascii() else c for c in value)
    return value


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": lambda left, right: left is not None and sort_key(left) < sort_key(right),
    "<=": lambda left, right: left is not None and sort_key(left) <= sort_key(right),
    ">": lambda left, right: left is not None and sort_key(left) > sort_key(right),
    ">=": lambda left, right: left is not None and sort_key(left) >= sort_key(right),
}

# How the units of date literals are numbered; a week begins on Sunday.
NUMBERING: dict[str, Callable[[date], int]] = {
    "DAY": lambda day: day.toordinal(),
    "WEEK": lambda day: day.toordinal() // 7,
    "MONTH": lambda day: day.year * 12 + day.month,
    "QUARTER": lambda day: day.year * 4 + (day.month - 1) // 3,
    "FISCAL_QUARTER": lambda day: day.year * 4 + (day.month - 1) // 3,
    "YEAR": lambda day: day.year,
    "FISCAL_YEAR": lambda day: day.year,
}


@dataclass(frozen=True)
class Relative:
    """A date literal: from the unit `first` to the unit `last`, where 0 is the present one."""

    soql: str
    unit: str
    first: int
    last: int

    def holds(self, operator: str, value: date | None, moment: Moment) -> bool:
        if value is None:
            return operator == "!="
        number = NUMBERING[self.unit]
        distance = number(moment.day(value)) - number(moment.today)
        return {
            "=": self.first <= distance <= self.last,
            "!=": not self.first <= distance <= self.last,
            "<": distance < self.first,
            "<=": distance <= self.last,
            ">": distance > self.last,
            ">=": distance >= self.first,
        }[operator]


def like(value: str | None, pieces: Iterable[tuple[str, bool]]) -> bool:
    """Match a pattern given in pieces, each a text and whether it is a wildcard."""
    wildcards = {"%": ".*", "_": "."}
    regex = "".join(wildcards[text] if wild else re.escape(text.lower()) for text, wild in pieces)
    return value is not None and bool(re.fullmatch(regex, value.lower(), re.DOTALL))


# Functions of a date or of the clock's reading of a datetime.
PARTS: dict[str, Callable[[Any], int]] = {
    "CALENDAR_YEAR": lambda day: day.year,
    "CALENDAR_QUARTER": lambda day: (day.month + 2) // 3,
    "CALENDAR_MONTH": lambda day: day.month,
    "FISCAL_YEAR": lambda day: day.year,
    "FISCAL_MONTH": lambda day: day.month,
    "DAY_IN_MONTH": lambda day: day.day,
    "DAY_IN_WEEK": lambda day: day.isoweekday() % 7 + 1,
    "DAY_IN_YEAR": lambda day: day.timetuple().tm_yday,
    "WEEK_IN_MONTH": lambda day: -(-day.day // 7),
    "WEEK_IN_YEAR": lambda day: -(-day.timetuple().tm_yday // 7),
}
CLOCK_PARTS: dict[str, Callable[[Any], Any]] = {
    **PARTS,
    "HOUR_IN_DAY": lambda moment: moment.hour,
    "DAY_ONLY": lambda moment: moment.date(),
}


def reading(value: datetime, moment: Moment, *, local: bool) -> datetime:
    """Return a datetime as a clock shows it: in UTC, or with convertTimezone the user's."""
    return value.astimezone(moment.zone if local else UTC)


def ordered(rows: list[Record], keys: list[tuple[str, bool, bool]]) -> list[Record]:
    """Sort by (path, descending, nulls last), the last key first."""
    for path, descending, nulls_last in reversed(keys):
        known = [row for row in rows if read(row, path) is not None]
        blank = [row for row in rows if read(row, path) is None]
        known.sort(key=lambda row: sort_key(read(row, path)), reverse=descending)
        rows = known + blank if nulls_last else blank + known
    return rows


def aggregate(function: str, values: list[Any]) -> Any:
    """Return COUNT, COUNT_DISTINCT, SUM, AVG, MIN or MAX of what is not null."""
    known = [value for value in values if value is not None]
    if function == "COUNT":
        return len(known)
    if function == "COUNT_DISTINCT":
        return len({sort_key(value) for value in known})
    if not known:
        return None
    if function == "SUM":
        return sum(known)
    if function == "AVG":
        return sum(known) / len(known)
    return (min if function == "MIN" else max)(known, key=sort_key)


def grouped(rows: list[Record], key: Callable[[Record], tuple[Any, ...]]) -> list[list[Record]]:
    """Part rows into groups; the case of letters does not matter."""
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for row in rows:
        groups.setdefault(tuple(map(sort_key, key(row))), []).append(row)
    return list(groups.values())
