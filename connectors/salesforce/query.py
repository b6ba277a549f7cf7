"""Queries over REST: for small results; large ones go by the Bulk API."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.client import SalesforceClient, field_of
from connectors.salesforce.errors import IncompleteBodyError


@dataclass(frozen=True)
class RecordPage:
    """One page of a result: records as REST gives them, with ``attributes`` and nested parents.

    ``total_size`` counts the whole result.
    """

    records: list[dict[str, Any]]
    total_size: int
    done: bool


def iterate_pages(
    client: SalesforceClient, soql: str, *, include_deleted: bool = False
) -> Iterator[RecordPage]:
    """Yield the result page by page (at most 2,000 records each, one API call each).

    ``include_deleted`` also reads the recycle bin. Raises ResultsExpiredError when
    Salesforce has dropped the result between two pages, IncompleteBodyError when it
    ends with fewer records than it counts.
    """
    answer = client.salesforce.query(soql, include_deleted=include_deleted)
    count = 0
    while True:
        page = RecordPage(
            field_of(answer, "records"), field_of(answer, "totalSize"), field_of(answer, "done")
        )
        count += len(page.records)
        if page.done and count < page.total_size:
            raise IncompleteBodyError(
                "RECORDS_MISSING", f"The query counts {page.total_size} records and {count} came."
            )
        yield page
        if page.done:
            return
        answer = client.salesforce.query_more(
            field_of(answer, "nextRecordsUrl"), identifier_is_url=True
        )


def iterate_records(
    client: SalesforceClient, soql: str, *, include_deleted: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield every record of a result, a page in memory at a time."""
    for page in iterate_pages(client, soql, include_deleted=include_deleted):
        yield from page.records


def count_records(client: SalesforceClient, soql: str, *, include_deleted: bool = False) -> int:
    """Return the size of the result of a ``SELECT COUNT()`` query."""
    answer = client.salesforce.query(soql, include_deleted=include_deleted)
    return int(field_of(answer, "totalSize"))
