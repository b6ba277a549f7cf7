"""What an edit makes of a record's cell: the value that is stored, and what is left to push. Pure.

`data` maps column keys to values as text (None = blank, and a missing key is blank too). `dirty`
maps the keys that were changed here to the value last agreed with Salesforce.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from connectors.salesforce import normalise_id
from lists.emails import LONGEST_EMAIL, normalise_email

Values = Mapping[str, str | None]

WORDS_FOR_TRUE = ("true", "yes", "1")
WORDS_FOR_FALSE = ("false", "no", "0")


class Change(NamedTuple):
    """A record after an edit; `dirty` is None when nothing is left to push."""

    data: dict[str, str | None]
    dirty: dict[str, str | None] | None


def change_cell(
    data: Values, dirty: Values | None, key: str, value: str | None, *, is_mirrored: bool
) -> Change:
    """Put `value` into a cell.

    `is_mirrored` says that Salesforce has the cell too: then the first change keeps the agreed
    value, and going back to it leaves nothing to push.
    """
    open_edits = dict(dirty or {})
    if is_mirrored:
        base = open_edits.pop(key, data.get(key))
        if value != base:
            open_edits[key] = base
    return Change({**data, key: value}, open_edits or None)


def clean_value(text: str | None, data_type: str, *, max_length: int = 0) -> str | None:
    """Return the text as it is stored in a column of a Salesforce type; blank is None.

    An unticked checkbox is "false", because Salesforce knows no blank one. `max_length` is in
    characters, 0 where there is no limit. Raises ValidationError for what Salesforce would refuse.
    """
    trimmed = (text or "").strip()
    if not trimmed:
        return "false" if data_type == "boolean" else None
    if "\x00" in trimmed:
        raise ValidationError("A value cannot hold the character NUL.")
    if max_length and len(trimmed) > max_length:
        raise ValidationError(f"Salesforce takes at most {max_length} characters here.")
    return CLEANERS.get(data_type, str)(trimmed)


def _clean_boolean(text: str) -> str:
    lowered = text.lower()
    if lowered not in WORDS_FOR_TRUE + WORDS_FOR_FALSE:
        raise ValidationError("Enter true or false.")
    return "true" if lowered in WORDS_FOR_TRUE else "false"


def _clean_number(text: str) -> str:
    try:
        is_number = math.isfinite(float(text)) and "_" not in text
    except ValueError:
        is_number = False
    if not is_number:
        raise ValidationError("Enter a number, for example 1200.50.")
    return text


def _clean_date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValidationError("Enter a date, for example 2026-01-31.") from None


def _clean_datetime(text: str) -> str:
    try:
        is_exact = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        is_exact = False
    if not is_exact:
        raise ValidationError("Enter a time with its zone, for example 2026-01-31T09:30:00Z.")
    return text


def _clean_email(text: str) -> str:
    if len(text) > LONGEST_EMAIL:
        raise ValidationError(f"An e-mail address has at most {LONGEST_EMAIL} characters.")
    address = normalise_email(text)
    validate_email(address)
    return address


def _clean_id(text: str) -> str:
    try:
        return normalise_id(text)
    except ValueError:
        raise ValidationError("Enter a Salesforce record ID of 15 or 18 characters.") from None


CLEANERS: Mapping[str, Callable[[str], str]] = {
    "boolean": _clean_boolean,
    "int": _clean_number,
    "long": _clean_number,
    "double": _clean_number,
    "currency": _clean_number,
    "percent": _clean_number,
    "date": _clean_date,
    "datetime": _clean_datetime,
    "email": _clean_email,
    "reference": _clean_id,
}
