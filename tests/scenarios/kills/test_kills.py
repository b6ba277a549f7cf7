"""Whatever befalls a run on its way, lists and organisation end as if nothing had happened.

On either database 100 schedules, 1,000 with the deep profile. `KILL_SEED` replays one seed, which
a failure names; `KILL_SCHEDULES` asks for another number of schedules.
"""

import os
import random
from functools import partial
from itertools import count

import pytest

from tests.conftest import PROFILE

pytestmark = [pytest.mark.scenario, pytest.mark.fault("F53", "F79")]

PARTS = 4
SCHEDULES = int(os.environ.get("KILL_SCHEDULES", "1000" if PROFILE == "deep" else "100"))
BELLS = 5
FEWEST_MOMENTS = 8
CALLS = 16  # about as many as a run makes: the last answers are not lost in each world
MOMENTS = ("checkpoint", "call", *(["commit"] if PROFILE == "deep" else []))
# How a run reads and sends: two of the four every day.
MANNERS = {
    "everything, collections": (True, False),
    "changes, bulk": (False, True),
    **(
        {"everything, bulk": (True, True), "changes, collections": (False, False)}
        if PROFILE == "deep"
        else {}
    ),
}
in_each_manner = pytest.mark.parametrize(
    ("reads_everything", "in_bulk"), MANNERS.values(), ids=MANNERS
)


@pytest.mark.parametrize("part", range(PARTS))
def test_disturbed_runs_end_as_if_nothing_had_happened(schedules, part):
    assert not schedules.undisturbed()
    first = int(os.environ.get("KILL_SEED", random.randrange(1_000_000)))
    number = 1 if "KILL_SEED" in os.environ else SCHEDULES // PARTS
    for seed in range(first, first + number):
        assert not schedules.disturbed(seed)


def test_a_doorbell_that_is_heard_twice_starts_one_run(schedules):
    assert not schedules.undisturbed()
    for seed in range(BELLS):
        assert not schedules.rung_twice(seed)


def test_two_deaths_at_one_place_cost_nothing(schedules):
    assert schedules.dead_at("call", 1, "before", reads_everything=True, times=2) == []


@pytest.mark.one_engine
@in_each_manner
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", MOMENTS)
def test_a_worker_that_dies_at_each_moment_in_turn_costs_nothing(
    schedules, kind, when, reads_everything, in_bulk
):
    """Before and after each checkpoint and call, with the deep profile each commit, too."""
    schedules.workers.manner["in_bulk"] = in_bulk
    die = partial(schedules.dead_at, kind, when=when, reads_everything=reads_everything)
    go_through_all(die)


@pytest.mark.one_engine
def test_a_worker_that_wakes_up_when_another_one_has_its_run_changes_nothing(schedules):
    go_through_all(schedules.asleep_after_call)


def go_through_all(at_moment):
    """Do a round for each moment in turn, until a run does not come to one of that number."""
    for number in count(1):
        wrong = at_moment(number)
        if wrong is None:
            break
        assert not wrong
    assert number > FEWEST_MOMENTS


@pytest.mark.one_engine
@in_each_manner
def test_each_answer_in_turn_may_be_lost(schedules, reads_everything, in_bulk):
    schedules.workers.manner["in_bulk"] = in_bulk
    for number in range(1, CALLS + 1):
        assert not schedules.answer_lost(number, reads_everything=reads_everything)


@pytest.mark.one_engine
def test_an_answer_that_is_cut_behind_its_first_line_removes_nobody(schedules):
    for number in range(1, CALLS + 1):
        assert not schedules.page_without_rows(number)
