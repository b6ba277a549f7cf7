"""Answers of real organisations to compare with; they live beside the repository."""

import json
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


def steps(name: str) -> dict[str, dict]:
    """Return the bodies of a recorded life cycle by the name of their step."""
    return {step["step"]: step["body"] for step in json.loads(recording(name).read_text())["steps"]}


def shape(body: dict) -> dict[str, type]:
    """Return a body's keys with the types of their values."""
    return {key: type(value) for key, value in body.items()}
