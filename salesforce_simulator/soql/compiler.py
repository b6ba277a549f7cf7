"""From a parsed query to one parameterised SQLite statement."""

from dataclasses import dataclass, replace
from itertools import count

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.catalogue.model import ChildRelationship
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.soql.conditions import ConditionCompiler
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.functions import is_aggregate, resolve_expression
from salesforce_simulator.soql.nodes import Call, OrderItem, Path, Query
from salesforce_simulator.soql.scope import Resolved, Scope, Source
from salesforce_simulator.soql.select import expand_select
from salesforce_simulator.soql.values import Setting

MOST_OFFSET = 2_000


@dataclass(frozen=True)
class Child:
    """A sub-query on the children of each record."""

    name: str
    key: Field
    statement: "Statement"


@dataclass(frozen=True)
class Statement:
    """A compiled query.

    `kind` is records, count or aggregate. `columns` are what it selects; the
    parts of SQL go together as SELECT columns FROM `tables` WHERE `where` GROUP BY
    `group` ORDER BY `order` LIMIT `limit`, with `parameters` for the question marks.
    """

    kind: str
    sobject: SObject
    root: Source
    columns: tuple[Resolved, ...]
    labels: tuple[str, ...]
    children: tuple[Child, ...]
    parents: dict[tuple[str, ...], Source]
    tables: str
    where: str
    group: str
    order: str
    limit: str
    parameters: tuple[object, ...]

    def sql(self, columns: str, *, condition: str = "") -> str:
        """Return the whole statement with these result columns and one more condition."""
        where = " AND ".join(filter(None, (self.where, condition)))
        parts = ("SELECT", columns, "FROM", self.tables, f"WHERE {where}" if where else "")
        return " ".join(filter(None, (*parts, self.group, self.order, self.limit)))


class Compiler:
    """Compiles the queries of one text."""

    def __init__(self, catalogue: Catalogue, setting: Setting, *, include_deleted: bool) -> None:
        self._catalogue = catalogue
        self._setting = setting
        self._include_deleted = include_deleted
        self._counter = count()

    def compile(self, query: Query) -> Statement:
        """Compile a whole query; INVALID_TYPE when its object does not exist."""
        sobject = self._catalogue.find(query.sobject)
        if sobject is None:
            raise self._error(
                "INVALID_TYPE",
                f"sObject type '{query.sobject}' is not supported. If you are attempting to use"
                " a custom object, be sure to append the '__c' after the entity name. Please"
                " reference your WSDL or the describe call for the appropriate names.",
                query.sobject_at,
            )
        return self._compile(query, sobject)

    def _compile(self, query: Query, sobject: SObject) -> Statement:
        root = Source(f"t{next(self._counter)}", sobject)
        scope = Scope(self._catalogue, root, self._setting.text, query.alias, self._counter)
        query = replace(query, select=expand_select(query, sobject, self._setting.text))
        kind = _kind(query)
        columns, labels = self._columns(scope, query, kind)
        children = tuple(
            self._child(item, sobject) for item in query.select if isinstance(item, Query)
        )
        conditions = ConditionCompiler(scope, self._setting, self._inner_query)
        where = self._where(query, root, conditions)
        group = self._group(scope, query, conditions)
        return Statement(
            kind=kind,
            sobject=sobject,
            root=root,
            columns=columns,
            labels=labels,
            children=children,
            parents=dict(scope.parents),
            order=self._order(scope, query.order),
            limit=_limit(query),
            tables=" ".join((f"{quoted(sobject.name)} {root.alias}", *scope.joins)),
            where=where,
            group=group,
            parameters=tuple(conditions.parameters),
        )

    def _columns(
        self, scope: Scope, query: Query, kind: str
    ) -> tuple[tuple[Resolved, ...], tuple[str, ...]]:
        """Return the selected values, and the names of those of an aggregate query."""
        if kind == "count":
            return (), ()
        grouped = {resolve_expression(scope, item).sql for item in query.group}
        columns, labels, unnamed = [], [], count()
        for item in query.select:
            if isinstance(item, Query):
                continue
            column = resolve_expression(scope, item)
            if kind == "aggregate" and not is_aggregate(item) and column.sql not in grouped:
                raise self._error(
                    "MALFORMED_QUERY", f"Field must be grouped or aggregated: {item}", item.at
                )
            alias = item.alias if isinstance(item, Call) else None
            named = isinstance(item, Path)
            labels.append(alias or (column.names[-1] if named else f"expr{next(unnamed)}"))
            columns.append(column)
        return tuple(columns), tuple(labels)

    def _where(self, query: Query, root: Source, conditions: ConditionCompiler) -> str:
        parts = []
        if query.where is not None:
            parts.append(conditions.compile(query.where))
        if query.scope and query.scope.lower() == "mine" and root.sobject.has("OwnerId"):
            parts.append(f"{root.alias}.OwnerId = ?")
            conditions.parameters.append(self._setting.user_id)
        if root.sobject.recyclable and not self._include_deleted:
            parts.append(f"{root.alias}.IsDeleted = 0")
        return " AND ".join(parts)

    def _group(self, scope: Scope, query: Query, conditions: ConditionCompiler) -> str:
        parts = []
        for item in query.group:
            column = resolve_expression(scope, item)
            if isinstance(item, Path) and not column.field.groupable:
                raise self._error(
                    "INVALID_FIELD",
                    f"field '{column.field.name}' can not be grouped in a query call",
                    item.at,
                )
            parts.append(column.sql)
        clause = "GROUP BY " + ", ".join(parts) if parts else ""
        if query.having is not None:
            clause += " HAVING " + conditions.compile(query.having)
        return clause

    def _order(self, scope: Scope, items: tuple[OrderItem, ...]) -> str:
        parts = []
        for item in items:
            column = resolve_expression(scope, item.expression)
            if not column.field.sortable:
                raise self._error(
                    "INVALID_FIELD",
                    f"field '{column.field.name}' can not be sorted in a query call",
                    item.expression.at,
                )
            text = column.field.type in {"string", "picklist", "email", "phone", "url", "textarea"}
            collation = " COLLATE NOCASE" if text else ""
            direction = "DESC" if item.descending else "ASC"
            # SQLite counts null as the smallest value; saying so would keep it from an index.
            if item.nulls_last == item.descending:
                parts.append(f"{column.sql}{collation} {direction}")
            else:
                place = "LAST" if item.nulls_last else "FIRST"
                parts.append(f"{column.sql}{collation} {direction} NULLS {place}")
        return "ORDER BY " + ", ".join(parts) if parts else ""

    def _child(self, query: Query, parent: SObject) -> Child:
        link = next(
            (
                link
                for link in self._catalogue.children(parent.name)
                if link.name and link.name.lower() == query.sobject.lower()
            ),
            None,
        )
        if link is None:
            raise self._no_child(query, parent)
        return self._child_statement(query, link)

    def _child_statement(self, query: Query, link: ChildRelationship) -> Child:
        child = self._catalogue.get(link.child)
        if any(isinstance(item, Query) for item in query.select):
            raise self._error(
                "MALFORMED_QUERY", "Only one level of child sub-queries is supported", query.at
            )
        statement = self._compile(query, child)
        return Child(str(link.name), child.by_name[link.field.lower()], statement)

    def _no_child(self, query: Query, parent: SObject) -> SalesforceError:
        return self._error(
            "INVALID_TYPE",
            f"Didn't understand relationship '{query.sobject}' in FROM part of query call. If you"
            " are attempting to use a custom relationship, be sure to append the '__r' after the"
            " custom relationship name. Please reference your WSDL or the describe call for the"
            f" appropriate names of {parent.name}.",
            query.sobject_at,
        )

    def _inner_query(self, query: Query) -> tuple[str, list[object]]:
        """Return SQL of the query inside IN (...), which selects one id."""
        statement = self.compile(query)
        if len(statement.columns) != 1 or statement.kind != "records":
            raise self._error(
                "MALFORMED_QUERY", "semi join sub-selects must select one field", query.at
            )
        column = statement.columns[0].sql
        sql = statement.sql(column, condition=f"{column} IS NOT NULL")
        return sql, list(statement.parameters)

    def _error(self, code: str, reason: str, at: int) -> SalesforceError:
        return query_error(code, reason, self._setting.text, at)


def _kind(query: Query) -> str:
    if len(query.select) == 1 and _is_bare_count(query.select[0]) and not query.group:
        return "count"
    if query.group or any(is_aggregate(item) for item in query.select):
        return "aggregate"
    return "records"


def _is_bare_count(item: object) -> bool:
    return isinstance(item, Call) and item.function == "COUNT" and item.argument is None


def _limit(query: Query) -> str:
    if query.offset is not None and query.offset > MOST_OFFSET:
        raise SalesforceError(
            "NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {MOST_OFFSET}"
        )
    if query.limit is None and query.offset is None:
        return ""
    limit = -1 if query.limit is None else query.limit
    return f"LIMIT {limit} OFFSET {query.offset or 0}"
