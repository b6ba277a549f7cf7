"""Salesforce's words about a body that is not JSON; they are those of the parser Jackson."""

import json
import math
from typing import Any, NoReturn

_EMPTY = "The HTTP entity body is required, but this request has no entity body."
_EXPECTED = {
    "Expecting property name enclosed in double quotes": (
        "was expecting double-quote to start field name"
    ),
    "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
    "Expecting ',' delimiter": "was expecting comma to separate entries",
    "Illegal trailing comma before end of object": "was expecting double-quote to start field name",
}
_VALUE = (
    "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
)


def explain(body: bytes) -> str:
    """Return the complaint about a body that a strict parser of JSON has refused."""
    if not body.strip():
        return _EMPTY
    try:
        text = body.decode()
    except UnicodeDecodeError as problem:
        return f"Invalid UTF-8 start byte 0x{body[problem.start]:x}{_place('', 0)}"
    try:
        json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except json.JSONDecodeError as problem:
        return _about(problem) + _place(text, problem.pos)
    except (ValueError, RecursionError) as problem:
        return f"{problem}{_place(text, 0)}"
    return f"The request body cannot be read{_place(text, 0)}"


def _about(problem: json.JSONDecodeError) -> str:
    if problem.pos >= len(problem.doc.rstrip()) or problem.msg.startswith("Unterminated"):
        return "Unexpected end-of-input"
    character = problem.doc[problem.pos]
    reason = _EXPECTED.get(problem.msg, _VALUE)
    return f"Unexpected character ('{character}' (code {ord(character)})): {reason}"


def _place(text: str, position: int) -> str:
    row = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return f" at [line:{row}, column:{column}]"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"Non-standard token '{constant}'")


def _finite(text: str) -> Any:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"Numeric value ({text[:20]}) out of range")
    return number
