"""Responses recorded from real organisations, which stand beside the project."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3] / "shared" / "salesforce" / "recordings"


def recordings(*parts: str) -> Path:
    """Return a folder or file of the recordings; skip the test where there are none."""
    if not _ROOT.is_dir() and os.environ.get("CI") != "true":
        pytest.skip(f"no recordings in {_ROOT}")
    return _ROOT.joinpath(*parts)


def recorded_names(*parts: str) -> list[str]:
    """Return the names, without ending, of the files in a folder; none where there are none."""
    return sorted(path.stem for path in _ROOT.joinpath(*parts).glob("*.json"))
