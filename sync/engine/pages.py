"""Taking a page over: what is wrong with one is an error that a run can end with, or repeat."""

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.salesforce import IncompleteBodyError, ProtocolError
from lists.records import MissingColumnError, PageError


@contextmanager
def judging_pages() -> Iterator[None]:
    """Turn what the record store says of a page into an error of Salesforce's.

    Raises IncompleteBodyError where another read of the page may bring it whole, ProtocolError
    where it lacks a column that was asked for: that is never an empty value (F35, F75).
    """
    try:
        yield
    except MissingColumnError as error:
        raise ProtocolError("COLUMNS_WRONG", f"{error} Nothing of it was taken over.") from error
    except PageError as error:
        raise IncompleteBodyError("PAGE_BROKEN", str(error)) from error
