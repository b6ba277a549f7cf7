"""GROUP BY, with its subtotals, and what may stand beside it."""

from collections.abc import Callable
from itertools import count

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.functions import Resolver, is_aggregate, value_of
from salesforce_simulator.soql.nodes import Call, Expression, Path, Query, Selected
from salesforce_simulator.soql.scope import Resolved
from salesforce_simulator.soql.select import Items
from salesforce_simulator.soql.types import collation

_SETS = "grouping_sets"


class Grouping:
    """The groups of one query.

    SQLite has no ROLLUP and CUBE. For them each record is taken once for every
    set of grouped values, told apart by a bit mask of those values that are left
    out; so it stays one statement.
    """

    def __init__(self, query: Query, resolver: Resolver) -> None:
        self._query = query
        self._resolver = resolver
        self._text = resolver.scope.text
        self._values = [self._value(item) for item in query.group]
        pairs = zip(query.group, self._values, strict=True)
        self._known = [value_of(item, value) for item, value in pairs]
        if query.grouping:
            resolver.subtotals = {
                (function, sql): (
                    f"iif({_SETS}.mask >> {place} & 1, NULL, {sql})",
                    f"({_SETS}.mask >> {place} & 1)",
                )
                for place, (function, sql) in enumerate(self._known)
            }

    def _value(self, item: Expression) -> Resolved:
        value = self._resolver.plain(item)
        if is_aggregate(item) or not (isinstance(item, Call) or value.field.groupable):
            name = item if is_aggregate(item) else value.field.name
            raise self._error(f"field '{name}' can not be grouped in a query call", item.at)
        return value

    @property
    def tables(self) -> str:
        """Return SQL to join the sets of grouped values, if there are several."""
        masks = self._masks()
        if len(masks) == 1:
            return ""
        rows = " UNION ALL ".join(f"SELECT {mask} AS mask" for mask in masks)
        return f"CROSS JOIN ({rows}) {_SETS}"

    def _masks(self) -> list[int]:
        size = len(self._values)
        if self._query.grouping == "CUBE":
            return list(range(2**size))
        if self._query.grouping == "ROLLUP":
            return [2**size - 2**kept for kept in range(size, -1, -1)]
        return [0]

    @property
    def sql(self) -> str:
        """Return the GROUP BY clause."""
        subtotals = self._resolver.subtotals
        parts = [
            (subtotals[known][0] if known in subtotals else value.sql) + collation(value.field)
            for known, value in zip(self._known, self._values, strict=True)
        ]
        if self._query.grouping:
            parts.insert(0, f"{_SETS}.mask")
        return "GROUP BY " + ", ".join(parts) if parts else ""

    @property
    def default_order(self) -> str:
        """Return an ORDER BY clause that puts subtotals behind the groups they sum up."""
        subtotals = self._resolver.subtotals
        parts = [f"{flag}, {shown}" for shown, flag in subtotals.values()]
        return "ORDER BY " + ", ".join(parts) if parts else ""

    def resolve(self, item: Expression) -> Resolved:
        """Return a value of SELECT or HAVING; refuse what is neither grouped nor aggregated."""
        if not self._fits(item):
            raise self._error(f"Field must be grouped or aggregated: {item}", item.at)
        return self._resolver.resolve(item)

    def check_ordered(self, item: Expression) -> None:
        """Refuse what is neither grouped nor aggregated in ORDER BY."""
        if not self._fits(item):
            raise self._error(f"Ordered field must be grouped or aggregated: {item}", item.at)

    def _fits(self, item: Expression) -> bool:
        if is_aggregate(item) or (isinstance(item, Call) and item.function == "GROUPING"):
            return True
        if isinstance(item, Call) and item.function == "FORMAT" and item.argument:
            return self._fits(item.argument)
        return value_of(item, self._resolver.plain(item)) in self._known

    def _error(self, reason: str, at: int) -> SalesforceError:
        return query_error("MALFORMED_QUERY", reason, self._text, at)


def label_columns(
    items: Items, resolve: Callable[[Expression], Resolved], text: str
) -> tuple[tuple[Resolved, ...], tuple[str, ...]]:
    """Return the values of an aggregate query and their names: expr0, expr1 where none is given."""
    columns: list[Resolved] = []
    labels: list[str] = []
    unnamed = count()
    for item in items:
        if not isinstance(item, Selected):
            raise query_error(
                "MALFORMED_QUERY",
                "Grouped query cannot use child relationships in the select list",
                text,
                item.at,
            )
        column = resolve(item.expression)
        named = column.names[-1] if isinstance(item.expression, Path) else ""
        label = item.alias or named or f"expr{next(unnamed)}"
        if label.lower() in {other.lower() for other in labels}:
            raise query_error("MALFORMED_QUERY", f"duplicate alias: {label}", text, item.at)
        columns.append(column)
        labels.append(label)
    return tuple(columns), tuple(labels)
