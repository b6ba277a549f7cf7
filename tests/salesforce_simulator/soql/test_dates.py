from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesforce_simulator.soql.dates import relative_span, start_of_day

TODAY = date(2026, 2, 11)


@pytest.mark.parametrize(
    ("word", "count", "first", "end"),
    [
        ("TODAY", None, (2026, 2, 11), (2026, 2, 12)),
        ("YESTERDAY", None, (2026, 2, 10), (2026, 2, 11)),
        ("THIS_WEEK", None, (2026, 2, 8), (2026, 2, 15)),
        ("LAST_WEEK", None, (2026, 2, 1), (2026, 2, 8)),
        ("LAST_MONTH", None, (2026, 1, 1), (2026, 2, 1)),
        ("NEXT_QUARTER", None, (2026, 4, 1), (2026, 7, 1)),
        ("LAST_FISCAL_QUARTER", None, (2025, 10, 1), (2026, 1, 1)),
        ("LAST_YEAR", None, (2025, 1, 1), (2026, 1, 1)),
        ("LAST_N_DAYS", 7, (2026, 2, 5), (2026, 2, 12)),
        ("NEXT_N_DAYS", 7, (2026, 2, 12), (2026, 2, 19)),
        ("N_DAYS_AGO", 3, (2026, 2, 8), (2026, 2, 9)),
        ("LAST_N_MONTHS", 2, (2025, 12, 1), (2026, 2, 1)),
        ("N_YEARS_AGO", 1, (2025, 1, 1), (2026, 1, 1)),
        ("LAST_90_DAYS", None, (2025, 11, 14), (2026, 2, 12)),
    ],
)
def test_relative_date_covers_its_days(word, count, first, end):
    assert relative_span(word, count, TODAY) == (date(*first), date(*end))


@pytest.mark.parametrize(("word", "count"), [("SOMEDAY", None), ("LAST_N_MOONS", 2), ("N_DAYS", 1)])
def test_relative_date_is_unknown_when_salesforce_has_no_such_word(word, count):
    assert relative_span(word, count, TODAY) is None


def test_day_begins_in_the_users_time_zone():
    zone = ZoneInfo("America/Los_Angeles")
    assert start_of_day(date(2026, 1, 5), zone) == "2026-01-05T08:00:00.000Z"
    assert start_of_day(date(2026, 7, 5), zone) == "2026-07-05T07:00:00.000Z"


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_last_this_and_next_span_follow_one_another(today):
    for unit in ("WEEK", "MONTH", "QUARTER", "YEAR"):
        last, this, following = (
            relative_span(f"{word}_{unit}", None, today) for word in ("LAST", "THIS", "NEXT")
        )
        assert last[1] == this[0] <= today < this[1] == following[0]
