"""From WHERE and HAVING to SQL.

A comparison in SOQL is true or false, never unknown: with null on the left it
is false, except for `= null`, `!=` and NOT IN. SQL's third value does no harm
in a plain condition, but has to be ruled out under NOT.
"""

import json
from collections.abc import Callable

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.soql.nodes import (
    Comparison,
    Condition,
    Expression,
    Group,
    Literal,
    Membership,
    Negation,
    SemiJoin,
)
from salesforce_simulator.soql.operators import check_filter
from salesforce_simulator.soql.scope import Resolved
from salesforce_simulator.soql.types import collation, is_text
from salesforce_simulator.soql.values import Setting, Span, bind

_NEVER = "0"
# More values than this are handed to SQLite as one list, which takes any number.
_MOST_MARKS = 100

Resolve = Callable[[Expression], Resolved]
InnerQuery = Callable[[SemiJoin, Resolved], tuple[str, list[object]]]


def joined(parts: list[str], joiner: str) -> str:
    """Join conditions by AND or OR, as a balanced tree: SQLite limits how deep one may be."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"({joined(parts[:middle], joiner)} {joiner} {joined(parts[middle:], joiner)})"


def _merged(group: Group) -> Condition:
    """Return the same condition with `a = 1 OR a = 2` as IN, and `a != 1 AND a != 2` as NOT IN.

    Clients write lists of ids in this way, thousands long.
    """
    operator, listed = ("=", "IN") if group.joiner == "OR" else ("!=", "NOT IN")
    same: dict[str, list[Comparison]] = {}
    parts: list[Condition | list[Comparison]] = []
    for part in group.parts:
        if not isinstance(part, Comparison) or part.operator != operator:
            parts.append(part)
            continue
        found = same.setdefault(str(part.left), [])
        if not found:
            parts.append(found)
        found.append(part)
    kept = tuple(_listed(part, listed) if isinstance(part, list) else part for part in parts)
    return kept[0] if len(kept) == 1 else Group(group.joiner, kept)


def _listed(same: list[Comparison], operator: str) -> Condition:
    if len(same) == 1:
        return same[0]
    return Membership(same[0].left, operator, tuple(part.value for part in same))


class ConditionCompiler:
    """Turns the conditions of one query into SQL and collects their parameters."""

    def __init__(self, setting: Setting, inner_query: InnerQuery) -> None:
        self._setting = setting
        self._inner_query = inner_query
        self.parameters: list[object] = []

    def compile(self, condition: Condition, resolve: Resolve, *, negated: bool = False) -> str:
        """Return SQL for a condition; `negated` tells that a NOT stands above it.

        `resolve` finds what stands on the left of a comparison, and refuses what
        may not stand there.
        """
        if isinstance(condition, Group):
            condition = _merged(condition)
        if isinstance(condition, Group):
            parts = [self.compile(part, resolve, negated=negated) for part in condition.parts]
            return joined(parts, condition.joiner)
        if isinstance(condition, Negation):
            return f"NOT {self.compile(condition.part, resolve, negated=True)}"
        left = resolve(condition.left)
        if isinstance(condition, Comparison):
            sql = self._comparison(left, condition)
        elif isinstance(condition, Membership):
            sql = self._membership(left, condition)
        else:
            sql = self._semi_join(left, condition)
        return f"ifnull({sql}, 0)" if negated else f"({sql})"

    def _bind(self, value: object) -> str:
        self.parameters.append(int(value) if isinstance(value, bool) else value)
        return "?"

    def _comparison(self, left: Resolved, item: Comparison) -> str:
        sql, field = left.sql, left.field
        check_filter(field, item.operator, self._setting.text, item.left.at, item.value.at)
        value = bind(field, item.value, self._setting)
        if item.operator == "LIKE":
            return self._like(sql, field, item.value)
        if item.operator == "=":
            return self._equals(sql, field, value)
        if item.operator == "!=":
            equal = self._equals(sql, field, value)
            return f"NOT ifnull({equal}, 0)"
        return self._ordered(sql, field, item.operator, value)

    def _equals(self, sql: str, field: Field, value: object) -> str:
        if value is None:
            return f"{sql} IS NULL"
        if isinstance(value, Span):
            return f"({sql} >= {self._bind(value.start)} AND {sql} < {self._bind(value.end)})"
        if not is_text(field) or field.case_sensitive:
            return f"{sql} = {self._bind(value)}"
        text = str(value)
        if text.isascii():
            return f"{sql} = {self._bind(text)} COLLATE NOCASE"
        return f"unicode_lower({sql}) = {self._bind(text.lower())}"

    def _ordered(self, sql: str, field: Field, operator: str, value: object) -> str:
        if value is None:
            return _NEVER
        if isinstance(value, Span):
            # > a day means from the next one on; <= a day means up to its end.
            edge = value.end if operator in {">", "<="} else value.start
            operator = {">": ">=", "<=": "<"}.get(operator, operator)
            return f"{sql} {operator} {self._bind(edge)}"
        return f"{sql} {operator} {self._bind(value)}{collation(field)}"

    def _like(self, sql: str, field: Field, literal: Literal) -> str:
        if field.case_sensitive:
            return f"{sql} GLOB {self._bind(_glob(literal.pattern))}"
        if literal.pattern.isascii():
            return f"{sql} LIKE {self._bind(literal.pattern)} ESCAPE '\\'"
        return f"unicode_lower({sql}) LIKE {self._bind(literal.pattern.lower())} ESCAPE '\\'"

    def _membership(self, left: Resolved, item: Membership) -> str:
        sql, field = left.sql, left.field
        check_filter(field, item.operator, self._setting.text, item.left.at, item.values[0].at)
        values = [bind(field, literal, self._setting) for literal in item.values]
        if item.operator in {"INCLUDES", "EXCLUDES"}:
            found = joined([self._includes(sql, value) for value in values], "OR")
        else:
            found = self._any_of(sql, field, values)
        return found if item.operator in {"IN", "INCLUDES"} else f"NOT ifnull({found}, 0)"

    def _includes(self, sql: str, value: object) -> str:
        """Return SQL for "all of these, which semicolons part, are among the chosen ones"."""
        if value is None:
            return f"{sql} IS NULL"
        chosen = f"unicode_lower(';' || {sql} || ';')"
        wanted = [f";{part};" for part in str(value).lower().split(";") if part]
        return joined([f"instr({chosen}, {self._bind(part)}) > 0" for part in wanted], "AND")

    def _any_of(self, sql: str, field: Field, values: list[object]) -> str:
        exact = not is_text(field) or field.case_sensitive
        plain: list[object] = []
        folded: list[object] = []
        parts = []
        for value in values:
            if value is None or isinstance(value, Span):
                parts.append(self._equals(sql, field, value))
            elif exact or str(value).isascii():
                plain.append(value)
            else:
                folded.append(str(value).lower())
        if plain:
            parts.append(f"{sql}{collation(field)} IN ({self._list(plain)})")
        if folded:
            parts.append(f"unicode_lower({sql}) IN ({self._list(folded)})")
        return joined(parts, "OR")

    def _list(self, values: list[object]) -> str:
        if len(values) <= _MOST_MARKS:
            return ", ".join(self._bind(value) for value in values)
        return " ".join(("SELECT value FROM", f"json_each({self._bind(json.dumps(values))})"))

    def _semi_join(self, left: Resolved, item: SemiJoin) -> str:
        inner, parameters = self._inner_query(item, left)
        self.parameters += parameters
        found = f"{left.sql} IN ({inner})"
        return f"NOT ifnull({found}, 0)" if item.negated else found


def _glob(pattern: str) -> str:
    """Return a LIKE pattern as one of SQLite's GLOB, which minds the case of letters."""
    pieces = []
    escaped = False
    for character in pattern:
        if character == "\\" and not escaped:
            escaped = True
            continue
        wildcard = {"%": "*", "_": "?"}.get(character) if not escaped else None
        pieces.append(wildcard or (f"[{character}]" if character in "*?[" else character))
        escaped = False
    return "".join(pieces)
