from datetime import UTC, datetime

import pytest

from salesforce_simulator.organisation.restrictions import (
    check_login_hours,
    check_ranges,
    in_ranges,
    within_login_hours,
)

OFFICE = {"mondayStart": 480, "mondayEnd": 1080, "sundayStart": 0, "sundayEnd": 0}


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        (datetime(2026, 11, 23, 7, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 17, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 18, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 3, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), False),
    ],
)
def test_login_hours_allow_from_start_to_before_the_end(moment, allowed):
    assert within_login_hours(moment, OFFICE) is allowed


def test_login_hours_are_refused_when_they_name_no_day():
    with pytest.raises(ValueError, match="noonStart"):
        check_login_hours({"noonStart": 1})
    with pytest.raises(ValueError, match="1441"):
        check_login_hours({"mondayEnd": 1441})


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.0.0.0", True),
        ("10.0.0.9", True),
        ("10.0.0.10", False),
        ("::1", True),
        ("127.0.0.1", True),
        ("2001:db8::5", True),
        ("2001:db8::6", False),
    ],
)
def test_address_is_inside_when_a_range_holds_it(address, inside):
    ranges = ["10.0.0.0-10.0.0.9", "127.0.0.1-127.0.0.1", "2001:db8::1-2001:db8::5"]
    assert in_ranges(address, ranges) is inside


@pytest.mark.parametrize("text", ["10.0.0.9-10.0.0.1", "10.0.0.1-::1", "10.0.0.1", "here-there"])
def test_range_is_refused_when_it_has_no_order_or_form(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the library words it
        check_ranges([text])
