from datetime import date

import pytest

from salesforce_simulator.organisation.reports.durations import days_of, duration_groups

TODAY = date(2026, 8, 12)


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("THIS_FISCAL_QUARTER", "2026-07-01", "2026-09-30"),
        ("THIS_AND_NEXT_FISCAL_QUARTER", "2026-07-01", "2026-12-31"),
        ("LAST_FISCAL_YEAR", "2025-01-01", "2025-12-31"),
        ("LAST_N_DAYS:7", "2026-08-06", "2026-08-12"),
        ("TODAY", "2026-08-12", "2026-08-12"),
        ("LAST_WEEK", "2026-08-02", "2026-08-08"),
    ],
)
def test_named_span_has_a_first_and_a_last_day(value, first, last):
    assert days_of(value, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))


def test_unknown_name_is_no_span():
    assert days_of("SOME_DAY", TODAY) is None


def test_every_span_that_is_offered_is_known():
    for group in duration_groups(TODAY)[1:]:
        for item in group["standardDateFilterDurations"]:
            first, last = days_of(item["value"], TODAY)
            assert (first.isoformat(), last.isoformat()) == (item["startDate"], item["endDate"])
