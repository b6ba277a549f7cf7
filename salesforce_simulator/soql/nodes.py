"""The parts of a parsed query. `at` is an offset into the query's text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Path:
    """A field, reached through relationships: `Account.Owner.Name`."""

    names: tuple[str, ...]
    at: int

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a field, such as `MAX(Amount)`; `COUNT()` has no argument.

    `function` is in upper case, `name` as it was written.
    """

    function: str
    name: str
    argument: "Path | Call | None"
    at: int

    def __str__(self) -> str:
        return f"{self.name}({'' if self.argument is None else self.argument})"


Expression = Path | Call


@dataclass(frozen=True, slots=True)
class Selected:
    """A field or function in the list of what is selected, with its alias."""

    expression: Expression
    alias: str | None

    @property
    def at(self) -> int:
        """Return where it begins."""
        return self.expression.at


@dataclass(frozen=True, slots=True)
class Branch:
    """`WHEN sobject THEN fields` of a TYPEOF."""

    sobject: str
    fields: tuple[Path, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Typeof:
    """Fields of a polymorphic parent that depend on the parent's type."""

    relationship: str
    branches: tuple[Branch, ...]
    otherwise: tuple[Path, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A value; `kind` is string, number, currency, boolean, null, date, datetime or relative.

    `text` is unescaped for a string, except in `pattern`, which keeps the
    escapes that LIKE understands. A relative date such as LAST_N_DAYS:7 has its
    `count`.
    """

    kind: str
    text: str
    at: int
    pattern: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator value`; the operator is =, !=, <, <=, >, >= or LIKE."""

    left: Expression
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Membership:
    """IN, NOT IN, INCLUDES or EXCLUDES with a list of values."""

    left: Expression
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class SemiJoin:
    """IN or NOT IN with a query of ids."""

    left: Expression
    negated: bool
    query: "Query"


@dataclass(frozen=True, slots=True)
class Negation:
    """NOT of a condition."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by AND or OR."""

    joiner: str
    parts: tuple["Condition", ...]


Condition = Comparison | Membership | SemiJoin | Negation | Group


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One part of ORDER BY; nulls come first unless told otherwise."""

    expression: Expression
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class QueryScope:
    """The name behind USING SCOPE."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query, or the inside of a sub-query.

    `aliases` are pairs of an alias and the names that it stands for: none for the
    object itself, `c.Account` for a parent in `FROM Contact c, c.Account a`.
    `grouping` is ROLLUP, CUBE or empty.
    """

    select: tuple["Selected | Typeof | Query", ...]
    sobject: str
    at: int
    sobject_at: int
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    scope: QueryScope | None = None
    where: Condition | None = None
    group: tuple[Expression, ...] = ()
    grouping: str = ""
    having: Condition | None = None
    order: tuple[OrderItem, ...] = ()
    limit: int | None = None
    offset: int | None = None
