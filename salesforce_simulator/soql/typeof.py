"""TYPEOF: fields of a polymorphic parent that depend on the parent's type."""

from dataclasses import dataclass, replace

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.nodes import Branch, Path, Typeof
from salesforce_simulator.soql.scope import Resolved, Scope, Trail
from salesforce_simulator.soql.sources import Source


@dataclass(frozen=True)
class Variant:
    """The fields to show of a parent, and the table or tables that it is read from."""

    source: Source
    columns: tuple[Resolved, ...]
    parents: dict[Trail, Source]


@dataclass(frozen=True)
class TypeofPart:
    """A selected TYPEOF: its variants by the prefix of the parent's id, and the ELSE."""

    name: str
    id: str
    variants: dict[str, Variant]
    otherwise: Variant | None


def compile_typeof(scope: Scope, item: Typeof) -> TypeofPart:
    """Join the parents that a TYPEOF names and find its fields.

    Raises INVALID_FIELD when the relationship is not there or has one type only,
    or when a WHEN names a type that it never leads to.
    """
    link = scope.root.sobject.by_relationship.get(item.relationship.lower())
    if link is None or len(link.reference_to) == 1:
        raise scope.unknown_relationship(item.relationship, item.at)
    value = scope.root.column(link)
    variants = {}
    for branch in item.branches:
        source = _source(scope, link, value, branch)
        variants[source.sobject.prefix] = _variant(scope, source, branch.fields)
    otherwise = None
    if item.otherwise:
        parent = scope.join_parent(link, value, item.at)
        otherwise = _variant(scope, parent, item.otherwise)
    return TypeofPart(link.relationship or "", value, variants, otherwise)


def _source(scope: Scope, link: Field, value: str, branch: Branch) -> Source:
    sobject = scope.catalogue.find(branch.sobject)
    if sobject is None or sobject.name not in link.reference_to:
        raise query_error(
            "INVALID_FIELD",
            f"'{branch.sobject}' is not a type that relationship '{link.relationship}' leads to",
            scope.text,
            branch.at,
        )
    return scope.join(sobject, value)


def _variant(scope: Scope, source: Source, fields: tuple[Path, ...]) -> Variant:
    inside = replace(scope, root=source, aliases={}, parents={})
    columns = tuple(inside.resolve(path) for path in fields)
    return Variant(source, columns, inside.parents)
