"""Both ways to send records, the samples of dry runs, and the rules of the organisation."""

import pytest

from sync.engine import dry_result, dry_run, matching
from sync.engine import push as push_module
from tests.sync.engine.deaths import watch_checkpoints


@pytest.fixture(params=["collections", "bulk"])
def way(request):
    """Send few rows as if they were many, so that both ways are the same to a person."""
    if request.param == "bulk":
        request.getfixturevalue("in_bulk")
    return request.param


@pytest.fixture
def in_bulk(monkeypatch):
    """Send few rows as if they were many."""
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    monkeypatch.setattr(matching, "BULK_FROM", 1)


@pytest.fixture
def every_sample(monkeypatch):
    """Keep all records of each sort, so that the whole can be compared."""
    for module in (dry_result, dry_run):
        monkeypatch.setattr(module, "SAMPLES", 10_000)


@pytest.fixture
def lay_down(local_org):
    """Lay parts of the organisation's rulebook down; they are taken away after the test."""
    laid_down = []

    def change(**parts):
        laid_down.extend(parts)
        local_org.control("POST", "rulebook", parts)

    yield change
    local_org.control("POST", "rulebook", {name: [] for name in laid_down})
    local_org.control("DELETE", "row-locks")


@pytest.fixture
def die_at(monkeypatch):
    """Let the worker die at a checkpoint that is chosen by calling this."""
    return watch_checkpoints(monkeypatch)
