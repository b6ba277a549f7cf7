"""Redis is flushed, it and PostgreSQL crash, workers are killed: each run ends all the same.

Everything is real here, with shorter times: beat ticks, the message goes through Redis, a Celery
worker does the run. `MACHINES_SEED` replays one schedule, which a failure names.
"""

import os
import random
import time

import pytest
from django.core.management import call_command
from django.db import connection

from sync.models import RunState, SyncRun
from tests.conftest import PROFILE
from tests.processes import wait_until
from tests.scenarios.kills.disturbance import FAULTS, is_done
from tests.scenarios.kills.machines import SAFE_IN_A_CRASH, Machines, connect_to
from tests.scenarios.kills.world import World
from tools.services.postgresql import make_cluster
from tools.services.redis import make_redis

pytestmark = [pytest.mark.scenario, pytest.mark.fault("F79", "F81", "F82")]

SCHEDULES = 100 if PROFILE == "deep" else 8
USUAL_SECONDS = 0.6
DISTURBANCES = ("kill_child", "kill_worker", "flush_redis", "restart_redis", "restart_database")


@pytest.fixture
def machines(transactional_db, tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL and Redis are used together")
    with (
        make_cluster(SAFE_IN_A_CRASH) as cluster,
        make_redis() as redis,
        Machines(cluster, redis, tmp_path) as machines,
    ):
        before = connect_to(cluster.url)
        try:
            call_command("migrate", verbosity=0)
            yield machines
        finally:
            connection.close()
            connection.settings_dict.update(before)


@pytest.fixture
def account(machines, account):
    """An account in the database that will crash."""
    return account


def has_begun(run):
    """Tell whether a worker is at a run, or was."""
    return not SyncRun.objects.filter(pk=run.pk, state=RunState.QUEUED).exists()


def disturb(machines, org, run, luck):
    """Do one or two things to the machines at random moments of a run; return what was done."""
    told = []
    if luck.random() < 0.4:
        fault, nth = luck.choice(FAULTS), luck.randint(1, 10)
        org.fault("/services/", nth=nth, **fault)
        told.append(f"call {nth}: {fault}")
    for _ in range(luck.choice([1, 2])):
        name, seconds = luck.choice(DISTURBANCES), luck.uniform(0, USUAL_SECONDS)
        if luck.random() < 0.7:
            wait_until(lambda: has_begun(run), seconds=60)
        time.sleep(seconds)  # a random moment, not a wait for something
        run.refresh_from_db()
        getattr(machines, name)()
        told.append(f"{name} after {seconds:.3f} s while it was {run.state}")
    return told


def test_runs_end_as_if_nothing_had_happened_to_the_machines(machines, sync):
    world = World(sync)
    machines.begin(sync.org)
    first = int(os.environ.get("MACHINES_SEED", random.randrange(1_000_000)))
    for seed in range(first, first + (1 if "MACHINES_SEED" in os.environ else SCHEDULES)):
        luck = random.Random(seed)
        world.change(luck, reads_everything=luck.random() < 0.6)
        run = world.queue()
        told = disturb(machines, sync.org, run, luck)
        wait_until(lambda run=run: is_done(run), seconds=60)
        sync.org.mend()
        run.refresh_from_db()
        wrong = world.find_differences(run)
        assert not wrong, (f"seed {seed}", told, wrong)
