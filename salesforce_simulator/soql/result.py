"""What a query found."""

import json
from array import array
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.soql.bulk_csv import header, line_expression
from salesforce_simulator.soql.compiler import Child, Statement
from salesforce_simulator.soql.shape import RecordShape, convert

MOST_GROUPS = 2_000
_PAGE = 2_000


@dataclass(frozen=True)
class Column:
    """One selected value: its dotted path or alias, and the field type."""

    path: str
    type: str


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
            return connection.execute(sql, self._statement.parameters).fetchone()[0]

    @cached_property
    def _numbers(self) -> "array[int]":
        sql = self._statement.sql(f"{self._statement.root.alias}.number")
        with self._database.reader() as connection:
            rows = connection.execute(sql, self._statement.parameters)
            return array("q", (row[0] for row in rows))

    @cached_property
    def _groups(self) -> list[tuple[Any, ...]]:
        sql = self._statement.sql(self._selected())
        with self._database.reader() as connection:
            rows = connection.execute(sql, self._statement.parameters).fetchmany(MOST_GROUPS + 1)
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
            yield from connection.execute(sql, self._statement.parameters)

    def records(
        self, version: str, start: int = 0, stop: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """Return the records from `start` up to `stop` in REST's form.

        `version` such as `60.0` goes into their paths.
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
            yield from self._page(shape, page, version)

    def _group_record(self, row: tuple[Any, ...]) -> dict[str, Any]:
        record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        for label, column, value in zip(
            self._statement.labels, self._statement.columns, row, strict=True
        ):
            record[label] = convert(column.field, value)
        return record

    def _page(self, shape: RecordShape, numbers: list[int], version: str) -> list[dict[str, Any]]:
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
            rows = connection.execute(sql, (json.dumps(numbers),)).fetchall()
        records = [shape.build(row, version) for row in rows]
        for child in statement.children:
            self._add_children(child, records, [row[0] for row in rows], version)
        return records

    def _add_children(
        self, child: Child, records: list[dict[str, Any]], ids: list[str], version: str
    ) -> None:
        """Give each record the result of a sub-query on its children, or null."""
        statement = child.statement
        shape = RecordShape(statement)
        key = statement.root.column(child.key)
        sql = statement.sql(", ".join(shape.expressions), condition=f"{key} = ?")
        with self._database.reader() as connection:
            for record, parent_id in zip(records, ids, strict=True):
                rows = connection.execute(sql, (*statement.parameters, parent_id)).fetchall()
                found = [shape.build(row, version) for row in rows]
                record[child.name] = (
                    {"totalSize": len(found), "done": True, "records": found} if found else None
                )

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
            cursor = connection.execute(sql, self._statement.parameters)
            rows = cursor.fetchmany(rows_per_chunk)
            if not rows:
                yield 0, head
            while rows:
                yield len(rows), head + b"".join(row[0] for row in rows)
                rows = cursor.fetchmany(rows_per_chunk)
