"""IN (SELECT ...): what Salesforce allows of it.

Semi-joins (IN) and anti-joins (NOT IN) are two at most, stand under no OR, hold
none themselves, and compare ids of one type: the sub-select's field is an id or
a reference of an object other than the query's own.
"""

from collections.abc import Iterator

from salesforce_simulator.organisation.catalogue import Field, SObject
from salesforce_simulator.organisation.catalogue.model import REFERENCES
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.nodes import (
    Condition,
    Group,
    Negation,
    Path,
    Query,
    Selected,
    SemiJoin,
)
from salesforce_simulator.soql.scope import Resolved

MOST = 2
_NOT_INSIDE = frozenset({"Attachment", "Event", "Note", "Task"})


def check_places(where: Condition | None, text: str, *, inner: bool) -> None:
    """Check where the semi-joins of a query stand; `inner` tells that it is one itself."""
    found = list(_find(where, under_or=False))
    for number, (item, under_or) in enumerate(found):
        problem = ""
        if inner:
            problem = "Nesting of semi join sub-selects is not supported"
        elif under_or:
            problem = "Semi join sub-selects are not allowed with the 'OR' operator"
        elif number >= MOST:
            problem = f"Maximum {MOST} semi join sub-selects are allowed"
        if problem:
            raise query_error("MALFORMED_QUERY", problem, text, item.left.at)


def _find(condition: Condition | None, *, under_or: bool) -> Iterator[tuple[SemiJoin, bool]]:
    if isinstance(condition, SemiJoin):
        yield condition, under_or
    elif isinstance(condition, Negation):
        yield from _find(condition.part, under_or=under_or)
    elif isinstance(condition, Group):
        for part in condition.parts:
            yield from _find(part, under_or=under_or or condition.joiner == "OR")


def inner_path(query: Query, text: str) -> Path:
    """Return the one field that the query inside a semi-join selects."""
    item = query.select[0]
    if len(query.select) != 1 or not isinstance(item, Selected):
        raise query_error(
            "MALFORMED_QUERY", "semi join sub-selects must select one field", text, item.at
        )
    if not isinstance(item.expression, Path):
        raise query_error(
            "MALFORMED_QUERY", "only root queries support aggregate expressions", text, item.at
        )
    return item.expression


def check_types(
    left: Resolved, right: Resolved, item: SemiJoin, path: Path, outer: SObject, text: str
) -> None:
    """Check the two fields of a semi-join, `left` of the query and `right` of its sub-select."""

    def refuse(reason: str, at: int) -> SalesforceError:
        return query_error("MALFORMED_QUERY", reason, text, at)

    inner = right.source.sobject
    if left.field.type not in REFERENCES:
        raise refuse(
            "The left operand field in the where expression for outer query should be an id"
            f" field, cannot use: '{item.left}'",
            item.left.at,
        )
    if right.field.type not in REFERENCES or len(path.names) > 1:
        raise refuse(
            f"semi join sub selects can only query id fields, cannot use: '{path}'", path.at
        )
    if inner.name in _NOT_INSIDE:
        raise refuse(
            f"Entity '{inner.name}' is not supported for semi join inner selects",
            item.query.sobject_at,
        )
    if inner.name == outer.name:
        raise refuse(
            "The inner and outer selects should not be on the same object type",
            item.query.sobject_at,
        )
    if not _targets(left.field, left.source.sobject) & _targets(right.field, inner):
        raise refuse(
            f"The selected field '{path}' in the subquery and the left operand field in the where"
            f" expression in the outer query '{item.left}' should point to the same object type",
            item.left.at,
        )


def _targets(field: Field, sobject: SObject) -> set[str]:
    return {sobject.name} if field.type == "id" else set(field.reference_to)
