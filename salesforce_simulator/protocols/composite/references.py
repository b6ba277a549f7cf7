"""References to earlier answers: ``@{one.id}``, ``@{two[0].Name}``, ``@{three.records[1].Id}``."""

import re
from collections.abc import Mapping
from typing import Any

from salesforce_simulator.organisation.errors import SalesforceError

_REFERENCE = re.compile(r"@\{(?P<name>\w+)(?P<path>(?:\.\w+|\[\d+\])*)\}")
_STEP = re.compile(r"\.(?P<key>\w+)|\[(?P<index>\d+)\]")
_MISSING = object()


def resolve(value: Any, answers: Mapping[str, Any]) -> Any:
    """Return the JSON value with every reference replaced by what it names.

    A text that is a reference and nothing else takes the type of the value named. ``answers`` are
    bodies by reference id. Raises PROCESSING_HALTED for a reference that names nothing.
    """
    if isinstance(value, str):
        return _resolve_text(value, answers)
    if isinstance(value, list):
        return [resolve(item, answers) for item in value]
    if isinstance(value, dict):
        return {_resolve_text(key, answers): resolve(item, answers) for key, item in value.items()}
    return value


def names_in(value: Any) -> set[str]:
    """Return the reference ids that a JSON value names."""
    if isinstance(value, str):
        return {match["name"] for match in _REFERENCE.finditer(value)}
    if isinstance(value, list):
        return set().union(*(names_in(item) for item in value))
    if isinstance(value, dict):
        return names_in(list(value)) | names_in(list(value.values()))
    return set()


def _resolve_text(text: str, answers: Mapping[str, Any]) -> Any:
    whole = _REFERENCE.fullmatch(text)
    if whole is not None:
        return _look_up(whole, answers)
    return _REFERENCE.sub(lambda match: _as_text(_look_up(match, answers)), text)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _look_up(match: re.Match[str], answers: Mapping[str, Any]) -> Any:
    found = answers.get(match["name"], _MISSING)
    for step in _STEP.finditer(match["path"]):
        if step["key"] is not None and isinstance(found, dict):
            found = found.get(step["key"], _MISSING)
        elif step["index"] is not None and isinstance(found, list):
            found = found[int(step["index"])] if int(step["index"]) < len(found) else _MISSING
        else:
            found = _MISSING
    if found is _MISSING:
        raise SalesforceError(
            "PROCESSING_HALTED",
            f"Invalid reference specified. No value for {match['name']}{match['path']} found in"
            f" {match['name']}",
        )
    return found
