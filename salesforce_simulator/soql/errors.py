"""Errors that point at a place in a query, in Salesforce's form."""

from salesforce_simulator.organisation.errors import SalesforceError

_AROUND = 40


def query_error(code: str, reason: str, text: str, at: int) -> SalesforceError:
    """Return an error whose message shows the query's line, a caret, the place and the reason.

    Rows and columns count from 1. Of a long line only the surroundings of the
    place are shown.
    """
    at = min(max(at, 0), len(text))
    row = text.count("\n", 0, at) + 1
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    column = at - start
    left = max(start, at - _AROUND)
    snippet = text[left : min(end, at + _AROUND)]
    caret = " " * (at - left) + "^"
    return SalesforceError(
        code, f"\n{snippet}\n{caret}\nERROR at Row:{row}:Column:{column + 1}\n{reason}"
    )


def too_complicated() -> SalesforceError:
    """Return the refusal of a query that is beyond what the database can do at once."""
    return SalesforceError(
        "QUERY_TOO_COMPLICATED",
        "Query is either selecting too many fields or the filter conditions are too complicated.",
    )
