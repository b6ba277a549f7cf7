"""Why a page of records is not taken over.

Whoever catches one of these rolls the transaction back: nothing of the page may stay.
"""


class PageError(Exception):
    """A page of Salesforce's answer that must not be applied."""


class MissingColumnError(PageError):
    """The header is not what was asked for: a missing column is never an empty value."""


class TruncatedPageError(PageError):
    """The page is cut or broken: a row with too few or too many cells, or an open quote."""


class RepeatedRecordError(PageError):
    """The page names one record twice, so that it is unknown which of its rows holds."""


class NothingSeenError(RuntimeError):
    """Missing records were asked for, but no page of the run was remembered."""


class ListGoneError(RuntimeError):
    """The list was deleted while a run was reading records for it."""
