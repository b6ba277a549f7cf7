"""From a formula's text to its nodes."""

import re
from functools import cache
from importlib.resources import files

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken

from salesforce_simulator.organisation.metadata.formula.errors import FormulaError
from salesforce_simulator.organisation.metadata.formula.nodes import (
    Call,
    Node,
    Number,
    Operation,
    Reference,
    Text,
)

LONGEST = 3900
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_SAME = {"==": "=", "!=": "<>"}


def parse(text: str) -> Node:
    """Return the formula's nodes; FormulaError when the text is no formula."""
    if len(text) > LONGEST:
        message = f"Formula is too long ({len(text):,} characters). Maximum length is 3,900"
        raise FormulaError(f"{message} characters.")
    try:
        tree = _lark().parse(text)
    except UnexpectedInput as error:
        raise FormulaError(_complaint(text, error)) from error
    node: Node = _Builder().transform(tree)
    return node


@cache
def _lark() -> Lark:
    grammar = (files(__package__) / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=True)


def _complaint(text: str, error: UnexpectedInput) -> str:
    if isinstance(error, UnexpectedToken):
        if error.token.type == "$END":
            missing = "')'" if text.count("(") > text.count(")") else "expression"
            return f"Syntax error. Missing {missing}"
        return f"Syntax error. Extra '{error.token}'"
    at = error.pos_in_stream or 0
    return f"Syntax error. Found '{text[at : at + 1]}'"


class _Builder(Transformer[Token, Node]):
    """Makes nodes out of lark's tree, from the leaves up."""

    def string(self, items: list[Token]) -> Node:
        inner = items[0][1:-1]
        return Text(_ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), inner))

    def number(self, items: list[Token]) -> Node:
        return Number(str(items[0]))

    def reference(self, items: list[Token]) -> Node:
        # `Owner:User.Name` says which of several kinds of owner is meant; there is one choice here.
        return Reference(tuple(name.partition(":")[0] for name in items[0].split(".")))

    def arguments(self, items: list[Node]) -> list[Node]:
        return items

    def call(self, items: tuple[Token, list[Node] | None]) -> Node:
        name, arguments = items
        return Call(name.upper(), tuple(arguments or ()))

    def operation(self, items: tuple[Node, Token, Node]) -> Node:
        left, operator, right = items
        return Operation(_SAME.get(operator, str(operator)), left, right)

    def signed(self, items: tuple[Token, Node]) -> Node:
        sign, operand = items
        return operand if sign == "+" else Operation("-", Number("0"), operand)

    def negation(self, items: tuple[Token, Node]) -> Node:
        return Call("NOT", (items[1],))
