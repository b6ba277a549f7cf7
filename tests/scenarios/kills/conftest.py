import pytest

from tests.local_org import start_local_org
from tests.scenarios.kills.schedules import Schedules
from tests.scenarios.kills.workers import Workers
from tests.scenarios.kills.world import World


@pytest.fixture(scope="module")
def running_org(tmp_path_factory):
    """An organisation whose leads are this module's alone."""
    with start_local_org(tmp_path_factory.mktemp("kills"), "leads:0") as org:
        yield org


@pytest.fixture
def workers(sync, tmp_path):
    with Workers(sync.org, tmp_path / "workers.log") as workers:
        yield workers


@pytest.fixture
def schedules(sync, workers):
    return Schedules(World(sync), workers)
