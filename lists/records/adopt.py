"""A record takes over edits that were made in another record of the same person. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from lists.records.merge import Merged, Value


class Edit(NamedTuple):
    """A value that was entered here, the one last agreed on with Salesforce, and when it was."""

    value: Value
    base: Value
    edited_at: datetime | None = None


def adopt(
    data: Mapping[str, Value], dirty: Mapping[str, Value] | None, edits: Mapping[str, Edit]
) -> Merged:
    """Make `edits`, by their keys, edits of a record too, unless it has its own of a value.

    The base comes along: the next pull compares it with what Salesforce has.
    """
    values, open_edits = dict(data), dict(dirty or {})
    for key, edit in edits.items():
        if key not in open_edits and edit.value != data.get(key):
            values[key], open_edits[key] = edit.value, edit.base
    return Merged(values, open_edits or None, changed=values != dict(data))
