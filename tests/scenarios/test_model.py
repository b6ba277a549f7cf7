"""Whatever people do on both sides, lists and organisation hold what a plain model says.

A hypothesis state machine takes random steps: in the organisation, in the lists, in the set-up,
and runs. After every run lists and organisation are compared with the model of `plain_model`,
record by record and value by value, and the run's counters with what the model counted.
"""

import os
from collections import Counter

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.local_org import start_local_org
from tests.scenarios.plain_model.both_sides import BothSides
from tests.scenarios.plain_model.differences import COUNTERS
from tests.scenarios.plain_model.hands import Salesforce

pytestmark = pytest.mark.scenario

IS_DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
RULES_AT_ONCE = 10
STEPS_AT_ONCE = 30  # a rule is several steps
DEEP_STEPS = 20_000
EVERY_DAY_STEPS = 60


@pytest.fixture(scope="module")
def running_org(tmp_path_factory):
    """An organisation whose clock this test may move, and that nobody else changes."""
    with start_local_org(tmp_path_factory.mktemp("model"), "leads:0") as org:
        yield org


def count_rounds():
    """Return how often the machine starts anew; MODEL_STEPS asks for another number of steps."""
    fewest = DEEP_STEPS if IS_DEEP else EVERY_DAY_STEPS
    return -(-int(os.environ.get("MODEL_STEPS", fewest)) // STEPS_AT_ONCE)


@pytest.mark.fault("F40", "F41", "F42", "F43", "F47", "F48", "F70")
def test_lists_and_organisation_hold_what_the_plain_model_says(sync):
    taken = Counter()

    class Machine(BothSides):
        pass

    Machine.sync, Machine.salesforce, Machine.taken = sync, Salesforce(sync.org), taken
    chosen = IS_DEEP or "MODEL_STEPS" in os.environ
    # To shrink a failure takes minutes: that is for whoever looks into it, with MODEL_SHRINK=1.
    phases = set(Phase) if os.environ.get("MODEL_SHRINK") else set(Phase) - {Phase.shrink}
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=count_rounds(),
            stateful_step_count=RULES_AT_ONCE,
            phases=phases,
            derandomize=not chosen,  # the same steps each time, others where many are taken
            suppress_health_check=list(HealthCheck),
        ),
    )

    structlog.get_logger(__name__).info("model.agrees", **taken)
    if IS_DEEP:
        assert taken["steps"] >= DEEP_STEPS
        assert not {name for name in COUNTERS.values() if not taken[name]}
