"""Bring a value from JSON or CSV into the form in which it is stored."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.clock import to_stamp
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import normalise_id

_LOCAL = r"[^\s@<>()\[\],;:\\\"]+"
_EMAIL = re.compile(rf"{_LOCAL}@(?:[^\s@.,;:<>()\[\]\\\"]+\.)+[^\s@.,;:<>()\[\]\\\"]{{2,}}")
_BLANKS = " \t\r\n\f\v"
_CSV_BOOLEANS = {"true": 1, "1": 1, "yes": 1, "false": 0, "0": 0, "no": 0}
_OFFSET_WITHOUT_COLON = re.compile(r"([+-]\d\d)(\d\d)$")
_INT_LIMIT = 2**31

_CUTTABLE = frozenset({"string", "textarea", "phone", "picklist", "multipicklist", "combobox"})

Coercion = Callable[[Field, object], object]


def coerce(field: Field, value: object) -> object:
    """Return `value` as the column of `field` keeps it; None clears the field.

    Raises STRING_TOO_LONG, INVALID_EMAIL_ADDRESS,
    INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST, NUMBER_OUTSIDE_VALID_RANGE,
    MALFORMED_ID or INVALID_TYPE_ON_FIELD_IN_RECORD. A checkbox is never null.
    """
    if value is None or value == "":
        return 0 if field.type == "boolean" else None
    return _COERCIONS.get(field.type, _text)(field, value)


def shortened(field: Field, value: object) -> object:
    """Return a text cut to the field's length, as AllowFieldTruncationHeader asks for.

    What has a form of its own, such as an e-mail address or an id, is not cut.
    """
    if isinstance(value, str) and field.type in _CUTTABLE:
        return value[: field.length]
    return value


def _wrong_type(field: Field, value: object) -> SalesforceError:
    return SalesforceError(
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        f"{field.label}: value not of required type: {value}",
        [field.name],
    )


def _text(field: Field, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _wrong_type(field, value)
    # Salesforce cuts blanks off both ends and keeps an empty text as null.
    text = _cleaned(str(value)).strip(_BLANKS)
    if len(text) > field.length:
        raise SalesforceError(
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {text} (max length={field.length})",
            [field.name],
        )
    return text or None


def _cleaned(text: str) -> str:
    """Take out what no text of Salesforce holds: NUL and halves of surrogate pairs."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text.replace("\0", "")


def _email(field: Field, value: object) -> object:
    text = _text(field, value)
    if isinstance(text, str) and not _EMAIL.fullmatch(text):
        raise SalesforceError(
            "INVALID_EMAIL_ADDRESS",
            f"{field.label}: invalid email address: {text}",
            [field.name],
        )
    return text


def _picklist(field: Field, value: object) -> object:
    text = _text(field, value)
    if field.restricted and text is not None and text not in field.values:
        raise SalesforceError(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.label}: bad value for restricted picklist field: {text}",
            [field.name],
        )
    return text


def _boolean(field: Field, value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.lower() in _CSV_BOOLEANS:
        return _CSV_BOOLEANS[value.lower()]
    raise _wrong_type(field, value)


def _number(field: Field, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _wrong_type(field, value)
    try:
        number = round(float(value), field.scale)
    except (ValueError, OverflowError) as error:
        raise _wrong_type(field, value) from error
    if not abs(number) < 10 ** (field.precision - field.scale):
        raise SalesforceError(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {value}",
            [field.name],
        )
    return number


def _integer(field: Field, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _wrong_type(field, value)
    try:
        number = int(float(value))
    except (ValueError, OverflowError) as error:
        raise _wrong_type(field, value) from error
    if abs(number) >= min(_INT_LIMIT, 10 ** (field.digits or 10)):
        raise SalesforceError(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {value}",
            [field.name],
        )
    return number


def _date(field: Field, value: object) -> object:
    if not isinstance(value, str):
        raise _wrong_type(field, value)
    try:
        # A datetime is accepted for a date; its day counts.
        return date.fromisoformat(value.strip()[:10]).isoformat()
    except ValueError as error:
        raise _wrong_type(field, value) from error


def _datetime(field: Field, value: object) -> object:
    if not isinstance(value, str):
        raise _wrong_type(field, value)
    text = _OFFSET_WITHOUT_COLON.sub(r"\1:\2", value.strip())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _wrong_type(field, value) from error
    return to_stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _reference(field: Field, value: object) -> object:
    record_id = normalise_id(value.strip()) if isinstance(value, str) else None
    if record_id is None:
        raise malformed_id(field, value)
    return record_id


def malformed_id(field: Field, value: object) -> SalesforceError:
    """Return the error for something that is no record id at all."""
    return SalesforceError(
        "MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", [field.name]
    )


_COERCIONS: dict[str, Coercion] = {
    "email": _email,
    "picklist": _picklist,
    "boolean": _boolean,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "int": _integer,
    "date": _date,
    "datetime": _datetime,
    "reference": _reference,
    "id": _reference,
}
