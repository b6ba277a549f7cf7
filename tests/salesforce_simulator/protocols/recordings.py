"""Answers of real organisations to compare with; they live beside the repository."""

import os
from pathlib import Path

import pytest

_DIRECTORY = Path(__file__).resolve().parents[4] / "shared" / "salesforce" / "recordings"


def recording(name: str) -> Path:
    """Return a recording's path; skip the test where there is none, except in CI."""
    path = _DIRECTORY / name
    if not path.exists() and os.environ.get("CI") != "1":
        pytest.skip(f"the recording {name} is not on this machine")
    return path
