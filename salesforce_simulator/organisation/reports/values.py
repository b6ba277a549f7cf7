"""Values as a report shows them: what they are, and how they are written."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.ids import SHORT_LENGTH

NOTHING = "-"
_CURRENCY_SIGN = "$"
_DAY_FORMATS = {
    "en_US": "{month}/{day}/{year}",
    "en_GB": "{day:02}/{month:02}/{year}",
    "fr_FR": "{day:02}/{month:02}/{year}",
    "es_ES": "{day:02}/{month:02}/{year}",
    "pt_BR": "{day:02}/{month:02}/{year}",
    "de_DE": "{day:02}.{month:02}.{year}",
    "ja_JP": "{year}/{month:02}/{day:02}",
    "zh_CN": "{year}/{month}/{day}",
}
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


Show = Callable[["Writer", Field, Any], tuple[str, Any]]


class Writer:
    """Writes values for one user: dates in his time zone, in the form of his locale."""

    def __init__(self, zone: ZoneInfo, locale: str) -> None:
        self.zone = zone
        self._day_format = _DAY_FORMATS.get(locale, _DAY_FORMATS["en_US"])

    def day(self, day: date) -> str:
        """Return a day such as `7/31/2015`."""
        return self._day_format.format(day=day.day, month=day.month, year=day.year)

    def local_day(self, field: Field, stored: str) -> date:
        """Return the day that a stored date or moment falls on."""
        if field.type == "date":
            return date.fromisoformat(stored)
        return datetime.fromisoformat(stored).astimezone(self.zone).date()

    def cell(self, field: Field, stored: Any, *, day: bool = False) -> dict[str, Any]:
        """Return label and value of a stored value; `day` shows a moment as its day alone."""
        if stored is None:
            return {"label": NOTHING, "value": None}
        kind = "date" if day else field.type
        show: Show = _SHOWN.get(kind, _text)
        label, value = show(self, field, stored)
        return {"label": label, "value": value}

    def number(self, field: Field, stored: float) -> str:
        """Return a number with its decimals and its sign of money or per cent."""
        text = f"{abs(stored):,.{field.scale}f}"
        minus = "-" if stored < 0 else ""
        if field.type == "currency":
            return f"{minus}{_CURRENCY_SIGN}{text}"
        return f"{minus}{text}%" if field.type == "percent" else minus + text


def _text(_writer: Writer, _field: Field, stored: str) -> tuple[str, Any]:
    text = _LINE_BREAK.sub("<br>", stored)
    return text, text


def _id(_writer: Writer, _field: Field, stored: str) -> tuple[str, Any]:
    return stored[:SHORT_LENGTH], stored


def _amount(writer: Writer, field: Field, stored: float) -> tuple[str, Any]:
    return writer.number(field, stored), {"amount": whole(stored), "currency": None}


def _number(writer: Writer, field: Field, stored: float) -> tuple[str, Any]:
    return writer.number(field, stored), whole(stored)


def _truth(_writer: Writer, _field: Field, stored: int) -> tuple[str, Any]:
    return ("true" if stored else "false"), bool(stored)


def _day(writer: Writer, field: Field, stored: str) -> tuple[str, Any]:
    local = writer.local_day(field, stored)
    return writer.day(local), local.isoformat()


def _moment(writer: Writer, _field: Field, stored: str) -> tuple[str, Any]:
    moment = datetime.fromisoformat(stored)
    local = moment.astimezone(writer.zone)
    hour = local.hour % 12 or 12
    half = "AM" if local.hour < 12 else "PM"  # noqa: PLR2004 - noon
    label = f"{writer.day(local.date())}, {hour}:{local.minute:02} {half}"
    return label, moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_SHOWN: Mapping[str, Show] = {
    "currency": _amount,
    "int": _number,
    "double": _number,
    "percent": _number,
    "boolean": _truth,
    "date": _day,
    "datetime": _moment,
    "id": _id,
    "reference": _id,
}


def whole(number: float) -> float:
    """Return an integer for a number that is one."""
    return int(number) if float(number).is_integer() else number


def plain_text(value: Any) -> str:
    """Return a filter's value as text: JSON may bring numbers, true and null as well."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TypeError(f"{value!r} is not the value of a filter")


def read_number(text: str) -> Decimal:
    """Return a number as people write it, such as `$1,000.50`; ValueError for another text."""
    try:
        number = Decimal(text.strip().replace(",", "").lstrip("$").rstrip("%"))
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite():
        raise ValueError(text)
    return number


def read_day(text: str) -> date:
    """Return a day written `2026-03-31` or `3/31/2026`; ValueError for another text."""
    american = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    if american:
        return date(int(american[3]), int(american[1]), int(american[2]))
    return date.fromisoformat(text)


def read_moment(text: str) -> datetime | None:
    """Return a moment written with its time, or None."""
    if "T" not in text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
