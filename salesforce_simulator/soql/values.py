"""From the literals of a query to the values that columns hold."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.catalogue.model import NUMBERS, REFERENCES
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.soql.dates import relative_span, start_of_day
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.nodes import Literal

LONGEST_STRING = 4_000
FIRST_YEAR, LAST_YEAR = 1700, 4000
CURRENCY = "USD"
_OFFSET_WITHOUT_COLON = re.compile(r"([+-]\d\d)(\d\d)$")


@dataclass(frozen=True)
class Span:
    """All moments from `start` up to but without `end`, as stored text."""

    start: str
    end: str


@dataclass(frozen=True)
class Setting:
    """Where and when a query runs: its text for errors, the time, and the user."""

    text: str
    now: datetime
    zone: ZoneInfo
    user_id: str


def bind(field: Field, literal: Literal, setting: Setting) -> object:
    """Return the stored form of a literal compared with `field`: a value, None or a Span.

    Raises INVALID_FIELD when the literal's type does not fit the field's, and
    INVALID_QUERY_FILTER_OPERATOR for something that is no id.
    """
    if literal.kind == "null":
        return None
    if field.type in {"date", "datetime"}:
        return _bind_time(field, literal, setting)
    if field.type == "boolean":
        return _expect(field, literal, setting, "boolean") == "TRUE"
    if field.type in NUMBERS:
        return _bind_number(field, literal, setting)
    text = _expect(field, literal, setting, "string")
    if len(text) > LONGEST_STRING:
        raise query_error(
            "MALFORMED_QUERY",
            f"String literals in WHERE cannot be longer than {LONGEST_STRING} characters.",
            setting.text,
            literal.at,
        )
    if field.type in REFERENCES:
        return _bind_id(literal, setting)
    return text or None


def _bind_number(field: Field, literal: Literal, setting: Setting) -> float:
    if literal.kind == "currency" and field.type == "currency":
        if not literal.text.startswith(CURRENCY):
            raise query_error(
                "INVALID_FIELD",
                f"Invalid currency code: {literal.text[: len(CURRENCY)]}",
                setting.text,
                literal.at,
            )
        return float(literal.text.removeprefix(CURRENCY))
    return float(_expect(field, literal, setting, "number"))


def _bind_id(literal: Literal, setting: Setting) -> str | None:
    if not literal.text:
        return None
    record_id = normalise_id(literal.text)
    if record_id is None:
        raise query_error(
            "INVALID_QUERY_FILTER_OPERATOR",
            f"invalid ID field: {literal.text}",
            setting.text,
            literal.at,
        )
    return record_id


def _bind_time(field: Field, literal: Literal, setting: Setting) -> object:
    if literal.kind == "relative":
        return _bind_relative(field, literal, setting)
    text = _expect(field, literal, setting, field.type)
    try:
        stored = _stored_date(text) if field.type == "date" else _stored_datetime(text)
    except (ValueError, OverflowError):
        stored = ""
    if not stored or not FIRST_YEAR <= int(stored[:4]) <= LAST_YEAR:
        raise query_error(
            "MALFORMED_QUERY", f"Invalid {field.type}: {text}", setting.text, literal.at
        )
    return stored


def _stored_date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _stored_datetime(text: str) -> str:
    """Return a moment with its milliseconds, which records themselves never have."""
    fixed = _OFFSET_WITHOUT_COLON.sub(r"\1:\2", text.upper())
    moment = datetime.fromisoformat(fixed).astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _bind_relative(field: Field, literal: Literal, setting: Setting) -> Span:
    today = setting.now.astimezone(setting.zone).date()
    try:
        span = relative_span(literal.text, literal.count, today)
        if span is not None:
            return _span(field, span[0], span[1], setting.zone)
    except (ValueError, OverflowError):
        pass
    shown = literal.text if literal.count is None else f"{literal.text}:{literal.count}"
    raise query_error("MALFORMED_QUERY", f"Invalid date: {shown}", setting.text, literal.at)


def _span(field: Field, first: date, end: date, zone: ZoneInfo) -> Span:
    if field.type == "date":
        return Span(first.isoformat(), end.isoformat())
    return Span(start_of_day(first, zone), start_of_day(end, zone))


def _expect(field: Field, literal: Literal, setting: Setting, kind: str) -> str:
    """Return the literal's text if it is of this kind."""
    if literal.kind == kind:
        return literal.text
    type_name = _type_name(field)
    quotes = (
        "should be enclosed in quotes" if kind == "string" else "should not be enclosed in quotes"
    )
    raise query_error(
        "INVALID_FIELD",
        f"value of filter criterion for field '{field.name}' must be of type {type_name}"
        f" and {quotes}",
        setting.text,
        literal.at,
    )


def _type_name(field: Field) -> str:
    if field.type in NUMBERS or field.type in {"boolean", "date"}:
        return field.type
    if field.type == "datetime":
        return "dateTime"
    return "reference" if field.type in REFERENCES else "string"
