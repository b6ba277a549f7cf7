"""A list as a CSV file, written while it is read."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from acton_connector.accounts.scope import account_scope
from lists.csv_cells import guard
from lists.models import ListColumn, ListRecord, MarketingList
from lists.records.index_order import walk_index

RECORDS_AT_ONCE = 2_000
FIRST_ID = UUID(int=0)


def iter_csv(marketing_list: MarketingList) -> Iterator[bytes]:
    """Yield a list as CSV (RFC 4180, UTF-8 without a byte order mark), some thousand rows a part.

    The last column is the Salesforce ID. The rows come in the order of their ids, part by part:
    no query stays open while a slow reader takes its time.
    """
    with account_scope(marketing_list.account_id):
        columns = list(marketing_list.columns.all())
    yield _write([[*(column.name for column in columns), "Salesforce ID"]])
    after = FIRST_ID
    while True:
        # The scope is entered for each part: the view's has ended when the answer streams, and
        # one that stayed open between two parts would reach whoever reads them.
        with account_scope(marketing_list.account_id), walk_index():
            records = _read_after(marketing_list, after)
        if not records:
            return
        yield _write(_to_cells(record, columns) for record in records)
        after = records[-1].record_id


def _read_after(marketing_list: MarketingList, after: UUID) -> list[ListRecord]:
    records = ListRecord.objects.filter(list=marketing_list, record_id__gt=after)
    columns = records.only("record_id", "salesforce_id", "data")
    return list(columns.order_by("record_id")[:RECORDS_AT_ONCE])


def _to_cells(record: ListRecord, columns: Sequence[ListColumn]) -> list[str]:
    values = (record.data.get(column.key) for column in columns)
    return [*(value or "" for value in values), record.salesforce_id or ""]


def _write(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([guard(cell) for cell in row] for row in rows)
    return text.getvalue().encode()
