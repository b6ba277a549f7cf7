"""The kills can fail: a worker that makes a mistake is found by them."""

from functools import partial

import pytest

from tests.conftest import PROFILE
from tests.scenarios.kills import plants
from tests.scenarios.kills.disturbance import EndlessRunError

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]

CALLS = 20
SEEDS = 20
BELLS = 5
EVERY_DAY = (plants.begin_anew, plants.plain_post)
# One that cannot work at all without a disturbance would prove nothing.
WRONG_BY_ITSELF = (plants.removal_after_half_a_read,)


@pytest.mark.parametrize("plant", plants.PLANTS, ids=lambda plant: plant.__name__)
def test_kills_find_a_worker_that_makes_a_mistake(schedules, plant):
    """All of them with the deep profile, two every day."""
    if PROFILE != "deep" and plant not in EVERY_DAY:
        pytest.skip("with HYPOTHESIS_PROFILE=deep")
    schedules.workers.manner["plant"] = plant.__name__
    found = schedules.undisturbed()
    assert bool(found) == (plant in WRONG_BY_ITSELF), found
    assert found or find_mistake(schedules)


def find_mistake(schedules):
    """Return what the first round of the kills that finds something finds."""
    for each in rounds(schedules):
        try:
            if wrong := each():
                return wrong
        except EndlessRunError as error:
            return [str(error)]
    return []


def rounds(schedules):
    everything = {"reads_everything": True}
    for number in range(1, CALLS + 1):
        yield partial(schedules.dead_at, "call", number, "after", **everything)
        yield partial(schedules.dead_at, "checkpoint", number, "after", **everything)
    for number in range(1, CALLS + 1):
        yield partial(schedules.answer_lost, number, **everything)
        yield partial(schedules.page_without_rows, number)
        yield partial(schedules.asleep_after_call, number)
    yield partial(schedules.dead_at, "call", 1, "before", **everything, times=2)
    for seed in range(BELLS):
        yield partial(schedules.rung_twice, seed)
    for seed in range(SEEDS):
        yield partial(schedules.disturbed, seed)
