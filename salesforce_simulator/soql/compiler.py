"""From a parsed query to one parameterised SQLite statement."""

from collections.abc import Callable
from itertools import count

from salesforce_simulator.organisation.catalogue import Catalogue, SObject
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.organisation.sharing import owned_by
from salesforce_simulator.soql.children import check_children, find_link, too_deep
from salesforce_simulator.soql.conditions import ConditionCompiler
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.functions import Resolver, is_aggregate
from salesforce_simulator.soql.groups import Grouping, label_columns
from salesforce_simulator.soql.nodes import (
    Call,
    Expression,
    OrderItem,
    Query,
    Selected,
    SemiJoin,
    Typeof,
)
from salesforce_simulator.soql.report_scope import ALL_PRIVATE, report_condition
from salesforce_simulator.soql.scope import SEE_DESCRIBE, Resolved, Scope
from salesforce_simulator.soql.select import Items, check_records, expand_fields, kind_of
from salesforce_simulator.soql.semijoins import check_places, check_types, inner_path
from salesforce_simulator.soql.sources import Source
from salesforce_simulator.soql.statement import Child, Statement
from salesforce_simulator.soql.typeof import TypeofPart, compile_typeof
from salesforce_simulator.soql.types import collation
from salesforce_simulator.soql.values import Setting

MOST_OFFSET = 2_000
_SCOPES = frozenset({"everything", "mine"})


class Compiler:
    """Compiles the queries of one text."""

    def __init__(
        self, catalogue: Catalogue, setting: Setting, *, include_deleted: bool, levels: int
    ) -> None:
        self._catalogue = catalogue
        self._setting = setting
        self._include_deleted = include_deleted
        self._levels = levels
        self._counter = count()

    def compile(self, query: Query) -> Statement:
        """Compile a whole query; INVALID_TYPE when its object does not exist."""
        check_places(query.where, self._setting.text, inner=False)
        return self._compile(query, self._sobject(query), level=0)

    def _sobject(self, query: Query) -> SObject:
        sobject = self._catalogue.find(query.sobject)
        if sobject is None:
            raise self._error(
                "INVALID_TYPE",
                f"sObject type '{query.sobject}' is not supported. If you are attempting to use"
                " a custom object, be sure to append the '__c' after the entity name."
                f" {SEE_DESCRIBE}",
                query.sobject_at,
            )
        return sobject

    def _compile(self, query: Query, sobject: SObject, level: int) -> Statement:
        root = Source(f"t{next(self._counter)}", sobject)
        aliases = {alias.lower(): names for alias, names in query.aliases}
        setting = self._setting
        scope = Scope(self._catalogue, root, setting.text, setting.user_id, aliases, self._counter)
        resolver = Resolver(scope, self._setting.zone.key)
        selected = expand_fields(query, sobject, self._setting.text)
        kind = kind_of(query)
        grouping = Grouping(query, resolver)
        items, labels = self._items(scope, resolver, selected, kind, grouping, level)
        conditions = ConditionCompiler(self._setting, self._inner_query(sobject))
        where = self._where(query, resolver, conditions)
        group = self._group(query, grouping, conditions)
        order = self._order(resolver, query.order, kind, grouping) or grouping.default_order
        return Statement(
            kind=kind,
            sobject=sobject,
            root=root,
            items=items,
            labels=labels,
            parents=dict(scope.parents),
            tables=" ".join(
                filter(
                    None, (f"{quoted(sobject.name)} {root.alias}", *scope.joins, grouping.tables)
                )
            ),
            where=where,
            group=group,
            order=order,
            limit=_limit(query),
            parameters=tuple(conditions.parameters),
        )

    def _items(
        self,
        scope: Scope,
        resolver: Resolver,
        selected: Items,
        kind: str,
        grouping: Grouping,
        level: int,
    ) -> tuple[tuple[Resolved | TypeofPart | Child, ...], tuple[str, ...]]:
        """Return what is selected, and the names of the values of an aggregate query."""
        if kind == "count":
            return (), ()
        if kind == "aggregate":
            return label_columns(selected, grouping.resolve, self._setting.text)
        check_records(selected, self._setting.text)
        check_children(selected, self._setting.text)
        items: list[Resolved | TypeofPart | Child] = []
        for item in selected:
            if isinstance(item, Selected):
                items.append(_renamed(resolver.resolve(item.expression), item.alias))
            elif isinstance(item, Typeof):
                items.append(compile_typeof(scope, item))
            else:
                items.append(self._child(item, scope.root.sobject, level + 1))
        return tuple(items), ()

    def _child(self, query: Query, parent: SObject, level: int) -> Child:
        if level > self._levels:
            raise too_deep(query, self._levels, self._setting.text)
        link = find_link(self._catalogue, parent, query, self._setting.text)
        check_places(query.where, self._setting.text, inner=False)
        child = self._catalogue.get(link.child)
        statement = self._compile(query, child, level)
        return Child(str(link.name), child.by_name[link.field.lower()], statement)

    def _where(self, query: Query, resolver: Resolver, conditions: ConditionCompiler) -> str:
        def resolve(item: Expression) -> Resolved:
            self._check_no_aggregate(item)
            return resolver.plain(item)

        root = resolver.scope.root
        parts = []
        if query.where is not None:
            parts.append(conditions.compile(query.where, resolve))
        if query.scope is not None:
            parts += self._using_scope(query, root, conditions)
        if root.sobject.owners_only:
            parts.append(owned_by(root.alias, self._setting.user_id))
        if root.sobject.name == "Report":
            scope = query.scope.name.lower() if query.scope else None
            seen, values = report_condition(root, scope, self._setting.user_id)
            parts += seen
            conditions.parameters += values
        if root.sobject.recyclable and not self._include_deleted:
            parts.append(f"{root.alias}.IsDeleted = 0")
        return " AND ".join(parts)

    def _using_scope(self, query: Query, root: Source, conditions: ConditionCompiler) -> list[str]:
        """Return the condition of USING SCOPE; INVALID_QUERY_SCOPE for one the object has not."""
        name, at = (query.scope.name.lower(), query.scope.at) if query.scope else ("", 0)
        if name == ALL_PRIVATE and root.sobject.name == "Report":
            return []
        owner = root.sobject.field("OwnerId")
        if name not in _SCOPES or (name == "mine" and owner is None):
            raise self._error(
                "INVALID_QUERY_SCOPE",
                f"scope '{name}' is not supported for entity '{root.sobject.name}'",
                at,
            )
        if name == "everything" or owner is None:
            return []
        conditions.parameters.append(self._setting.user_id)
        return [f"{root.column(owner)} = ?"]

    def _check_no_aggregate(self, item: Expression) -> None:
        if is_aggregate(item) and isinstance(item, Call):
            raise self._error("MALFORMED_QUERY", f"unexpected token: '{item.name}'", item.at)

    def _group(self, query: Query, grouping: Grouping, conditions: ConditionCompiler) -> str:
        clause = grouping.sql
        if query.having is not None:
            clause += " HAVING " + conditions.compile(query.having, grouping.resolve)
        return clause

    def _order(
        self, resolver: Resolver, items: tuple[OrderItem, ...], kind: str, grouping: Grouping
    ) -> str:
        parts = []
        for item in items:
            if kind == "records":
                self._check_no_aggregate(item.expression)
            else:
                grouping.check_ordered(item.expression)
            column = resolver.resolve(item.expression)
            if not column.field.sortable:
                raise self._error(
                    "INVALID_FIELD",
                    f"field '{column.field.name}' can not be sorted in a query call",
                    item.expression.at,
                )
            parts.append(_ordered(column, item))
        return "ORDER BY " + ", ".join(parts) if parts else ""

    def _inner_query(
        self, outer: SObject
    ) -> Callable[[SemiJoin, Resolved], tuple[str, list[object]]]:
        """Return what compiles the query inside IN (...), which selects one id."""

        def compile_inner(item: SemiJoin, left: Resolved) -> tuple[str, list[object]]:
            text = self._setting.text
            check_places(item.query.where, text, inner=True)
            path = inner_path(item.query, text)
            statement = self._compile(item.query, self._sobject(item.query), level=0)
            right = statement.columns[0]
            check_types(left, right, item, path, outer, text)
            sql = statement.sql(right.sql, condition=f"{right.sql} IS NOT NULL")
            return sql, list(statement.parameters)

        return compile_inner

    def _error(self, code: str, reason: str, at: int) -> SalesforceError:
        return query_error(code, reason, self._setting.text, at)


def _renamed(column: Resolved, alias: str | None) -> Resolved:
    if alias is None:
        return column
    return Resolved(column.sql, column.field, column.source, (alias,))


def _ordered(column: Resolved, item: OrderItem) -> str:
    direction = "DESC" if item.descending else "ASC"
    ordered = f"{column.sql}{collation(column.field)} {direction}"
    # SQLite counts null as the smallest value; saying so would keep it from an index.
    if item.nulls_last == item.descending:
        return ordered
    return f"{ordered} NULLS {'LAST' if item.nulls_last else 'FIRST'}"


def _limit(query: Query) -> str:
    if query.offset is not None and query.offset > MOST_OFFSET:
        raise SalesforceError(
            "NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {MOST_OFFSET}"
        )
    if query.limit is None and query.offset is None:
        return ""
    limit = -1 if query.limit is None else query.limit
    return f"LIMIT {limit} OFFSET {query.offset or 0}"
