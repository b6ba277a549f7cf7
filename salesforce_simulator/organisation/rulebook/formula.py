"""Conditions of rules, in Salesforce's formula language, evaluated on a record.

The part of the language that conditions need: comparisons, arithmetic, `&&`,
`||`, and the functions of `_FUNCTIONS`. Texts are compared with their case.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import LarkError

_GRAMMAR = Lark(
    r"""
    ?start: or_
    ?or_: and_ ("||" and_)*
    ?and_: compare ("&&" compare)*
    ?compare: sum_ (COMPARISON sum_)?
    ?sum_: product (SUM product)*
    ?product: atom (PRODUCT atom)*
    ?atom: NUMBER -> number
        | STRING -> text
        | NAME "(" (or_ ("," or_)*)? ")" -> call
        | NAME -> name
        | "!" atom -> not_
        | SUM atom -> sign
        | "(" or_ ")"
    COMPARISON: "<>" | "!=" | "<=" | ">=" | "==" | "=" | "<" | ">"
    SUM: "+" | "-" | "&"
    PRODUCT: "*" | "/"
    NAME: /\$?[A-Za-z]\w*(\.\w+)*/
    NUMBER: /\d+(\.\d+)?/
    STRING: /"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/
    COMMENT: /\/\*.*?\*\//s
    %import common.WS
    %ignore WS
    %ignore COMMENT
    """,
    parser="lalr",
)
_ESCAPE = re.compile(r"\\(.)")
_CONSTANTS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Facts:
    """What a condition is evaluated on.

    `record` has the stored values after the change and `before` those before it,
    None for a new record, both by lower-case names; `today` is an ISO date.
    """

    record: Mapping[str, Any]
    before: Mapping[str, Any] | None
    today: str


Evaluation = Callable[[Facts], Any]


@lru_cache(maxsize=512)
def compile_formula(text: str) -> Evaluation:
    """Return a function from `Facts` to the formula's value; ValueError for a text that is none."""
    try:
        tree = _GRAMMAR.parse(text)
    except LarkError as error:
        raise ValueError(f"Syntax error in formula {text!r}: {error}") from error
    return _compile(tree)


@lru_cache(maxsize=512)
def field_names(text: str) -> frozenset[str]:
    """Return the lower-case names of the fields that a formula reads."""
    names = {str(node.children[0]).lower() for node in _GRAMMAR.parse(text).find_data("name")}
    return frozenset(names - set(_CONSTANTS))


def holds(text: str, facts: Facts) -> bool:
    """Tell whether the condition is true; what cannot be compared is not."""
    return bool(compile_formula(text)(facts))


def _compile(tree: Any) -> Evaluation:
    return _NODES[tree.data](tree.children)


def _number(children: list[Any]) -> Evaluation:
    value = float(children[0])
    return lambda _facts: value


def _text(children: list[Any]) -> Evaluation:
    value = _ESCAPE.sub(r"\1", str(children[0])[1:-1])
    return lambda _facts: value


def _name(children: list[Any]) -> Evaluation:
    name = str(children[0]).lower()
    if name in _CONSTANTS:
        constant = _CONSTANTS[name]
        return lambda _facts: constant
    return lambda facts: facts.record.get(name)


def _not(children: list[Any]) -> Evaluation:
    inner = _compile(children[0])
    return lambda facts: not inner(facts)


def _sign(children: list[Any]) -> Evaluation:
    inner = _compile(children[1])
    factor = -1 if children[0] == "-" else 1
    return lambda facts: factor * (inner(facts) or 0)


def _all(children: list[Any]) -> Evaluation:
    parts = [_compile(child) for child in children]
    return lambda facts: all(part(facts) for part in parts)


def _any(children: list[Any]) -> Evaluation:
    parts = [_compile(child) for child in children]
    return lambda facts: any(part(facts) for part in parts)


def _compare(children: list[Any]) -> Evaluation:
    left, right = _compile(children[0]), _compile(children[2])
    operator = _COMPARISONS[str(children[1])]

    def compare(facts: Facts) -> bool:
        return operator(*_comparable(left(facts), right(facts)))

    return compare


def _comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Let an empty text equal null, and a stored 0 or 1 equal FALSE or TRUE."""
    return (None if left == "" else left), (None if right == "" else right)


def _ordered(check: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        if left is None or right is None or isinstance(left, str) != isinstance(right, str):
            return False
        return check(left, right)

    return compare


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "==": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "!=": lambda left, right: left != right,
    "<": _ordered(lambda left, right: left < right),
    ">": _ordered(lambda left, right: left > right),
    "<=": _ordered(lambda left, right: left <= right),
    ">=": _ordered(lambda left, right: left >= right),
}


def _chain(children: list[Any]) -> Evaluation:
    first, rest = _compile(children[0]), children[1:]
    steps = [(str(rest[k]), _compile(rest[k + 1])) for k in range(0, len(rest), 2)]

    def calculate(facts: Facts) -> Any:
        value = first(facts)
        for operator, step in steps:
            value = _calculate(operator, value, step(facts))
        return value

    return calculate


def _calculate(operator: str, left: Any, right: Any) -> Any:
    if operator == "&" or (operator == "+" and isinstance(left, str)):
        return f"{left or ''}{right or ''}"
    left, right = left or 0, right or 0
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    return left / right if right else None


def _call(children: list[Any]) -> Evaluation:
    name, arguments = str(children[0]).upper(), children[1:]
    if name in _ON_FIELDS:
        return _on_field(name, arguments)
    try:
        function, count = _FUNCTIONS[name]
    except KeyError:
        raise ValueError(f"Unknown function {name}. Check spelling.") from None
    if count is not None and len(arguments) != count:
        raise ValueError(f"Incorrect number of parameters for function '{name}()'")
    parts = [_compile(argument) for argument in arguments]
    return lambda facts: function(*(part(facts) for part in parts))


def _on_field(name: str, arguments: list[Any]) -> Evaluation:
    """Compile a function that asks about a change, and so takes a field and no value."""
    if name == "ISNEW":
        return lambda facts: facts.before is None
    if name == "TODAY":
        return lambda facts: facts.today
    if len(arguments) != 1 or not isinstance(arguments[0], Tree) or arguments[0].data != "name":
        raise ValueError(f"Incorrect parameter of function '{name}()': it takes a field")
    token = arguments[0].children[0]
    field = str(token if isinstance(token, Token) else "").lower()
    if name == "ISCHANGED":
        return lambda facts: (
            facts.before is not None and facts.before.get(field) != facts.record.get(field)
        )
    return lambda facts: (facts.before or facts.record).get(field)


def _is_blank(value: Any) -> bool:
    return value is None or value == ""


def _matches(value: Any, pattern: Any) -> bool:
    return re.fullmatch(str(pattern), str(value or "")) is not None


_ON_FIELDS = frozenset({"ISNEW", "ISCHANGED", "PRIORVALUE", "TODAY"})
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int | None]] = {
    "AND": (lambda *values: all(values), None),
    "OR": (lambda *values: any(values), None),
    "NOT": (lambda value: not value, 1),
    "IF": (lambda condition, yes, no: yes if condition else no, 3),
    "ISBLANK": (_is_blank, 1),
    "ISNULL": (_is_blank, 1),
    "ISPICKVAL": (lambda value, text: (value or "") == text, 2),
    "REGEX": (_matches, 2),
    "CONTAINS": (lambda value, text: str(text) in str(value or ""), 2),
    "BEGINS": (lambda value, text: str(value or "").startswith(str(text)), 2),
    "LEN": (lambda value: float(len(value or "")), 1),
    "LOWER": (lambda value: str(value or "").lower(), 1),
    "UPPER": (lambda value: str(value or "").upper(), 1),
    "TRIM": (lambda value: str(value or "").strip(), 1),
    "TEXT": (lambda value: "" if value is None else str(value), 1),
}
_NODES: dict[str, Callable[[list[Any]], Evaluation]] = {
    "number": _number,
    "text": _text,
    "name": _name,
    "not_": _not,
    "sign": _sign,
    "and_": _all,
    "or_": _any,
    "compare": _compare,
    "sum_": _chain,
    "product": _chain,
    "call": _call,
}
