"""Which table columns the names of a query mean."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.nodes import Path

MOST_LEVELS = 5
_SEE_DESCRIBE = "Please reference your WSDL or the describe call for the appropriate names."
_OWNER_TYPE = Field(name="Type", label="Type", type="string", length=40)


@dataclass(frozen=True)
class Source:
    """A table in the statement under its alias."""

    alias: str
    sobject: SObject

    def column(self, item: Field) -> str:
        """Return SQL for a field's value."""
        if item.formula is not None:
            return item.formula.replace("{t}", self.alias)
        return f"{self.alias}.{quoted(item.name)}"


@dataclass(frozen=True)
class Resolved:
    """A field of a query: SQL for its value, and through which names it was reached."""

    sql: str
    field: Field
    source: Source
    names: tuple[str, ...]


@dataclass
class Scope:
    """The object a query reads from, and the parents joined to it on the way."""

    catalogue: Catalogue
    root: Source
    text: str
    alias: str | None = None
    counter: Iterator[int] = field(default_factory=count)
    parents: dict[tuple[str, ...], Source] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)

    def resolve(self, path: Path) -> Resolved:
        """Find a field; INVALID_FIELD when the path leads nowhere."""
        names = path.names
        if self.alias and len(names) > 1 and names[0].lower() == self.alias.lower():
            names = names[1:]
        if len(names) - 1 > MOST_LEVELS:
            raise query_error(
                "INVALID_FIELD",
                f"The relationship path '{path}' goes up more than {MOST_LEVELS} levels",
                self.text,
                path.at,
            )
        source = self.root
        trail: tuple[str, ...] = ()
        for name in names[:-1]:
            source, trail = self._parent(source, trail, name, path)
        item = source.sobject.field(names[-1])
        if item is None and names[-1].lower() == "type" and self._is_polymorphic(trail):
            return Resolved(f"'{source.sobject.name}'", _OWNER_TYPE, source, (*trail, "Type"))
        if item is None:
            raise self._no_such_column(names[-1], source.sobject, path)
        return Resolved(source.column(item), item, source, (*trail, item.name))

    def _parent(
        self, source: Source, trail: tuple[str, ...], name: str, path: Path
    ) -> tuple[Source, tuple[str, ...]]:
        """Join the parent that a relationship leads to, once per path."""
        link = source.sobject.by_relationship.get(name.lower())
        if link is None or link.relationship is None:
            raise query_error(
                "INVALID_FIELD",
                f"Didn't understand relationship '{name}' in field path. If you are attempting"
                " to use a custom relationship, be sure to append the '__r' after the custom"
                f" relationship name. {_SEE_DESCRIBE}",
                self.text,
                path.at,
            )
        trail = (*trail, link.relationship)
        if trail not in self.parents:
            target = self._target(link)
            parent = Source(f"p{next(self.counter)}", target)
            self.joins.append(
                f"LEFT JOIN {quoted(target.name)} {parent.alias}"
                f" ON {parent.alias}.Id = {source.column(link)}"
            )
            self.parents[trail] = parent
        return self.parents[trail], trail

    def _target(self, link: Field) -> SObject:
        """Return the object joined for a reference; an owner is always a user here."""
        known = (self.catalogue.find(name) for name in reversed(link.reference_to))
        return next(sobject for sobject in known if sobject is not None)

    def _is_polymorphic(self, trail: tuple[str, ...]) -> bool:
        if not trail:
            return False
        above = self.parents[trail[:-1]] if trail[:-1] else self.root
        return len(above.sobject.by_relationship[trail[-1].lower()].reference_to) > 1

    def _no_such_column(self, name: str, sobject: SObject, path: Path) -> Exception:
        return query_error(
            "INVALID_FIELD",
            f"No such column '{name}' on entity '{sobject.name}'. If you are attempting to use"
            " a custom field, be sure to append the '__c' after the custom field name."
            f" {_SEE_DESCRIBE}",
            self.text,
            path.at,
        )
