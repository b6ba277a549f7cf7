"""Large queries by the Bulk API 2.0, their results streamed as raw CSV."""

from collections.abc import Iterator, Sequence
from operator import itemgetter
from types import TracebackType
from typing import Self

import requests

from connectors.salesforce.bulk_jobs import BulkJob, create_job, gone_when_not_found
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.csv_rows import iterate_cells
from connectors.salesforce.errors import IncompleteBodyError, ProtocolError

_NO_LOCATOR = "null"
_CHUNK_BYTES = 262_144


class ResultPage:
    """One page of results, its body not yet read; close it, or read ``chunks`` to the end.

    ``locator`` names this page (None: the first), ``next_locator`` the one behind
    it (None: there is none). Locators are opaque.
    """

    def __init__(self, response: requests.Response, locator: str | None) -> None:
        self._response = response
        self.locator = locator
        following = response.headers.get("Sforce-Locator", _NO_LOCATOR)
        self.next_locator = None if following in {_NO_LOCATOR, ""} else following
        self.number_of_records = _record_count(response)

    def chunks(self) -> Iterator[bytes]:
        """Yield the CSV as received, header line first, in pieces that end anywhere.

        To be read once. Raises IncompleteBodyError, DeadlineError or NetworkError
        when the page does not arrive to its end: drop what was read of it and fetch
        it again by its locator.
        """
        with self:
            yield from self._response.iter_content(_CHUNK_BYTES)

    def close(self) -> None:
        """Give up what has not been read."""
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def start_query(client: SalesforceClient, soql: str, *, include_deleted: bool = False) -> BulkJob:
    """Create a query job; it runs at once. Raises QueryError or SchemaError for a bad query."""
    operation = "queryAll" if include_deleted else "query"
    return create_job(client, "query", {"operation": operation, "query": soql})


def fetch_result_page(
    client: SalesforceClient,
    job: BulkJob,
    *,
    locator: str | None = None,
    page_size: int = 100_000,
) -> ResultPage:
    """Open the page at ``locator`` with at most ``page_size`` records (one API call).

    Raises ResultsExpiredError when job, results or locator are gone.
    """
    params = {"maxRecords": str(page_size)}
    if locator is not None:
        params["locator"] = locator
    with gone_when_not_found():
        response = client.call(
            "GET", f"{job.path}/results", params=params, stream=True, headers={"Accept": "text/csv"}
        )
    return ResultPage(response, locator)


def iterate_result_pages(
    client: SalesforceClient,
    job: BulkJob,
    *,
    locator: str | None = None,
    page_size: int = 100_000,
) -> Iterator[ResultPage]:
    """Yield the pages of a completed job, from ``locator`` (None: the first) to the last.

    Read or close each page before the next; the connection carries one at a time.
    """
    while True:
        with fetch_result_page(client, job, locator=locator, page_size=page_size) as page:
            yield page
        if page.next_locator is None:
            return
        locator = page.next_locator


def iterate_result_rows(
    client: SalesforceClient, job: BulkJob, names: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a completed job, each with its cells in the order of two or more ``names``.

    Raises IncompleteBodyError where a page has fewer rows than it announces, or all pages
    together than the job counts: who asks for everybody must not miss one.
    """
    read = 0
    for page in iterate_result_pages(client, job):
        before = read
        rows = iterate_cells(page.chunks(), names)
        if header := next(rows):
            for row in map(itemgetter(*map(header.index, names)), rows):
                read += 1
                yield row
        _check_count(page.number_of_records, read - before)
    _check_count(job.records_processed, read)


def _check_count(announced: int, came: int) -> None:
    if came != announced:
        raise IncompleteBodyError(
            "ROWS_MISSING", f"Salesforce announced {announced} rows and {came} came."
        )


def _record_count(response: requests.Response) -> int:
    count = response.headers.get("Sforce-NumberOfRecords", "")
    if not (count.isascii() and count.isdigit()):
        response.close()
        raise ProtocolError("RECORD_COUNT_MISSING", "The page does not say how many rows it has.")
    return int(count)
