"""A compiled query: the parts of one SQLite statement, and how to read its rows."""

from dataclasses import dataclass, replace
from functools import cached_property

from salesforce_simulator.organisation.catalogue import Field, SObject
from salesforce_simulator.soql.scope import Resolved, Trail
from salesforce_simulator.soql.sources import Source
from salesforce_simulator.soql.typeof import TypeofPart


@dataclass(frozen=True)
class Child:
    """A sub-query on the children of each record; `key` is the children's way up."""

    name: str
    key: Field
    statement: "Statement"

    @property
    def condition(self) -> str:
        """Return SQL that holds for the children of one parent."""
        return f"{self.statement.root.column(self.key)} = ?"


@dataclass(frozen=True)
class Statement:
    """A compiled query.

    `kind` is records, count or aggregate. `items` are what it selects, in order;
    the parts of SQL go together as SELECT columns FROM `tables` WHERE `where` GROUP BY
    `group` ORDER BY `order` LIMIT `limit`, with `parameters` for the question marks.
    """

    kind: str
    sobject: SObject
    root: Source
    items: tuple[Resolved | TypeofPart | Child, ...]
    labels: tuple[str, ...]
    parents: dict[Trail, Source]
    tables: str
    where: str
    group: str
    order: str
    limit: str
    parameters: tuple[object, ...]

    @cached_property
    def columns(self) -> tuple[Resolved, ...]:
        """Return the selected values, without TYPEOF and sub-queries."""
        return tuple(item for item in self.items if isinstance(item, Resolved))

    @cached_property
    def children(self) -> tuple[Child, ...]:
        """Return the sub-queries on children."""
        return tuple(item for item in self.items if isinstance(item, Child))

    def sql(self, columns: str, *, condition: str = "") -> str:
        """Return the whole statement with these result columns and one more condition."""
        where = " AND ".join(filter(None, (self.where, condition)))
        parts = ("SELECT", columns, "FROM", self.tables, f"WHERE {where}" if where else "")
        return " ".join(filter(None, (*parts, self.group, self.order, self.limit)))

    def narrowed(self, condition: str, parameter: object) -> "Statement":
        """Return the same statement with one more condition and its parameter."""
        where = " AND ".join(filter(None, (self.where, condition)))
        return replace(self, where=where, parameters=(*self.parameters, parameter))
