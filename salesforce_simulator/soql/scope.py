"""Which table columns the names of a query mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.organisation.sharing import owned_by
from salesforce_simulator.soql.errors import query_error, too_complicated
from salesforce_simulator.soql.nodes import Path
from salesforce_simulator.soql.polymorphic import Polymorphic
from salesforce_simulator.soql.sources import Source

MOST_LEVELS = 5
MOST_PARENTS = 55
# SQLite joins 64 tables; a polymorphic parent takes several.
_MOST_JOINS = 60
SEE_DESCRIBE = "Please reference your WSDL or the describe call for the appropriate names."

Trail = tuple[str, ...]


@dataclass(frozen=True)
class Resolved:
    """A field of a query: SQL for its value, and through which names it was reached."""

    sql: str
    field: Field
    source: Source
    names: tuple[str, ...]


@dataclass
class Scope:
    """The object a query reads from, and the parents joined to it on the way.

    `aliases` are those of the FROM clause, in lower case, with the names that they
    stand for.
    """

    catalogue: Catalogue
    root: Source
    text: str
    user_id: str
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counter: Iterator[int] = field(default_factory=count)
    joins: list[str] = field(default_factory=list)
    parents: dict[Trail, Source] = field(default_factory=dict)

    def resolve(self, path: Path) -> Resolved:
        """Find a field; INVALID_FIELD when the path leads nowhere."""
        names = self._spelt_out(path.names)
        if len(names) - 1 > MOST_LEVELS:
            raise self._error(
                f"The relationship path '{path}' goes up more than {MOST_LEVELS} levels", path.at
            )
        source = self.root
        trail: Trail = ()
        for name in names[:-1]:
            source, trail = self._parent(source, trail, name, path.at)
        item = source.sobject.field(names[-1])
        if item is None:
            raise self._no_such_column(names[-1], source.sobject, path.at)
        return Resolved(source.column(item), item, source, (*trail, item.name))

    def _spelt_out(self, names: Trail) -> Trail:
        """Return a path without the alias or the object's own name that it may begin with."""
        first = names[0].lower()
        seen = set()
        while len(names) > 1 and first in self.aliases and first not in seen:
            seen.add(first)
            names = (*self.aliases[first], *names[1:])
            first = names[0].lower()
        sobject = self.root.sobject
        if len(names) > 1 and first == sobject.name.lower():
            return names if first in sobject.by_relationship else names[1:]
        return names

    def _parent(self, source: Source, trail: Trail, name: str, at: int) -> tuple[Source, Trail]:
        """Join the parent that a relationship leads to, once per path."""
        link = source.sobject.by_relationship.get(name.lower())
        if link is None or link.relationship is None:
            raise self.unknown_relationship(name, at)
        trail = (*trail, link.relationship)
        if trail not in self.parents:
            if len(self.parents) >= MOST_PARENTS:
                raise too_complicated()
            self.parents[trail] = self.join_parent(link, source.column(link), at)
        return self.parents[trail], trail

    def join_parent(self, link: Field, value: str, at: int) -> Source:
        """Join all objects that a reference with this SQL value may lead to."""
        targets = tuple(filter(None, map(self.catalogue.find, link.reference_to)))
        if not targets:
            raise self.unknown_relationship(link.relationship or link.name, at)
        joined = tuple(self.join(target, value) for target in targets)
        return joined[0] if len(link.reference_to) == 1 else Polymorphic.of(joined)

    def join(self, sobject: SObject, value: str) -> Source:
        """Join the record of an object whose id is this SQL value."""
        if len(self.joins) >= _MOST_JOINS:
            raise too_complicated()
        source = Source(f"p{next(self.counter)}", sobject)
        condition = f"{source.id} = {value}"
        if sobject.owners_only:  # a parent that the user does not see is null
            condition += f" AND {owned_by(source.alias, self.user_id)}"
        self.joins.append(f"LEFT JOIN {quoted(sobject.name)} {source.alias} ON {condition}")
        return source

    def unknown_relationship(self, name: str, at: int) -> SalesforceError:
        """Return the error for a relationship that is not there."""
        return self._error(
            f"Didn't understand relationship '{name}' in field path. If you are attempting"
            " to use a custom relationship, be sure to append the '__r' after the custom"
            f" relationship name. {SEE_DESCRIBE}",
            at,
        )

    def _no_such_column(self, name: str, sobject: SObject, at: int) -> SalesforceError:
        return self._error(
            f"No such column '{name}' on entity '{sobject.name}'. If you are attempting to use"
            " a custom field, be sure to append the '__c' after the custom field name."
            f" {SEE_DESCRIBE}",
            at,
        )

    def _error(self, reason: str, at: int) -> SalesforceError:
        return query_error("INVALID_FIELD", reason, self.text, at)
