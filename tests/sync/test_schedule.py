"""When a job runs next."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.schedule import Schedule, next_due, upcoming

NEW_YORK = ZoneInfo("America/New_York")
AFTER = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis takes naive bounds
    datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"]


def local(moments, zone):
    return [moment.astimezone(zone).strftime("%d %H:%M") for moment in moments]


@pytest.mark.requirement("S80")
def test_slots_follow_each_other_at_the_interval_from_the_start_time():
    schedule = Schedule(6, time(2, 0), date(2026, 6, 1))

    slots = upcoming(schedule, NEW_YORK, datetime(2026, 6, 1, 0, 0, tzinfo=NEW_YORK), 5)

    assert local(slots, NEW_YORK) == ["01 02:00", "01 08:00", "01 14:00", "01 20:00", "02 02:00"]


def test_a_slot_is_strictly_after_the_given_moment():
    schedule = Schedule(4, time(2, 0), date(2026, 6, 1))

    due = next_due(schedule, ZoneInfo("UTC"), datetime(2026, 6, 3, 2, 0, tzinfo=UTC))

    assert due == datetime(2026, 6, 3, 6, 0, tzinfo=UTC)


def test_the_first_slot_is_the_start_when_it_lies_ahead():
    schedule = Schedule(24, time(2, 0), date(2030, 1, 1))

    due = next_due(schedule, ZoneInfo("UTC"), datetime(2026, 6, 3, tzinfo=UTC))

    assert due == datetime(2030, 1, 1, 2, 0, tzinfo=UTC)


def test_a_daily_slot_keeps_its_wall_clock_time_when_the_clocks_change():
    schedule = Schedule(24, time(9, 0), date(2026, 3, 6))

    slots = upcoming(schedule, NEW_YORK, datetime(2026, 3, 7, tzinfo=NEW_YORK), 3)

    assert local(slots, NEW_YORK) == ["07 09:00", "08 09:00", "09 09:00"]
    assert slots[1] - slots[0] == timedelta(hours=23)


@pytest.mark.fault("F86")
def test_a_time_that_the_clocks_skip_runs_at_the_next_minute_that_exists():
    schedule = Schedule(24, time(2, 30), date(2026, 3, 7))

    slots = upcoming(schedule, NEW_YORK, datetime(2026, 3, 7, tzinfo=NEW_YORK), 3)

    assert local(slots, NEW_YORK) == ["07 02:30", "08 03:00", "09 02:30"]


@pytest.mark.fault("F86")
def test_a_time_that_happens_twice_runs_once():
    schedule = Schedule(24, time(1, 30), date(2026, 10, 31))

    slots = upcoming(schedule, NEW_YORK, datetime(2026, 10, 31, tzinfo=NEW_YORK), 3)

    assert local(slots, NEW_YORK) == ["31 01:30", "01 01:30", "02 01:30"]
    assert slots[1] == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@given(
    hours=st.integers(4, 200),
    start=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    day=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    after=AFTER,
)
def test_slots_grow_and_none_is_left_out(hours, start, day, zone, after):
    schedule = Schedule(hours, start, day)

    slots = upcoming(schedule, zone, after, 4)

    assert slots == sorted(set(slots))
    assert slots[0] > after
    # What comes after a slot is the slot behind it: asking in steps or at once is the same.
    assert [next_due(schedule, zone, slot) for slot in slots[:-1]] == slots[1:]
    # A moment just before a slot finds that slot: nothing lies between that was passed over.
    assert next_due(schedule, zone, slots[0] - timedelta(seconds=1)) == slots[0]
