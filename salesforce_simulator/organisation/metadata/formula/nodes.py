"""The parts of a formula."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Text:
    """A text literal."""

    value: str


@dataclass(frozen=True)
class Number:
    """A number literal, as it was written."""

    value: str


@dataclass(frozen=True)
class Reference:
    """A field, perhaps of a parent: `Account.Name` has two names."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A function with its arguments; the name is in upper case."""

    name: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True)
class Operation:
    """Two operands around an operator."""

    operator: str
    left: "Node"
    right: "Node"


Node: TypeAlias = Text | Number | Reference | Call | Operation
