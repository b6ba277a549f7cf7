"""When a job runs next: the slots of a rule, checked against a slow and simple oracle."""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

import pytest

from sync.schedules.schedule import EveryHours, OnDayOfMonth, OnWeekdays, iter_slots
from tests.conftest import PROFILE

NEW_YORK, UTC_ZONE = ZoneInfo("America/New_York"), ZoneInfo("UTC")
# Every sort of clock change that there is: by half an hour, twice a year and for Ramadan, on both
# halves of the Earth, at midnight, and none.
ZONES = [
    *["UTC", "America/New_York", "America/Los_Angeles", "America/Sao_Paulo", "America/St_Johns"],
    *["America/Santiago", "America/Havana", "America/Asuncion", "America/Scoresbysund"],
    *["America/Nuuk", "America/Miquelon", "America/Halifax", "America/Mexico_City"],
    *["America/Adak", "Atlantic/Azores", "Europe/London", "Europe/Dublin", "Europe/Berlin"],
    *["Europe/Lisbon", "Europe/Chisinau", "Europe/Kyiv", "Europe/Istanbul", "Africa/Casablanca"],
    *["Africa/El_Aaiun", "Africa/Cairo", "Africa/Lagos", "Asia/Beirut", "Asia/Jerusalem"],
    *["Asia/Gaza", "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo"],
    *["Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Auckland"],
    *["Pacific/Chatham", "Pacific/Norfolk", "Pacific/Easter"],
]
BEGIN, YEARS = datetime(2024, 1, 1, tzinfo=UTC), 10
END = BEGIN.replace(year=BEGIN.year + YEARS)
SCHEDULES = 200
MARGIN = timedelta(days=3)


def slots(schedule, zone, after, count):
    return list(islice(iter_slots(schedule, zone, after), count))


def local(moments, zone):
    return [moment.astimezone(zone).strftime("%d %H:%M") for moment in moments]


@pytest.mark.requirement("S80")
def test_slots_follow_each_other_at_the_interval_from_the_start_time():
    schedule = EveryHours(6, time(2, 0), date(2026, 6, 1))

    found = slots(schedule, NEW_YORK, datetime(2026, 6, 1, 0, 0, tzinfo=NEW_YORK), 5)

    assert local(found, NEW_YORK) == ["01 02:00", "01 08:00", "01 14:00", "01 20:00", "02 02:00"]


@pytest.mark.requirement("S80")
def test_weekly_slots_are_on_the_chosen_days():
    schedule = OnWeekdays(time(2, 0), frozenset({0, 3}))  # Monday and Thursday

    found = slots(schedule, NEW_YORK, datetime(2026, 11, 26, 1, tzinfo=NEW_YORK), 4)

    assert local(found, NEW_YORK) == ["26 02:00", "30 02:00", "03 02:00", "07 02:00"]


@pytest.mark.requirement("S80")
@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (15, ["15 02:00", "15 02:00", "15 02:00", "15 02:00"]),
        (30, ["30 02:00", "28 02:00", "30 02:00", "30 02:00"]),
        (31, ["31 02:00", "28 02:00", "31 02:00", "30 02:00"]),
    ],
)
def test_monthly_slot_is_on_its_day_or_on_the_last_one_of_a_shorter_month(day, expected):
    schedule = OnDayOfMonth(time(2, 0), day)

    found = slots(schedule, NEW_YORK, datetime(2027, 1, 1, tzinfo=NEW_YORK), 4)

    assert local(found, NEW_YORK) == expected


def test_a_slot_is_strictly_after_the_given_moment():
    schedule = EveryHours(4, time(2, 0), date(2026, 6, 1))

    assert slots(schedule, UTC_ZONE, datetime(2026, 6, 3, 2, tzinfo=UTC), 1) == [
        datetime(2026, 6, 3, 6, tzinfo=UTC)
    ]


def test_the_first_slot_is_the_start_when_it_lies_ahead():
    schedule = EveryHours(24, time(2, 0), date(2030, 1, 1))

    assert slots(schedule, UTC_ZONE, datetime(2026, 6, 3, tzinfo=UTC), 1) == [
        datetime(2030, 1, 1, 2, tzinfo=UTC)
    ]


def test_a_daily_slot_keeps_its_wall_clock_time_when_the_clocks_change():
    for schedule in (EveryHours(24, time(9), date(2026, 3, 6)), OnWeekdays(time(9))):
        found = slots(schedule, NEW_YORK, datetime(2026, 3, 7, tzinfo=NEW_YORK), 3)

        assert local(found, NEW_YORK) == ["07 09:00", "08 09:00", "09 09:00"]
        assert found[1] - found[0] == timedelta(hours=23)


@pytest.mark.fault("F86")
def test_a_time_that_the_clocks_skip_runs_at_the_next_minute_that_exists():
    found = slots(OnWeekdays(time(2, 30)), NEW_YORK, datetime(2026, 3, 7, tzinfo=NEW_YORK), 3)

    assert local(found, NEW_YORK) == ["07 02:30", "08 03:00", "09 02:30"]


@pytest.mark.fault("F86")
def test_a_time_that_happens_twice_runs_once():
    found = slots(OnWeekdays(time(1, 30)), NEW_YORK, datetime(2026, 10, 31, tzinfo=NEW_YORK), 3)

    assert local(found, NEW_YORK) == ["31 01:30", "01 01:30", "02 01:30"]
    assert found[1] == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


class WallClock:
    """The oracle: when a zone's clock shows what, from the offsets of every hour and their edges.

    Of each stretch with one offset are kept when it begins, in UTC, and when it ends on the wall.
    """

    def __init__(self, zone):
        self._begins, self._offsets, self._wall_ends = [], [], []
        hour, end = BEGIN - MARGIN, END + MARGIN
        offset = self._open(hour, zone)
        while hour < end:
            later = hour + timedelta(hours=1)
            if later.astimezone(zone).utcoffset() != offset:
                minute = hour
                while minute.astimezone(zone).utcoffset() == offset:
                    minute += timedelta(minutes=1)
                self._wall_ends.append(minute.replace(tzinfo=None) + offset)
                offset = self._open(minute, zone)
            hour = later
        self._wall_ends.append(datetime.max)  # noqa: DTZ901 - a wall clock has no zone

    def _open(self, moment, zone):
        offset = moment.astimezone(zone).utcoffset()
        self._begins.append(moment)
        self._offsets.append(offset)
        return offset

    def first_moment(self, wall):
        """Return when the clock first shows `wall`, or the first minute after it was skipped."""
        # The ends on the wall may go back by an hour: the first stretch that ends later is it.
        place = next(n for n, end in enumerate(self._wall_ends) if end > wall)
        moment = (wall - self._offsets[place]).replace(tzinfo=UTC)
        return max(moment, self._begins[place])


def make_schedules(random):
    """Return random schedules, most of them at odd times of the night, when clocks change."""
    made = []
    for number in range(SCHEDULES):
        at = time(random.choice([0, 1, 2, 3, random.randrange(24)]), random.randrange(60))
        kind = number % 4
        if kind == 0:
            first_day = date(2023, 12, random.randint(1, 31))
            made.append(EveryHours(random.randint(4, 100), at, first_day))
        elif kind == 1:
            made.append(OnWeekdays(at))
        elif kind == 2:
            days = random.sample(range(7), random.randint(1, 6))
            made.append(OnWeekdays(at, frozenset(days)))
        else:
            made.append(OnDayOfMonth(at, random.randint(1, 31)))
    return made


def list_walls(schedule):
    """Return the slots of ten years on the wall clock, day by day and hour by hour."""
    begin, end = ((m.replace(tzinfo=None)) for m in (BEGIN - MARGIN, END + MARGIN))
    if isinstance(schedule, EveryHours):
        first = datetime.combine(schedule.start_date, schedule.start_time)
        count = (end - first) // timedelta(hours=schedule.hours)
        walls = (first + n * timedelta(hours=schedule.hours) for n in range(count + 1))
        return [wall for wall in walls if wall >= begin]
    days = (begin.date() + timedelta(days=n) for n in range((end - begin).days + 1))
    return [datetime.combine(d, schedule.start_time) for d in days if is_day_of(schedule, d)]


def is_day_of(schedule, day):
    if isinstance(schedule, OnWeekdays):
        return day.weekday() in schedule.weekdays
    is_last = (day + timedelta(days=1)).month != day.month
    return day.day == schedule.day or (is_last and day.day < schedule.day)


@pytest.mark.requirement("S80")
@pytest.mark.fault("F86")
@pytest.mark.parametrize("name", ZONES)
def test_in_ten_years_no_slot_is_missed_and_none_comes_twice(name):
    """200 schedules in each of 40 zones with the deep profile, every twentieth of them else."""
    seed = ZONES.index(name)
    schedules = make_schedules(Random(seed))  # the same each time: the zone's place is the seed
    zone, clock = ZoneInfo(name), WallClock(ZoneInfo(name))
    for schedule in schedules if PROFILE == "deep" else schedules[seed % 20 :: 20]:
        moments = {clock.first_moment(wall) for wall in list_walls(schedule)}
        expected = sorted(moment for moment in moments if BEGIN < moment < END)

        # As the tick does it: each slot is asked for when the one before it has come.
        found, after = [], BEGIN
        while after < END:
            after = next(iter_slots(schedule, zone, after))
            found.append(after)

        assert found[:-1] == expected, (name, schedule)
        # All at once, and from moments between two slots: nothing lies between that is passed over.
        assert slots(schedule, zone, BEGIN, len(expected)) == expected
        middle = BEGIN + (END - BEGIN) / 2
        assert next(iter_slots(schedule, zone, middle)) == expected[bisect_right(expected, middle)]
