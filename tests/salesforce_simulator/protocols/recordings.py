"""Life cycles of jobs in real organisations, and the shapes of their answers."""

import json

from tests.salesforce_simulator.recorded import recordings


def steps(name: str) -> dict[str, dict]:
    """Return the bodies of a recorded life cycle by the name of their step."""
    return {
        step["step"]: step["body"] for step in json.loads(recordings(name).read_text())["steps"]
    }


def shape(body: dict) -> dict[str, type]:
    """Return a body's keys with the types of their values."""
    return {key: type(value) for key, value in body.items()}
