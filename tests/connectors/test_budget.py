"""The arithmetic of our share, against what it promises."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.budget import WINDOW, ApiBudget, Reading, find_room_at, oldest_hour, start_of_hour

NOW = datetime(2026, 11, 26, 12, 34, 56, tzinfo=UTC)
SOME = st.integers(0, 2_000)
PERCENT = st.integers(1, 100)
HOURS = st.dictionaries(st.integers(0, 24), st.integers(1, 50), max_size=25)


@st.composite
def readings(draw):
    ours = draw(SOME)
    return Reading(used=ours + draw(SOME), limit=draw(SOME), ours=ours)


@pytest.mark.fault("F15")
@given(readings(), PERCENT, SOME)
def test_share_is_what_the_percentage_gives_of_what_others_leave(reading, percent, ours):
    budget = ApiBudget(ours, percent, reading)

    left = max(0, reading.limit - (reading.used - reading.ours))
    assert budget.our_share == left * percent // 100
    assert budget.remaining == max(0, budget.our_share - ours)
    assert 0 <= budget.our_share <= reading.limit


@pytest.mark.fault("F15")
@given(others=SOME, limit=SOME, percent=PERCENT, ours=st.integers(0, 50))
def test_our_own_calls_move_the_share_by_nothing_and_never_pass_it(others, limit, percent, ours):
    budget = ApiBudget(ours, percent, Reading(others + ours, limit, ours))
    share = budget.our_share

    while not budget.is_exhausted and budget.our_calls < ours + 2_500:
        budget = budget.after_call(others + budget.our_calls + 1, limit)
        assert budget.our_share == share

    assert budget.our_calls == max(share, ours)


@given(PERCENT, SOME)
def test_share_is_unknown_until_a_call_tells_it(percent, ours):
    budget = ApiBudget(ours, percent)

    assert budget.our_share is None
    assert not budget.is_exhausted
    assert budget.after_call(None, None).our_share is None
    assert budget.after_call(ours + 1, 1_000).our_share == 1_000 * percent // 100


@given(readings(), SOME)
def test_calls_that_others_made_are_never_fewer_than_none(reading, more):
    odd = Reading(used=reading.used, limit=reading.limit, ours=reading.used + more)

    assert odd.left_by_others == odd.limit


@pytest.mark.fault("F15")
@given(
    hours=HOURS,
    others=SOME,
    limit=st.integers(0, 2_500),
    percent=PERCENT,
    age=st.integers(0, 86_399),
    needed=st.integers(1, 50),
)
def test_room_comes_at_the_first_moment_at_which_so_many_calls_fit_into_the_share(
    hours, others, limit, percent, age, needed
):
    rows = [(start_of_hour(NOW) - timedelta(hours=back), calls) for back, calls in hours.items()]
    ours = sum(calls for _, calls in rows)
    budget = ApiBudget(ours, percent, Reading(others + ours, limit, ours))
    told_at = NOW - timedelta(seconds=age)

    def has_room(at):
        calls = sum(calls for hour, calls in rows if hour > oldest_hour(at))
        return calls + needed <= budget.our_share or at >= told_at + WINDOW

    found = find_room_at(budget, rows, told_at=told_at, now=NOW, needed=needed)

    assert found >= NOW
    assert has_room(found)
    assert found == NOW or not has_room(found - timedelta(microseconds=1))


def test_there_is_room_at_once_where_nothing_is_known():
    assert find_room_at(ApiBudget(7, 50), [], told_at=None, now=NOW) == NOW
