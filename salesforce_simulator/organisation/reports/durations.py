"""The named spans of a report's date filter, such as the current fiscal year.

Most names are date literals of SOQL as well; a few join several of them.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from salesforce_simulator.soql.dates import relative_span

CUSTOM = "CUSTOM"


@dataclass(frozen=True)
class Duration:
    """A named span, from the first day of one date literal to the last day of another."""

    value: str
    label: str
    first: str
    last: str


def _plain(value: str, label: str) -> Duration:
    return Duration(value, label, value, value)


_GROUPS: tuple[tuple[str, tuple[Duration, ...]], ...] = (
    (
        "Fiscal Year",
        (
            _plain("THIS_FISCAL_YEAR", "Current FY"),
            _plain("LAST_FISCAL_YEAR", "Previous FY"),
            _plain("NEXT_FISCAL_YEAR", "Next FY"),
            Duration(
                "THIS_AND_LAST_FISCAL_YEAR", "Current and Previous FY",
                "LAST_FISCAL_YEAR", "THIS_FISCAL_YEAR",
            ),
        ),
    ),
    (
        "Fiscal Quarter",
        (
            _plain("THIS_FISCAL_QUARTER", "Current FQ"),
            Duration(
                "THIS_AND_NEXT_FISCAL_QUARTER", "Current and Next FQ",
                "THIS_FISCAL_QUARTER", "NEXT_FISCAL_QUARTER",
            ),
            _plain("LAST_FISCAL_QUARTER", "Previous FQ"),
            _plain("NEXT_FISCAL_QUARTER", "Next FQ"),
        ),
    ),
    (
        "Calendar Year",
        (
            _plain("THIS_YEAR", "Current CY"),
            _plain("LAST_YEAR", "Previous CY"),
            _plain("NEXT_YEAR", "Next CY"),
        ),
    ),
    (
        "Calendar Quarter",
        (
            _plain("THIS_QUARTER", "Current CQ"),
            _plain("LAST_QUARTER", "Previous CQ"),
            _plain("NEXT_QUARTER", "Next CQ"),
        ),
    ),
    (
        "Calendar Month",
        (
            _plain("LAST_MONTH", "Last Month"),
            _plain("THIS_MONTH", "This Month"),
            _plain("NEXT_MONTH", "Next Month"),
            Duration("LAST_AND_THIS_MONTH", "Current and Previous Month", "LAST_MONTH",
                     "THIS_MONTH"),
            Duration("THIS_AND_NEXT_MONTH", "Current and Next Month", "THIS_MONTH", "NEXT_MONTH"),
        ),
    ),
    (
        "Calendar Week",
        (
            _plain("LAST_WEEK", "Last Week"),
            _plain("THIS_WEEK", "This Week"),
            _plain("NEXT_WEEK", "Next Week"),
        ),
    ),
    (
        "Day",
        (
            _plain("YESTERDAY", "Yesterday"),
            _plain("TODAY", "Today"),
            _plain("TOMORROW", "Tomorrow"),
            *(
                _plain(f"{side}_N_DAYS:{days}", f"{side.title()} {days} Days")
                for side in ("LAST", "NEXT")
                for days in (7, 30, 60, 90, 120)
            ),
        ),
    ),
)  # fmt: skip
_BY_VALUE = {duration.value: duration for _, group in _GROUPS for duration in group}


def days_of(value: str, today: date) -> tuple[date, date] | None:
    """Return first and last day of a named span, or None when there is none of that name."""
    duration = _BY_VALUE.get(value)
    first = _span(duration.first if duration else value, today)
    last = _span(duration.last if duration else value, today)
    if first is None or last is None:
        return None
    return first[0], last[1] - timedelta(1)


def _span(literal: str, today: date) -> tuple[date, date] | None:
    word, _, count = literal.partition(":")
    return relative_span(word, int(count) if count.isdigit() else None, today)


def duration_groups(today: date) -> list[dict[str, object]]:
    """Return `standardDateFilterDurationGroups`: every named span with its days."""
    custom = {
        "endDate": (today - timedelta(1)).isoformat(),
        "label": "Custom",
        "startDate": today.isoformat(),
        "value": CUSTOM,
    }
    groups: list[dict[str, object]] = [{"label": "", "standardDateFilterDurations": [custom]}]
    for label, durations in _GROUPS:
        items = [_described(duration, today) for duration in durations]
        groups.append({"label": label, "standardDateFilterDurations": items})
    return groups


def _described(duration: Duration, today: date) -> dict[str, str]:
    days = days_of(duration.value, today)
    if days is None:
        raise LookupError(f"SOQL has no date literal for {duration.value}")
    return {
        "endDate": days[1].isoformat(),
        "label": duration.label,
        "startDate": days[0].isoformat(),
        "value": duration.value,
    }
