"""Names of fields that a client lists."""

import re

from salesforce_simulator.transport.errors import HttpError

_NAME = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)*", re.ASCII)


def field_names(text: str) -> list[str]:
    """Return the names of a list with commas between them, without empty ones.

    Raises INVALID_FIELD for what cannot be a name.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if not _NAME.fullmatch(name):
            raise HttpError(400, "INVALID_FIELD", f"No such column '{name}'")
    return names
