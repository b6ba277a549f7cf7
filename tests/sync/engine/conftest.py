"""Both ways to send records, and the organisation's rules for the time of a test."""

import pytest

from sync.engine import matching
from sync.engine import push as push_module


@pytest.fixture(params=["collections", "bulk"])
def way(request, monkeypatch):
    """Send few rows as if they were many, so that both ways are the same to a person."""
    if request.param == "bulk":
        monkeypatch.setattr(push_module, "BULK_FROM", 1)
        monkeypatch.setattr(matching, "BULK_FROM", 1)
    return request.param


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
