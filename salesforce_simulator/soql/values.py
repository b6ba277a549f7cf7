"""From the literals of a query to the values that columns hold."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.catalogue.model import NUMBERS, REFERENCES
from salesforce_simulator.organisation.clock import to_stamp
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.soql.dates import relative_span, start_of_day
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.nodes import Literal

LONGEST_STRING = 4_000
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
    if field.type == "int" or field.type in NUMBERS:
        return float(_expect(field, literal, setting, "number"))
    text = _expect(field, literal, setting, "string")
    if len(text) > LONGEST_STRING:
        raise SalesforceError(
            "INVALID_QUERY_FILTER_OPERATOR", "Value too long for field: maximum length is 4000"
        )
    if field.type in REFERENCES:
        return _bind_id(literal, setting)
    return text or None


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
        today = setting.now.astimezone(setting.zone).date()
        span = relative_span(literal.text, literal.count, today)
        if span is None:
            raise query_error(
                "MALFORMED_QUERY", f"unexpected token: '{literal.text}'", setting.text, literal.at
            )
        if field.type == "date":
            return Span(span[0].isoformat(), span[1].isoformat())
        return Span(start_of_day(span[0], setting.zone), start_of_day(span[1], setting.zone))
    text = _expect(field, literal, setting, field.type)
    try:
        if field.type == "date":
            return date.fromisoformat(text).isoformat()
        fixed = _OFFSET_WITHOUT_COLON.sub(r"\1:\2", text.upper())
        return to_stamp(datetime.fromisoformat(fixed))
    except ValueError as error:
        raise query_error(
            "MALFORMED_QUERY", f"Invalid {field.type}: {text}", setting.text, literal.at
        ) from error


def _expect(field: Field, literal: Literal, setting: Setting, kind: str) -> str:
    """Return the literal's text if it is of this kind."""
    if literal.kind == kind:
        return literal.text
    if literal.kind == "relative":
        raise query_error(
            "MALFORMED_QUERY", f"unexpected token: '{literal.text}'", setting.text, literal.at
        )
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
    if field.type in {"boolean", "date", "int", "double", "currency", "percent"}:
        return field.type
    if field.type == "datetime":
        return "dateTime"
    return "reference" if field.type in REFERENCES else "string"
