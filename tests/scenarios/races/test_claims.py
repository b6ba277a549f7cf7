"""A thousand claims race for fifty accounts, by processes that sleep and whose clocks are wrong.

Never two syncs in an account at once, never a list within its interval, and nothing is written by
a process whose lease ran out while it slept.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys

import pytest
from django.conf import settings

from tests.scenarios.races.ground import lay_out, witnessed
from tests.scenarios.races.judge import find_broken_promises
from tests.scenarios.worker import ROOT, database_url

LEASE_SECONDS = 0.5
LIMIT_SECONDS = 180
PROGRAM = "tests.scenarios.races.racers"

pytestmark = [pytest.mark.scenario, pytest.mark.django_db(transaction=True)]


def race(ground, seed, planted="nothing"):
    """Run the race on the test's database; return what its processes saw."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "acton_connector.settings",
        "DATABASE_URL": database_url(),
        "VAR_DIR": str(settings.VAR_DIR),
        "SYNC_LEASE_SECONDS": str(LEASE_SECONDS),
    }
    accounts = map(str, ground.accounts)
    with subprocess.Popen(
        [sys.executable, "-m", PROGRAM, str(seed), planted, *accounts],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as raced:
        try:
            told, errors = raced.communicate(timeout=LIMIT_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):  # they have all ended, as they should
                os.killpg(raced.pid, signal.SIGKILL)
    assert raced.returncode == 0, errors
    return json.loads(told), errors


@pytest.fixture
def ground():
    with witnessed():
        yield lay_out(random.Random())


@pytest.fixture
def small_ground():
    with witnessed():
        yield lay_out(random.Random(), accounts=15)


def assert_promises_are_kept(ground):
    seen, errors = race(ground, random.randrange(1_000_000))

    assert not find_broken_promises(ground)
    assert not seen.get("broke down"), errors
    assert seen["claims"] >= 1_000
    # It was a race: claims were won and refused, and some holder slept until it had lost.
    assert seen["won"] >= len(ground.accounts), seen
    assert seen["refused"] > seen["won"], seen
    assert seen["lost"], seen


@pytest.mark.requirement("S84", "S85")
@pytest.mark.fault("F79", "F84", "F86")
@pytest.mark.threat("T3")
def test_of_a_thousand_racing_claims_no_two_hold_an_account_and_none_starts_early(ground):
    assert_promises_are_kept(ground)


@pytest.mark.fault("F84", "F86")
@pytest.mark.threat("T3")
def test_racing_claims_keep_the_promises_through_pgbouncer(pgbouncer, ground):
    assert_promises_are_kept(ground)


def test_the_race_finds_a_claim_that_looks_first_and_writes_then(small_ground):
    race(small_ground, seed=1, planted="check_then_write")

    assert find_broken_promises(small_ground)
