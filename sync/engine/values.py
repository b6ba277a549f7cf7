"""Values on their way to Salesforce: text here, JSON or a CSV cell there. Pure."""

import re

from lists.records import CLEARED

CSV_NULL = CLEARED
INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)
NUMBER_TYPES = frozenset({"int", "double", "currency", "percent", "long"})
# Of any other type every text is a value, save the one that clears a field.
TYPES_TO_CHECK = NUMBER_TYPES | {"boolean"}


class InvalidValueError(ValueError):
    """A text that is no value of the field's type; the message names both."""


def to_json(text: str | None, data_type: str) -> str | bool | float | int | None:
    """Return the JSON value of a field for the REST API; a blank is null.

    Raises InvalidValueError when the text is no number or no true/false where one is needed.
    """
    if text is None or text == "":
        return False if data_type == "boolean" else None
    if text == CSV_NULL:
        raise InvalidValueError(f'{CSV_NULL} means "clear the field" to Salesforce.')
    if data_type == "boolean":
        return _to_boolean(text)
    if data_type in NUMBER_TYPES:
        return _to_number(text)
    return text


def to_csv(text: str | None, data_type: str) -> str:
    """Return the cell of a field for the Bulk API; a blank is `#N/A`, which clears the field.

    Raises InvalidValueError as `to_json` does.
    """
    value = to_json(text, data_type)
    if not text:
        return CSV_NULL if value is None else "false"
    # The text as it stands, also of a number: what was sent is compared with what the list holds.
    return text


def _to_boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in ("true", "1", "yes"):
        return True
    if lowered in ("false", "0", "no"):
        return False
    raise InvalidValueError(f"{text[:40]!r} is neither true nor false.")


def _to_number(text: str) -> float | int:
    if INTEGER.fullmatch(text.strip()):
        return int(text)
    if not NUMBER.fullmatch(text.strip()):
        raise InvalidValueError(f"{text[:40]!r} is not a number.")
    return float(text)
