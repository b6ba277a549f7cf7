"""Whatever befalls a run on its way, lists and organisation end as if nothing had happened.

On either database 100 schedules, 1,000 with the deep profile. `KILL_SEED` replays one seed, which
a failure names; `KILL_SCHEDULES` asks for another number of schedules.
"""

import os
import random

import pytest

from sync.models import RunState
from tests.conftest import PROFILE
from tests.local_org import start_local_org
from tests.scenarios.kills import plants
from tests.scenarios.kills.disturbance import disturb, finish, kill_at_call, measure
from tests.scenarios.kills.workers import Workers
from tests.scenarios.kills.world import World

pytestmark = pytest.mark.scenario

PARTS = 4
SCHEDULES = int(os.environ.get("KILL_SCHEDULES", "1000" if PROFILE == "deep" else "100"))


@pytest.fixture(scope="module")
def running_org(tmp_path_factory):
    """An organisation whose leads are this test's alone."""
    with start_local_org(tmp_path_factory.mktemp("kills"), "leads:0") as org:
        yield org


@pytest.fixture
def workers(sync, tmp_path):
    with Workers(sync.org, tmp_path / "workers.log") as workers:
        yield workers


def run_undisturbed(world, workers, plant=None):
    """Change the world and let a run bring it in step; return the seconds that it took."""
    world.change(random.Random(0), reads_everything=True)
    run = world.queue()
    seconds = measure(workers, run, plant)
    run.refresh_from_db()
    assert not world.find_differences(run)
    return seconds


def run_schedule(world, workers, seed, usual_seconds, plant=None):
    """Change the world, disturb a run and let it end; return what is wrong, in words."""
    luck = random.Random(seed)
    world.change(luck, reads_everything=luck.random() < 0.6)
    run = world.queue()
    told = disturb(workers, world.sync.org, run, luck, usual_seconds, plant)
    return [f"seed {seed}, {told}: {each}" for each in end(world, workers, run, plant)]


def run_killed_at_call(world, workers, number, plant=None, *, reads_everything=True):
    """Change the world, kill a run at one of its calls and let it end; return what is wrong."""
    world.change(random.Random(number), reads_everything=reads_everything)
    run = world.queue()
    told = kill_at_call(workers, world.sync.org, run, number, plant)
    return [f"{told}: {each}" for each in end(world, workers, run, plant)]


def end(world, workers, run, plant):
    """Let a run end by what the machines do; return what is wrong then, in words."""
    finish(workers, run, plant)
    wrong = world.find_differences(run)
    if run.state != RunState.SUCCEEDED:
        wrong.append(f"ended as {run.state}: {run.message}")
    return wrong


@pytest.mark.fault("F53", "F79")
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_runs_end_as_if_nothing_had_happened(sync, workers, part):
    world = World(sync)
    usual = run_undisturbed(world, workers)
    first = int(os.environ.get("KILL_SEED", random.randrange(1_000_000)))
    count = 1 if "KILL_SEED" in os.environ else SCHEDULES // PARTS
    for seed in range(first, first + count):
        assert not run_schedule(world, workers, seed, usual)


CALLS = 20  # more than an undisturbed run makes: the last ones are never reached
SCHEDULES_TO_FIND_A_PLANT = 20
EVERY_DAY = (plants.no_fence, plants.begin_anew, plants.forget_what_was_seen)


@pytest.mark.one_engine
@pytest.mark.fault("F53", "F79")
@pytest.mark.parametrize("reads_everything", [True, False])
def test_run_killed_at_each_call_in_turn_ends_as_if_nothing_had_happened(
    sync, workers, reads_everything
):
    world = World(sync)
    run_undisturbed(world, workers)
    for number in range(1, CALLS + 1):
        assert not run_killed_at_call(world, workers, number, reads_everything=reads_everything)


@pytest.mark.one_engine
@pytest.mark.parametrize("plant", plants.PLANTS, ids=lambda plant: plant.__name__)
def test_kills_find_a_worker_that_makes_a_mistake(sync, workers, plant):
    """All nine with the deep profile, three of them every day."""
    if PROFILE != "deep" and plant not in EVERY_DAY:
        pytest.skip("with HYPOTHESIS_PROFILE=deep")
    world, name = World(sync), plant.__name__
    assert find_mistake(world, workers, name)


def find_mistake(world, workers, plant):
    """Tell whether schedules of fixed seeds see that the worker makes a mistake."""
    try:
        usual = run_undisturbed(world, workers, plant)
        return any(
            run_killed_at_call(world, workers, number, plant) for number in range(1, CALLS + 1)
        ) or any(
            run_schedule(world, workers, seed, usual, plant)
            for seed in range(SCHEDULES_TO_FIND_A_PLANT)
        )
    except AssertionError:  # undisturbed it is wrong already, or it does not come to an end
        return True
