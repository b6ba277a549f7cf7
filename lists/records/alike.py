"""Whether two texts are one value, written in two ways. Pure.

Salesforce does not store every value letter by letter as it was sent: it cuts blanks off both
ends, writes times in UTC and numbers without needless noughts, and takes picklist values as they
are defined. What a push sent may so come back in other letters, and is no change of anybody's.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

NO_PART_OF_A_NUMBER = re.compile(r"[^0-9a-z+]")
WORDS = {"1": "true", "yes": "true", "0": "false", "no": "false"}
# A record id of 15 characters and the one of 18 name the same record.
SHORT_ID = 15


def are_alike(one: str | None, other: str | None, data_type: str) -> bool:
    """Tell whether two texts of a Salesforce type (None = blank) are the same value."""
    if one == other:
        return True
    form = FORMS.get(data_type, _text)
    return form((one or "").strip()) == form((other or "").strip())


def _text(text: str) -> str:
    return text.replace("\r\n", "\n")


def _choices(text: str) -> str:
    return ";".join(sorted(text.casefold().split(";")))


def _boolean(text: str) -> str:
    return WORDS.get(text.lower(), text.lower())


def _number(text: str) -> str:
    try:
        return str(Decimal(text).normalize())
    except InvalidOperation:
        return text


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text).replace(microsecond=0)
    except ValueError:
        return text
    return moment.astimezone(UTC).isoformat() if moment.tzinfo else text


def _phone(text: str) -> str:
    return NO_PART_OF_A_NUMBER.sub("", text.lower()) or text


def _id(text: str) -> str:
    return text[:SHORT_ID]


FORMS: dict[str, Callable[[str], str]] = {
    "email": str.casefold,
    "phone": _phone,
    "picklist": str.casefold,
    "combobox": str.casefold,
    "multipicklist": _choices,
    "boolean": _boolean,
    "int": _number,
    "long": _number,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "datetime": _moment,
    "reference": _id,
    "id": _id,
}
