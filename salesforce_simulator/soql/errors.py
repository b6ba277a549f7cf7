"""Errors that point at a place in a query, in Salesforce's form."""

import re

from salesforce_simulator.organisation.errors import SalesforceError

_AROUND = 40
_INSIDE_WORD = re.compile(r"\w\w")


def query_error(code: str, reason: str, text: str, at: int) -> SalesforceError:
    """Return an error whose message shows the query's line, a caret, the place and the reason.

    Rows and columns count from 1. Of a long line only the surroundings of the
    place are shown, in whole words.
    """
    at = min(max(at, 0), len(text))
    row = text.count("\n", 0, at) + 1
    start = text.rfind("\n", 0, at) + 1
    line, column = text[start:].partition("\n")[0], at - start
    left, right = max(0, column - _AROUND), min(len(line), column + _AROUND)
    while _in_word(line, left):
        left -= 1
    while _in_word(line, right):
        right += 1
    caret = " " * (column - left) + "^"
    return SalesforceError(
        code,
        f"\n{line[left:right]}\n{caret}\nERROR at Row:{row}:Column:{column + 1}\n{reason}",
    )


def _in_word(line: str, place: int) -> bool:
    """Tell whether a word goes on across a place."""
    return bool(_INSIDE_WORD.match(line[max(0, place - 1) : place + 1]))


def too_complicated() -> SalesforceError:
    """Return the refusal of a query that is beyond what the database can do at once."""
    return SalesforceError(
        "QUERY_TOO_COMPLICATED",
        "Query is either selecting too many fields or the filter conditions are too complicated.",
    )
