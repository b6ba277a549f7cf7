"""Records as the CSV of Bulk API 2.0, put together by SQLite.

A million rows of twenty cells pass through here; formatting them cell by cell
in Python would take most of the time of a download.
"""

from salesforce_simulator.organisation.catalogue.model import NUMBERS, REFERENCES
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.scope import Resolved

_MOST_ARGUMENTS = 100
_PLAIN = REFERENCES | NUMBERS | {"date", "datetime"}


def header(columns: tuple[Resolved, ...], delimiter: str, line_ending: str) -> bytes:
    """Return the header line, with every name in quotes."""
    names = (f'"{".".join(column.names)}"' for column in columns)
    return (delimiter.join(names) + line_ending).encode()


def line_expression(columns: tuple[Resolved, ...], delimiter: str, line_ending: str) -> str:
    """Return SQL for a record's whole line: all cells in quotes, quotes inside doubled."""
    pieces = []
    for start in range(0, len(columns), _MOST_ARGUMENTS):
        part = columns[start : start + _MOST_ARGUMENTS]
        cells = delimiter.join(f'"{_mark(column)}"' for column in part)
        last = start + _MOST_ARGUMENTS >= len(columns)
        template = cells + (line_ending if last else delimiter)
        values = ", ".join(_value(column) for column in part)
        pieces.append(f"format('{template}', {values})")
    return " || ".join(pieces)


def _mark(column: Resolved) -> str:
    """Return `format`'s mark for a cell; %w doubles quotes."""
    return "%s" if column.field.type in _PLAIN or column.field.type == "boolean" else "%w"


def _value(column: Resolved) -> str:
    if column.field.type == "address":
        raise SalesforceError("API_ERROR", "Selecting compound data not supported in Bulk Query")
    if column.field.type == "boolean":
        return f"CASE {column.sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '' END"
    return f"ifnull({column.sql}, '')"
