"""What a query found."""

import json
import sqlite3
from array import array
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.soql.bulk_csv import header, line_expression
from salesforce_simulator.soql.errors import too_complicated
from salesforce_simulator.soql.shape import RecordShape, convert
from salesforce_simulator.soql.statement import Child, Statement

MOST_GROUPS = 2_000
_PAGE = 2_000
_BEYOND_SQLITE = ("too ", "at most", "overflow")


@dataclass(frozen=True)
class Column:
    """One selected value: its dotted path or alias, and the field type."""

    path: str
    type: str


@dataclass(frozen=True)
class ChildPages:
    """How the children of a record are paged: so many at first, the rest behind an address.

    `next_url` takes the result of the sub-query for one record, and where to go on.
    """

    size: int
    next_url: Callable[["QueryResult", int], str]


class QueryResult:
    """The records that a query found, handed out in one of three forms.

    For REST the numbers of the matching records are taken once, so that pages
    neither overlap nor leave gaps while records change; values are read when a
    page is asked for. CSV and raw rows are streamed from one consistent state.
    """

    def __init__(self, database: Database, statement: Statement) -> None:
        self._database = database
        self._statement = statement
        self.sobject_type = statement.sobject.name
        aggregate = statement.kind == "aggregate"
        paths = statement.labels if aggregate else [".".join(c.names) for c in statement.columns]
        self.columns = [
            Column(path, column.field.type)
            for path, column in zip(paths, statement.columns, strict=True)
        ]

    @cached_property
    def total_size(self) -> int:
        """Return how many records the query found, or the number that COUNT() asks for."""
        if self._statement.kind == "count":
            inner = self._statement.sql("1")
            return int(self._one(f"SELECT count(*) FROM ({inner})"))  # noqa: S608 - compiled
        return len(self._groups if self._statement.kind == "aggregate" else self._numbers)

    def _one(self, sql: str) -> Any:
        with self._database.reader() as connection:
            return _execute(connection, sql, self._statement.parameters).fetchone()[0]

    @cached_property
    def _numbers(self) -> "array[int]":
        sql = self._statement.sql(f"{self._statement.root.alias}.number")
        with self._database.reader() as connection:
            rows = _execute(connection, sql, self._statement.parameters)
            return array("q", (row[0] for row in rows))

    @cached_property
    def _groups(self) -> list[tuple[Any, ...]]:
        sql = self._statement.sql(self._selected())
        with self._database.reader() as connection:
            rows = _execute(connection, sql, self._statement.parameters).fetchmany(MOST_GROUPS + 1)
        if len(rows) > MOST_GROUPS:
            raise SalesforceError(
                "EXCEEDED_ID_LIMIT",
                "Aggregate query does not support queryMore(), use LIMIT to restrict the results"
                " to a single batch",
            )
        return rows

    def _selected(self) -> str:
        values = ("NULL" if c.field.type == "address" else c.sql for c in self._statement.columns)
        return ", ".join(values) or "1"

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Stream the selected values as they are stored; an address comes as None."""
        with closing(self._database.connect()) as connection:
            sql = self._statement.sql(self._selected())
            yield from _execute(connection, sql, self._statement.parameters)

    def records(
        self,
        version: str,
        start: int = 0,
        stop: int | None = None,
        children: ChildPages | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Return the records from `start` up to `stop` in REST's form.

        `version` such as `60.0` goes into their paths. Without `children` all rows
        of sub-queries are in the records.
        """
        if self._statement.kind == "count":
            return
        if self._statement.kind == "aggregate":
            yield from (self._group_record(row) for row in self._groups[start:stop])
            return
        shape = RecordShape(self._statement)
        numbers = self._numbers
        stop = len(numbers) if stop is None else min(stop, len(numbers))
        for first in range(start, stop, _PAGE):
            page = numbers[first : min(first + _PAGE, stop)].tolist()
            yield from self._page(shape, page, version, children)

    def _group_record(self, row: tuple[Any, ...]) -> dict[str, Any]:
        record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        for label, column, value in zip(
            self._statement.labels, self._statement.columns, row, strict=True
        ):
            record[label] = convert(column.field, value)
        return record

    def _page(
        self, shape: RecordShape, numbers: list[int], version: str, children: ChildPages | None
    ) -> list[dict[str, Any]]:
        statement = self._statement
        root = statement.root.alias
        # CROSS JOIN keeps SQLite to this order: a page's few rows are looked up by number.
        tables = statement.tables.replace(
            f"{quoted(statement.sobject.name)} {root}",
            f"json_each(?) page CROSS JOIN {quoted(statement.sobject.name)} {root}"
            f" ON {root}.number = page.value",
            1,
        )
        columns = ", ".join(shape.expressions)
        sql = f"SELECT {columns} FROM {tables} ORDER BY page.key"  # noqa: S608 - names from the catalogue
        with self._database.reader() as connection:
            rows = _execute(connection, sql, (json.dumps(numbers),)).fetchall()
        records = [shape.build(row, version) for row in rows]
        ids = [row[0] for row in rows]
        _Children(self._database, version, children).fill(statement, records, ids)
        return records

    def csv_chunks(
        self, *, rows_per_chunk: int, delimiter: str = ",", line_ending: str = "\n"
    ) -> Iterator[tuple[int, bytes]]:
        """Stream the records as CSV: (number of rows, header line and rows) per chunk.

        All cells are in quotes, datetimes end in `Z`, an empty cell is null. With
        no record at all there is one chunk of the header alone.
        """
        columns = self._statement.columns
        head = header(columns, delimiter, line_ending)
        sql = self._statement.sql(line_expression(columns, delimiter, line_ending))
        with closing(self._database.connect()) as connection:
            connection.text_factory = bytes
            cursor = _execute(connection, sql, self._statement.parameters)
            rows = cursor.fetchmany(rows_per_chunk)
            if not rows:
                yield 0, head
            while rows:
                yield len(rows), head + b"".join(row[0] for row in rows)
                rows = cursor.fetchmany(rows_per_chunk)


class _Children:
    """Gives records the results of the sub-queries on their children."""

    def __init__(self, database: Database, version: str, pages: ChildPages | None) -> None:
        self._database = database
        self._version = version
        self._pages = pages

    def fill(self, statement: Statement, records: list[dict[str, Any]], ids: list[str]) -> None:
        """Put a result in the place of each sub-query, or null where there are no children."""
        for child in statement.children:
            shape = RecordShape(child.statement)
            columns = ", ".join(shape.expressions)
            sql = child.statement.sql(columns, condition=child.condition)
            for record, parent_id in zip(records, ids, strict=True):
                record[child.name] = self._result(child, shape, sql, parent_id)

    def _result(
        self, child: Child, shape: RecordShape, sql: str, parent_id: str
    ) -> dict[str, Any] | None:
        most = self._pages.size if self._pages else None
        parameters = (*child.statement.parameters, parent_id)
        with self._database.reader() as connection:
            cursor = _execute(connection, sql, parameters)
            rows = cursor.fetchall() if most is None else cursor.fetchmany(most + 1)
        if not rows:
            return None
        shown = rows[:most]
        found = [shape.build(row, self._version) for row in shown]
        self.fill(child.statement, found, [row[0] for row in shown])
        if self._pages is None or len(rows) == len(shown):
            return {"totalSize": len(found), "done": True, "records": found}
        rest = QueryResult(self._database, child.statement.narrowed(child.condition, parent_id))
        url = self._pages.next_url(rest, len(shown))
        size = rest.total_size
        return {"totalSize": size, "done": False, "nextRecordsUrl": url, "records": found}


def _execute(
    connection: sqlite3.Connection, sql: str, parameters: tuple[object, ...]
) -> sqlite3.Cursor:
    """Run a statement; QUERY_TOO_COMPLICATED when it is beyond a limit of SQLite's."""
    try:
        return connection.execute(sql, parameters)
    except (sqlite3.OperationalError, sqlite3.DataError) as error:
        if any(part in str(error) for part in _BEYOND_SQLITE):
            raise too_complicated() from error
        raise
