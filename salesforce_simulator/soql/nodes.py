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
    """A function of a field, such as `COUNT(Id) total`; `COUNT()` has no argument."""

    function: str
    argument: "Path | Call | None"
    alias: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A value; `kind` is string, number, boolean, null, date, datetime or relative.

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

    left: Path | Call
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Membership:
    """IN, NOT IN, INCLUDES or EXCLUDES with a list of values."""

    left: Path | Call
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class SemiJoin:
    """IN or NOT IN with a query of ids."""

    left: Path | Call
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

    expression: Path | Call
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query, or the inside of a sub-query."""

    select: tuple["Path | Call | Query", ...]
    sobject: str
    at: int
    sobject_at: int
    alias: str | None = None
    scope: str | None = None
    where: Condition | None = None
    group: tuple[Path | Call, ...] = ()
    having: Condition | None = None
    order: tuple[OrderItem, ...] = ()
    limit: int | None = None
    offset: int | None = None
